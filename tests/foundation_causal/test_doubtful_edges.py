"""Edges that the probabilities speak against are drawn, listed and shown as such."""

import networkx as nx
import pandas as pd
import pytest

import foundation_causal as fc
from discovery import Prediction
from foundation_causal.graphs.doubtful_edges import TURNED, UNLIKELY, doubtful_sentence, edge_table
from foundation_causal.plots.graph_plot import MANY_EDGES
from foundation_causal.plots.graph_strokes import DOUBT

NAMES = ["a", "b", "<c>"]
GRAPH = nx.DiGraph([("a", "b"), ("a", "<c>"), ("b", "<c>")])


def probabilities(ab=0.9, ac=0.3, bc=0.4, cb=0.5) -> pd.DataFrame:
    table = pd.DataFrame(0.0, index=NAMES, columns=NAMES)
    table.loc["a", "b"], table.loc["a", "<c>"], table.loc["b", "<c>"], table.loc["<c>", "b"] = ab, ac, bc, cb
    return table


def styles(axes) -> list[tuple[str, str]]:
    from matplotlib.colors import to_hex
    from matplotlib.patches import PathPatch

    edges = [patch for patch in axes.patches if isinstance(patch, PathPatch)]
    return [
        (to_hex(edge.get_edgecolor()), "broken" if edge.get_linestyle() != "-" else "-") for edge in edges
    ]


def test_the_three_kinds_of_edges_are_told_apart():
    table = edge_table(GRAPH, probabilities())
    assert table["doubt"].tolist() == ["", UNLIKELY, TURNED]
    assert table["reverse"].tolist() == [0, 0, 0.5]
    assert "2 of 3 edges are doubtful" in doubtful_sentence(table)
    assert doubtful_sentence(edge_table(GRAPH, probabilities(0.9, 0.5, 0.6, 0.4))) is None


def test_a_picture_draws_them_differently_and_says_why():
    axes = fc.plot.graph(GRAPH, probabilities=probabilities())
    drawn = styles(axes)
    assert sorted(broken for _, broken in drawn) == ["-", "broken", "broken"]
    assert [colour for colour, _ in drawn].count(DOUBT) == 1
    texts = [text.get_text() for text in axes.texts]
    assert {TURNED, UNLIKELY} <= set(texts)
    plain = fc.plot.graph(GRAPH, probabilities=probabilities(0.9, 0.9, 0.9, 0.0))
    assert {broken for _, broken in styles(plain)} == {"-"}
    assert not {TURNED, UNLIKELY} & {text.get_text() for text in plain.texts}


def test_a_prediction_lists_them_and_shows_them_in_a_notebook():
    prediction = Prediction(probabilities(), GRAPH)
    assert prediction.edges["doubt"].tolist() == ["", UNLIKELY, TURNED]
    page = prediction._repr_html_()
    assert "2 of 3 edges are doubtful" in page
    assert TURNED in page
    assert "&lt;c&gt;" in page
    assert "<c>" not in page
    assert page.count("<svg") == 1
    assert len(fc.plot.graph(prediction).texts) > len(fc.plot.graph(GRAPH).texts)  # with its probabilities


def test_unlikely_edges_can_be_left_out_and_are_counted(one_sentence):
    axes = fc.plot.graph(GRAPH, probabilities=probabilities(), above=0.5)
    assert len(styles(axes)) == 1
    assert "2 less probable edges left out" in [text.get_text() for text in axes.texts]
    with one_sentence("probabilities="):
        fc.plot.graph(GRAPH, above=0.5)
    with one_sentence("above 2"):
        fc.plot.graph(GRAPH, probabilities=probabilities(), above=2)


@pytest.mark.parametrize("grouped", [None, False])
def test_variables_with_the_same_causes_and_effects_share_a_box_where_there_are_many(grouped):
    fan = nx.DiGraph([(cause, f"effect {k}") for cause in "ab" for k in range(MANY_EDGES // 2)])
    axes = fc.plot.graph(fan, grouped=grouped)
    names = {text.get_text() for text in axes.texts}
    assert set(fan) <= names  # nothing is hidden
    assert len(styles(axes)) == (1 if grouped is None else MANY_EDGES)
    width, height = axes.figure.get_size_inches()
    assert (max(width, height) < 8) == (grouped is None)


def test_edges_that_are_not_directed_have_their_marks():
    graph = nx.DiGraph([("a", "b"), ("b", "<c>")])
    graph.add_edge("<c>", "d", marks="<->")
    graph.add_edge("b", "a", marks="<->")  # beside a -> b
    graph.add_edge("e", "d", marks="o->")
    axes = fc.plot.graph(graph)
    texts = [text.get_text() for text in axes.texts]
    assert {"a hidden common cause", "direction left open"} <= set(texts)
    assert len(styles(axes)) == 4  # and an arc
    (arc,) = [patch for patch in axes.patches if type(patch).__name__ == "FancyArrowPatch"]
    assert arc.get_linestyle() != "-"


def test_models_data_sets_and_effects_are_shown_with_names_escaped(frame):
    named = frame.rename(columns={"b": "<b>"})
    model = fc.infer(named, fc.as_graph([("a", "<b>"), ("<b>", "c")], list(named)))
    effects = model.effect("a", "<b>", (10, 11), method="plug-in", draws=20)
    data = fc.Dataset("<set>", named, nx.DiGraph([("a", "<b>"), ("<b>", "a")]), "with a cycle")
    for page in (model._repr_html_(), effects._repr_html_(), data._repr_html_()):
        assert "&lt;b&gt;" in page
        assert "<b>" not in page
    assert "Effect of a on &lt;b&gt;: plug-in" in effects._repr_html_()
    assert "<svg" not in data._repr_html_()
