"""Models of many tables: those of a loop, by their names, and a table without a graph has no model."""

import networkx as nx
import pandas as pd
import pytest

from foundation_causal.errors import FailedTableWarning, MissingValuesWarning
from foundation_causal.parallel.many import FailedTable
from foundation_causal.simulate import p_in
from mechanisms.applied.infer_many import infer_many
from mechanisms.inference import infer

GRAPH = nx.DiGraph([("X1", "X2")])


@pytest.fixture(scope="module")
def tables() -> list[pd.DataFrame]:
    batch = p_in(["linear"]).draw(scms=2, d=2, n=40, seed=3)
    return [batch.frame(0), batch.frame(1)]


def test_the_models_are_those_of_a_loop(tables):
    models = infer_many(tables, [GRAPH, nx.DiGraph([("X2", "X1")])], seed=4)
    alone = infer(tables[1], nx.DiGraph([("X2", "X1")]), seed=4)
    assert set(models[0].graph.edges) == set(GRAPH.edges)
    pd.testing.assert_frame_equal(models[1].sample(9, seed=1), alone.sample(9, seed=1))


def test_one_graph_does_for_all_and_failures_stay(tables):
    named = dict(zip("ab", tables, strict=True))
    with pytest.warns(FailedTableWarning, match="1 of 2"):
        models = infer_many(named, {"b": GRAPH, "a": FailedTable("a", "It has gone.")})
    assert models["a"] == FailedTable("a", "It has gone.")
    assert list(infer_many(named, GRAPH)) == ["a", "b"]


def test_warnings_name_the_first_table(tables):
    gap = tables[0].copy()
    gap.iloc[2, 0] = float("nan")
    with pytest.warns(MissingValuesWarning, match="1 of 2 tables, the first 1: "):
        infer_many([tables[1], gap], GRAPH, missing="complete")


@pytest.mark.parametrize(
    ("graphs", "words"),
    [([GRAPH], "2 tables and 1 graphs"), ({0: GRAPH}, "no graph for the tables '1'"), (3, "type int")],
)
def test_graphs_that_do_not_go_with_the_tables_are_refused(tables, graphs, words, one_sentence):
    with one_sentence(words):
        infer_many(tables, graphs)
