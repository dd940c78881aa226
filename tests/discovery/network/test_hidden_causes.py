"""Pairs that share a hidden cause: what is left out of the graph, and what a prediction says of it."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

import discovery.pipeline as pipeline
import foundation_causal as fc
from discovery.knowledge import Constraints, no_constraints
from discovery.network.hidden_causes import (
    EVIDENCE,
    KNOWN,
    LEAST_DIRECT,
    MANY_ROWS,
    OpenWorld,
    SecondReading,
    explained,
    in_open_world,
    informed,
    left_out,
    visible,
    without_visible,
)
from discovery.table_warnings import about_hidden_causes

NAMES = ["a", "b", "c"]


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    a = rng.laplace(size=200)
    b = a + rng.laplace(size=200)
    return pd.DataFrame({"a": a, "b": b, "c": b + rng.laplace(size=200)})


@pytest.fixture
def suspicious(monkeypatch):
    """A network that takes `a` and `b` for confounded, whatever else it says, and rows that say no more."""
    plain = pipeline.network_answers

    def answers(rows, model, constraints, confounders):
        probabilities, _ = plain(rows, model, constraints)
        shared = np.zeros((3, 3))
        shared[0, 1] = shared[1, 0] = 0.9
        world = OpenWorld(probabilities * (1 - shared), shared)
        return probabilities, world if confounders else None

    monkeypatch.setattr(pipeline, "network_answers", answers)
    monkeypatch.setattr(pipeline, "informed", lambda world, *known: world)


@pytest.fixture
def asked(monkeypatch):
    """What `informed` was asked, by every table that is discovered."""
    kept = []

    def keep(world, found, constraints):
        kept.append((world, found))
        return informed(world, found, constraints)

    monkeypatch.setattr(pipeline, "informed", keep)
    return kept


CAUSES = {("z", "x"), ("w", "x"), ("v", "y")}


def joined(seed, *, hidden):
    """Three causes and two columns; the first acts on the second, or shares a hidden cause with it."""
    rng = np.random.default_rng(seed)
    z, w, v, h, e, f = rng.laplace(size=(6, 800))
    x = z + w + h + 0.3 * e
    return pd.DataFrame(
        {"z": z, "w": w, "v": v, "x": x, "y": 1.5 * np.tanh(h if hidden else x) + v + 0.5 * f}
    )


def test_a_second_reading_is_equivariant_and_speaks_of_pairs():
    torch.manual_seed(0)
    reader = SecondReading(tokens=8, width=16, layers=2, heads=2, members=2).eval()
    for member in reader.members:
        torch.nn.init.normal_(member.added.weight)
    evidence, tokens = torch.randn(1, 6, 6, EVIDENCE), torch.randn(1, 6, 6, 8)
    evidence[..., KNOWN] = 1 - torch.eye(6)
    said, order = reader(evidence, tokens), torch.randperm(6)
    assert torch.equal(said, said.transpose(1, 2))
    assert said.std() > 0.1
    other = reader(evidence[:, order][:, :, order], tokens[:, order][:, :, order])
    torch.testing.assert_close(other, said[:, order][:, :, order])
    evidence[:, 3, :, KNOWN] = evidence[:, :, 3, KNOWN] = 0.0
    spoiled = evidence.clone()
    spoiled[:, 3], spoiled[:, :, 3] = 9.0, 9.0
    spoiled[:, 3, :, KNOWN] = spoiled[:, :, 3, KNOWN] = 0.0
    assert torch.equal(reader(evidence, tokens), reader(spoiled, tokens))


@pytest.mark.filterwarnings("ignore::foundation_causal.HiddenCauseWarning")
def test_the_rows_tell_a_hidden_cause_from_an_edge_once_a_graph_is_found(asked):
    for seed in range(3):
        found = fc.discover(joined(seed, hidden=True))
        assert found.confounded.at["x", "y"] > 0.8
        assert ("x", "y") in found.hidden
        # The search had put an edge, and others from the causes of its one end to its other end.
        assert set(found.graph.edges) == CAUSES
        assert asked[-1][1].adjacency.sum() > len(CAUSES) + 1
        others = {(a, b) for a in found.probabilities for b in found.probabilities} - CAUSES
        assert max(found.probabilities.at[pair] for pair in others) < LEAST_DIRECT
        assert all(set(graph.edges) <= CAUSES for graph, _ in found.weighted_graphs(5))
        found = fc.discover(joined(seed, hidden=False))
        assert found.confounded.at["x", "y"] < 0.1
        assert set(found.graph.edges) == CAUSES | {("x", "y")}


def test_a_required_edge_is_not_needless_whatever_stands_beside_it(monkeypatch):
    monkeypatch.setattr(pipeline, "needless", lambda dag, doubtful, world: np.full(dag.shape, 0.1))
    required = ("z", "x")
    found = fc.discover(joined(0, hidden=False), knowledge=fc.Knowledge(required=[required]))
    assert list(found.graph.edges) == [required]
    assert found.probabilities.at[required] == 1
    assert all(list(graph.edges) == [required] for graph, _ in found.weighted_graphs(3))


def test_what_is_known_stays_as_does_what_another_network_says(asked):
    fc.discover(joined(0, hidden=False))
    ((world, found),) = asked
    said = informed(world, found)
    assert (said.confounded != world.confounded).any()
    assert np.array_equal(said.informed, found.adjacency | found.adjacency.T)
    share = world.direct / np.maximum(world.direct + world.direct.T, 1e-12)
    np.testing.assert_allclose(
        said.direct, np.where(said.informed, (said.direct + said.direct.T) * share, world.direct)
    )
    known = no_constraints(5)._replace(required=found.adjacency)
    kept = informed(world, found, known)
    assert np.array_equal(kept.direct, world.direct)
    assert not kept.informed.any()
    without = world._replace(tokens=None)
    assert informed(without, found) is without
    fc.discover(joined(0, hidden=False)[["x", "y"]])  # fewer columns than the second network can judge
    pair, found = asked[-1]
    assert informed(pair, found) is pair


def test_an_edge_is_visible_if_a_cause_of_its_source_shows_that_the_source_is_an_effect():
    dag = np.zeros((5, 5), dtype=bool)
    dag[0, 2] = dag[1, 2] = dag[2, 3] = dag[3, 4] = True
    assert np.argwhere(visible(dag)).tolist() == [[2, 3]]  # 3 has no second cause, and 0 and 1 none at all
    for joined in ((0, 1), (1, 0)):  # no collider is left
        shielded = dag.copy()
        shielded[joined] = True
        assert not visible(shielded).any()
    dag[[0, 1], 3] = True  # as a hidden cause of 2 and 3 would make it look
    assert not visible(dag)[2, 3]


@pytest.mark.parametrize("rows", [MANY_ROWS, 1000])
def test_of_many_rows_the_graph_tells_more_than_the_network(monkeypatch, rows):
    plain = pipeline.network_answers

    def answers(rows, model, constraints, confounders):
        """Those of a network that takes all pairs for confounded."""
        probabilities, _ = plain(rows, model, constraints)
        return probabilities, OpenWorld(0.1 * probabilities, 0.9 * (1 - np.eye(4)))

    monkeypatch.setattr(pipeline, "network_answers", answers)
    monkeypatch.setattr(pipeline, "informed", lambda world, *known: world)
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(4, rows))
    table = pd.DataFrame({"c": noise[0], "d": noise[1], "a": noise[0] + noise[1] + noise[2]})
    table["b"] = table["a"] + noise[3]
    with pytest.warns(fc.HiddenCauseWarning):
        found = fc.discover(table)
    stays = rows == MANY_ROWS
    assert set(found.graph.edges) == ({("a", "b")} if stays else set())
    assert (found.confounded.at["a", "b"] <= 0.1) == stays
    assert found.confounded.at["c", "a"] == 0.9
    assert len(found.hidden) == (5 if stays else 6)


def test_an_edge_is_left_out_where_a_hidden_cause_is_more_probable_unless_it_is_known():
    adjacency = np.array([[False, True, True], [False, False, True], [False, False, False]])
    direct = np.array([[0, 0.3, 0.6], [0.3, 0, 0.2], [0.1, 0.1, 0]])
    shared = np.array([[0, 0.5, 0.65], [0.5, 0, 0.5], [0.65, 0.5, 0]])
    world = OpenWorld(direct, shared)
    assert np.argwhere(left_out(adjacency, world, None)).tolist() == [[1, 2]]
    known = Constraints(adjacency, np.zeros_like(adjacency))
    assert not left_out(adjacency, world, known).any()
    believed = in_open_world(adjacency * 0.9, world)
    assert (believed <= adjacency * 0.9).all()
    assert believed[1, 2] == pytest.approx(0.5 * 0.9 + 0.5 * 0.2)
    assert np.array_equal(in_open_world(direct, OpenWorld(direct, shared)), direct)


def test_which_edges_stay_where_the_rows_were_asked():
    adjacency = np.triu(np.ones((4, 4), dtype=bool), 1)
    direct, shared = np.zeros((2, 4, 4))
    edges = {(0, 1): 0.35, (0, 2): 0.35, (0, 3): 0.45, (1, 2): 0.15, (1, 3): 0.3, (2, 3): 0.9}
    causes = {(0, 1): 0.1, (0, 2): 0.3, (0, 3): 0.9, (1, 2): 0.05, (1, 3): 0.1, (2, 3): 0.9}
    for (i, j), edge in edges.items():
        direct[i, j], direct[j, i], shared[i, j], shared[j, i] = edge - 0.1, 0.1, *2 * [causes[i, j]]
    world = OpenWorld(direct, shared, informed=adjacency | adjacency.T)
    out = left_out(adjacency, world, None)
    assert np.argwhere(out).tolist() == [[0, 2], [1, 2]]
    assert np.argwhere(explained(out, world)).tolist() == [[0, 2]]  # .3 is more than half of .35
    believed = in_open_world(adjacency * 0.9, world)
    assert believed[0, 2] == pytest.approx(0.35)
    assert believed[1, 2] == pytest.approx(0.15)


def test_an_improbable_edge_is_left_out_without_a_word_of_hidden_causes(table, monkeypatch):
    def nothing(world, found, constraints=None):
        none = np.zeros(found.adjacency.shape)
        return world._replace(direct=none, confounded=none, informed=found.adjacency | found.adjacency.T)

    monkeypatch.setattr(pipeline, "informed", nothing)
    with warnings.catch_warnings():
        warnings.simplefilter("error", fc.HiddenCauseWarning)
        found = fc.discover(table)
    assert found.search.adjacency.any()
    assert not found.graph.edges
    assert found.hidden == ()
    assert found.probabilities.to_numpy().max() < 0.5


def test_an_improbable_edge_is_in_no_weighted_graph_turned_around_either(monkeypatch):
    def nothing(world, found, constraints=None):
        none = np.zeros(found.adjacency.shape)
        return world._replace(direct=none, confounded=none, informed=found.adjacency | found.adjacency.T)

    rng = np.random.default_rng(0)
    a = rng.normal(size=200)
    table = pd.DataFrame({"a": a, "b": a + rng.normal(size=200)})  # whose direction the rows do not tell
    assert {pair for graph, _ in fc.discover(table).weighted_graphs(4) for pair in graph.edges} == {
        ("a", "b"),
        ("b", "a"),
    }
    monkeypatch.setattr(pipeline, "informed", nothing)
    for graph, weight in fc.discover(table).weighted_graphs(4):
        assert not graph.edges
        assert weight == 1


def test_a_visible_edge_stays_where_the_first_network_alone_was_asked():
    dag = np.zeros((4, 4), dtype=bool)
    dag[0, 2] = dag[1, 2] = dag[2, 3] = True
    alone = OpenWorld(dag * 0.3, np.full((4, 4), 0.9))
    assert left_out(dag, alone, None)[2, 3]
    assert not left_out(dag, without_visible(alone, dag), None)[2, 3]
    asked = alone._replace(informed=dag | dag.T)
    assert left_out(dag, without_visible(asked, dag), None)[2, 3]
    assert without_visible(asked, dag).confounded[2, 3] == 0.9


def test_a_prediction_says_which_pairs_share_a_hidden_cause(table, suspicious):
    said = "1 pair of columns may well share a hidden cause.*'a <-> b'"
    with pytest.warns(fc.HiddenCauseWarning, match=said):
        found = fc.discover(table)
    assert found.hidden == (("a", "b"),)
    assert found.confounded.at["a", "b"] == found.confounded.at["b", "a"] == 0.9
    assert not found.graph.has_edge("a", "b")
    assert not found.graph.has_edge("b", "a")
    mixed = found.mixed_graph
    assert set(mixed.directed.edges) == set(found.graph.edges)
    assert mixed.bidirected.edges["a", "b"]["probability"] == 0.9
    assert all(not {("a", "b"), ("b", "a")} & set(graph.edges) for graph, _ in found.weighted_graphs(4))
    assert sum(weight for _, weight in found.weighted_graphs(4)) == pytest.approx(1)


def test_the_warning_says_whether_an_edge_stands_beside_the_pair(table, suspicious):
    found = fc.discover(table, confounders=False)
    edge, strange = next(iter(found.graph.edges)), ("absent", "gone")
    for hidden, words in (
        ((edge,), "beside an edge of the graph"),
        ((strange,), "without an edge in the graph"),
        ((edge, strange), "1 of them beside an edge of the graph"),
    ):
        (warning,) = about_hidden_causes(replace(found, hidden=hidden))
        assert f", {words}; see" in str(warning)


def test_without_confounders_the_answer_is_edges_alone(table, suspicious):
    found = fc.discover(table, confounders=False)
    assert found.hidden == ()
    assert found.confounded is None
    assert found.graph.has_edge("a", "b")
    assert found.mixed_graph.is_dag


def test_names_that_are_no_text_and_columns_that_others_determine_have_their_place(table, suspicious):
    numbered = table.assign(copy=2 * table["c"] + 1).set_axis([3, 1, 2, 7], axis=1)
    with pytest.warns(fc.HiddenCauseWarning):
        found = fc.discover(numbered)
    assert found.hidden == ((3, 1),)
    assert found.confounded.shape == (4, 4)
    assert found.confounded.at[1, 3] == 0.9
    assert (found.confounded.loc[7] == 0).all()
    assert found.mixed_graph.bidirected.has_edge(1, 3)


@pytest.mark.parametrize("noise", ["normal", "laplace"])
def test_weak_effects_are_not_taken_for_hidden_causes(noise):
    graph = np.triu(np.ones((8, 8), dtype=bool), 1) & (np.add.outer(np.arange(8), np.arange(8)) % 3 == 0)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        x = getattr(rng, noise)(size=(600, 8))
        for effect in range(8):
            causes = x[:, graph[:, effect]]
            x[:, effect] += causes / causes.std(0) @ rng.choice([-0.3, 0.3], causes.shape[1])
        table = pd.DataFrame(x, columns=list("abcdefgh"))
        found, alone = fc.discover(table), fc.discover(table, confounders=False)
        assert found.hidden == ()  # nothing is hidden
        assert len(alone.graph.edges - found.graph.edges) <= 1
