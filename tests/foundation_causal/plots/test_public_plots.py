"""The plots as users call them: axes in, axes out, and a sentence for what cannot be drawn."""

import subprocess
import sys

import matplotlib.image
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import foundation_causal as fc
from foundation_causal.plots.style import save

GRAPH = nx.DiGraph([("a", "b"), ("b", "c"), ("a", "c")])
OBSERVED = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 3)), columns=list("abc"))
AFTER = fc.plot.After("a = 2", {"a": 2.0}, {"b"}, OBSERVED.assign(a=2.0))
COMMON = {"d": 5, "n": 40, "f1": 0.5, "recall": 0.4, "true_edges": 5, "predicted_edges": 4}
OURS = COMMON | {"method": "foundation-causal", "seconds": 0.2, "counts": [[5, 15, 1], [90, 5, 4]]}
PEER = COMMON | {"method": "a method of tomorrow", "seconds": 0.0}
RUNS = [row | {"noise": noise} for row in (OURS, PEER) for noise in ("Gaussian", "Laplace")]
EVALUATION = [fc.plot.precision_recall, fc.plot.reliability, fc.plot.accuracy_time]


def subplots(count: int) -> np.ndarray:
    return Figure(figsize=(4, 3)).subplots(1, count, squeeze=False)


def test_matplotlib_is_imported_when_something_is_drawn():
    code = "import foundation_causal as fc, sys; fc.plot.graph; print('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def test_a_graph_has_a_figure_of_its_own_or_the_axes_that_were_given():
    axes = fc.plot.graph(GRAPH, title="three", intervened=["a"])
    assert isinstance(axes, Axes)
    assert axes.get_title(loc="left") == "three"
    assert [text.get_text() for text in axes.texts[:3]] == ["a", "b", "c"]
    (mine, other) = subplots(2)[0]
    assert fc.plot.graph(GRAPH, title="mine", ax=mine) is mine
    assert mine.get_title(loc="left") == "mine"
    assert not other.patches


@pytest.mark.parametrize("size", [(2, 1), (12, 9)])
def test_a_graph_fits_the_axes_that_were_given(size):
    figure = Figure(figsize=size)
    axes = fc.plot.graph(GRAPH, ax=figure.add_subplot())
    figure.draw_without_rendering()
    for artist in [*axes.patches, *axes.texts]:
        inside = artist.get_window_extent()
        assert inside.x0 >= axes.bbox.x0 - 1
        assert inside.x1 <= axes.bbox.x1 + 1
        assert inside.y0 >= axes.bbox.y0 - 1
        assert inside.y1 <= axes.bbox.y1 + 1


def test_nodes_that_are_no_text_are_drawn_by_their_names():
    probabilities = pd.DataFrame([[0, 0.5], [0, 0]], index=[1, 2], columns=[1, 2])
    axes = fc.plot.graph(nx.DiGraph([(1, 2)]), probabilities=probabilities, intervened=[1])
    assert {"1", "2", "edge probability"} <= {text.get_text() for text in axes.texts}


@pytest.mark.parametrize(
    ("graph", "options", "words"),
    [
        (nx.DiGraph(), {}, "no node"),
        (nx.DiGraph([("a", "b"), ("b", "a")]), {}, "cycle a -> b -> a"),
        (0.5, {}, "give a networkx.DiGraph"),
        (GRAPH, {"intervened": ["z"]}, "no node 'z'"),
        (GRAPH, {"probabilities": np.zeros((3, 3))}, "ndarray"),
        (GRAPH, {"probabilities": pd.DataFrame([[0.0]], index=["a"], columns=["a"])}, "lack 'b', 'c'"),
        (GRAPH, {"probabilities": pd.DataFrame(2.0, index=list("abc"), columns=list("abc"))}, "is 2;"),
        (GRAPH, {"probabilities": pd.DataFrame("x", index=list("abc"), columns=list("abc"))}, "is nan;"),
        (GRAPH, {"ax": Figure()}, "type Figure"),
    ],
)
def test_graphs_that_cannot_be_drawn(graph, options, words):
    with pytest.raises(fc.InputError, match=words):
        fc.plot.graph(graph, **options)


def test_marginals_have_one_panel_for_each_column():
    panels = fc.plot.marginals(OBSERVED, OBSERVED.head(30), [AFTER], title="before and after")
    assert [panel.get_title(loc="left") for panel in panels] == ["a", "b", "c"]
    labels = [panel.get_legend_handles_labels()[1] for panel in panels]
    assert labels == [["observed", "sampled", "after a = 2"]] * 2 + [["observed", "sampled"]]
    assert "before and after" in [text.get_text() for text in panels[0].figure.texts]


def test_marginals_are_drawn_into_the_axes_that_were_given():
    given = subplots(4)
    panels = fc.plot.marginals(OBSERVED, OBSERVED, axes=given)
    assert list(panels) == list(given[0, :3])
    assert not given[0, 3].collections
    assert not given[0, 0].figure.texts
    (alone,) = fc.plot.marginals(OBSERVED[["a"]], OBSERVED, axes=given[0, 3])
    assert alone is given[0, 3]


@pytest.mark.parametrize(
    ("observed", "sampled", "options", "words"),
    [
        (OBSERVED.to_numpy(), OBSERVED, {}, "observed rows are of the type ndarray"),
        (OBSERVED[[]], OBSERVED, {}, "no column"),
        (OBSERVED, OBSERVED[["a", "b"]], {}, "sampled rows lack the column 'c'"),
        (OBSERVED.assign(a="x"), OBSERVED, {}, "no numbers in 'a'"),
        (OBSERVED.assign(a=np.nan), OBSERVED, {}, "no or infinite values in 'a'"),
        (OBSERVED.assign(a=np.inf), OBSERVED, {}, "no or infinite values in 'a'"),
        (OBSERVED, OBSERVED, {"after": [fc.plot.After("a = 2", {}, {"b"}, OBSERVED[["a"]])]}, "after a = 2"),
        (OBSERVED, OBSERVED, {"axes": subplots(2)}, "3 panels, but axes for 2"),
        (OBSERVED, OBSERVED, {"axes": ["x", "y", "z"]}, "axes hold a str"),
        (OBSERVED, OBSERVED, {"axes": subplots(3), "title": "t"}, "suptitle"),
    ],
)
def test_marginals_that_cannot_be_drawn(observed, sampled, options, words):
    with pytest.raises(fc.InputError, match=words):
        fc.plot.marginals(observed, sampled, **options)


@pytest.mark.parametrize("labels", [["noise", "d", "n"], ["d"], []])
@pytest.mark.parametrize("plot", EVALUATION)
def test_evaluations_have_a_panel_for_each_kind_of_data(plot, labels):
    panels = plot(RUNS, labels, title="t")
    assert len(panels) == (2 if "noise" in labels else 1)
    sizes = ", d = 5, n = 40" if "n" in labels else ", d = 5" if labels else ""
    titles = [f"{noise}{sizes}" for noise in ("Gaussian", "Laplace")] if "noise" in labels else [sizes[2:]]
    assert [panel.get_title(loc="left") for panel in panels] == titles
    widths = [len(plot(RUNS[:1], labels)[0].figure.axes), len(panels[0].figure.axes)]
    assert (widths[0] < widths[1]) == ("noise" in labels)


@pytest.mark.parametrize("plot", EVALUATION)
def test_evaluations_are_drawn_into_the_axes_that_were_given(plot):
    given = subplots(2)
    panels = plot(pd.DataFrame(RUNS), ["noise"], axes=given)
    assert list(panels) == list(given.ravel())
    labels = panels[1].get_legend_handles_labels()[1]
    assert labels == (
        ["foundation-causal"] if plot is fc.plot.reliability else [OURS["method"], PEER["method"]]
    )
    assert not given[0, 0].figure.legends


@pytest.mark.parametrize("plot", EVALUATION)
def test_runs_that_failed_are_left_out(plot):
    failed = PEER | {"noise": "Gaussian", "failure": "RuntimeError: no"}
    panels = plot([*RUNS, failed], ["noise"])
    assert len(panels[0].lines) == len(plot(RUNS, ["noise"])[0].lines)
    with pytest.raises(fc.InputError, match="No run has what a plot"):
        plot([failed])
    with pytest.raises(fc.InputError, match="No run has what a plot"):
        plot([])


@pytest.mark.parametrize(
    ("plot", "without"),
    [
        (fc.plot.precision_recall, "recall"),
        (fc.plot.reliability, "counts"),
        (fc.plot.accuracy_time, "seconds"),
        (fc.plot.accuracy_time, "method"),
        (fc.plot.reliability, "noise"),
    ],
)
def test_runs_that_lack_what_is_drawn(plot, without):
    runs = pd.DataFrame(RUNS).drop(columns=without)
    with pytest.raises(fc.InputError, match=f"lack '{without}'"):
        plot(runs, ["noise"])


def test_figures_are_saved_whole_from_any_of_their_axes(tmp_path):
    part = Figure(figsize=(4, 2)).subfigures(1, 2)[1]
    save(fc.plot.graph(GRAPH, ax=part.subplots()), tmp_path / "part.png")
    assert matplotlib.image.imread(tmp_path / "part.png").shape == (300, 600, 4)


def test_levels_are_drawn_as_shares_and_marked_where_they_are_set():
    answers = pd.DataFrame({"ill": [True, False, False, False] * 5, "ward": list("aabc") * 5})
    set_to = fc.plot.After("ill = True", {"ill": "True"}, {"ward"}, answers)
    ill, ward = fc.plot.marginals(answers, answers, [set_to])
    assert [bar.get_height() for bar in ill.patches] == [0.75, 0.25]
    assert [label.get_text() for label in ward.get_xticklabels()] == ["a", "b", "c"]
    (line,) = [line for line in ill.lines if line.get_xdata()[0] == line.get_xdata()[-1]]
    assert line.get_xdata()[0] == 1


def test_a_column_whose_values_differ_by_less_than_bins_can_tell_is_drawn_as_a_constant():
    frame = pd.DataFrame({"far": 1e16 + 2.0 * np.arange(40)})
    (panel,) = fc.plot.marginals(frame, frame)
    low, high = panel.get_xlim()
    assert low < 1e16 < high
    assert high - low > 1e12


def test_a_cell_that_holds_a_list_gets_a_sentence():
    frame = pd.DataFrame({"a": [[1]] * 30})
    with pytest.raises(fc.InputError, match="values of the type list in the column 'a'"):
        fc.plot.marginals(frame, frame)
