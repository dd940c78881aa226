"""What users may say of a graph, what it implies, and what they may not say."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery import discover
from discovery.knowledge import Knowledge, no_constraints, read_knowledge, write_knowledge
from foundation_causal.errors import InputError

NAMES = ["a", "b", "c", "d"]


def true_knowledge(d: int, seed: int) -> tuple[nx.DiGraph, Knowledge]:
    """A random DAG, and random true statements of every kind about it."""
    rng = np.random.default_rng(seed)
    names = [f"v{j}" for j in rng.permutation(d)]
    graph = nx.DiGraph()
    graph.add_nodes_from(sorted(names))
    pairs = [(names[i], names[j]) for i in range(d) for j in range(d) if i != j]
    graph.add_edges_from(
        (names[i], names[j]) for i in range(d) for j in range(i + 1, d) if rng.random() < 0.4
    )
    cuts = sorted(rng.integers(0, d + 1, size=2).tolist())
    tiers = [names[: cuts[0]], names[cuts[0] : cuts[1]], names[cuts[1] :]]
    knowledge = Knowledge(
        required=[edge for edge in graph.edges if rng.random() < 0.4],
        forbidden=[pair for pair in pairs if pair not in graph.edges and rng.random() < 0.2],
        tiers=[[name for name in tier if rng.random() < 0.7] for tier in tiers],
        roots=[name for name in graph if graph.in_degree(name) == 0 and rng.random() < 0.5],
        leaves=[name for name in graph if graph.out_degree(name) == 0 and rng.random() < 0.5],
    )
    return graph, knowledge


def chain_of(kind: str) -> pd.DataFrame:
    """Three hundred rows of a -> b -> c -> d, whose columns are of a kind."""
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(rng.laplace(size=(300, 4)) @ np.triu(np.ones((4, 4))), columns=NAMES)
    if kind in ("discrete", "mixed"):
        coded = NAMES if kind == "discrete" else NAMES[::2]
        frame = frame.assign(**{name: pd.qcut(frame[name], 3, labels=list("xyz")) for name in coded})
    if kind == "gaps":
        frame = frame.mask(rng.random(frame.shape) < 0.2)
    if kind == "determined":
        frame = frame.assign(d=frame["a"] + frame["b"])
    return frame


@pytest.mark.filterwarnings("ignore::foundation_causal.errors.DependentColumnsWarning")
@pytest.mark.parametrize("refine", [True, False])
@pytest.mark.parametrize("kind", ["numbers", "discrete", "mixed", "gaps", "determined"])
def test_no_edge_runs_back_in_time_against_whatever_the_rows_say(kind, refine):
    frame = chain_of(kind)
    free = discover(frame, refine=refine).graph
    assert free.edges
    order = list(nx.topological_sort(free))[::-1]  # each of these edges would run back
    told = discover(frame, knowledge=Knowledge(tiers=[[name] for name in order]), refine=refine)
    assert told.graph.edges
    for graph in (told.graph, told.mixed_graph.directed, *told.sample_graphs(20)):
        assert all(order.index(cause) < order.index(effect) for cause, effect in graph.edges)
    assert not np.tril(told.probabilities.loc[order, order]).any()


@given(st.integers(0, 9), st.integers(0, 10_000))
def test_an_edge_back_along_required_ones_is_forbidden(d, seed):
    graph, _ = true_knowledge(d, seed)
    names = list(graph)
    knowledge = Knowledge(required=graph.edges)
    expected = np.array([[nx.has_path(graph, b, a) for b in names] for a in names]).reshape(d, d)
    assert (knowledge.constraints(names).forbidden == expected).all()


@given(st.integers(1, 7), st.integers(0, 10_000))
def test_true_statements_fit_the_graph_they_are_about(d, seed):
    graph, knowledge = true_knowledge(d, seed)
    truth = nx.to_numpy_array(graph, dtype=bool)
    required, forbidden = knowledge.constraints(list(graph))
    assert not (required & ~truth).any()
    assert not (forbidden & truth).any()
    assert forbidden.diagonal().all()
    # Forbidden are: whatever the statements name, and what would close a cycle with required edges.
    place = {name: i for i, name in enumerate(graph)}
    tier = {name: i for i, group in enumerate(knowledge.tiers) for name in group}
    for cause in graph:
        for effect in graph:
            closes = cause == effect or nx.has_path(_with(knowledge.required, graph), effect, cause)
            said = (cause, effect) in knowledge.forbidden or effect in knowledge.roots
            said = said or cause in knowledge.leaves or tier.get(cause, -1) > tier.get(effect, 99)
            assert forbidden[place[cause], place[effect]] == (closes or said)


def _with(edges, nodes) -> nx.DiGraph:
    graph = nx.DiGraph(edges)
    graph.add_nodes_from(nodes)
    return graph


@given(d=st.integers(1, 7), seed=st.integers(0, 10_000))
def test_files_give_back_what_they_were_given(d, seed, tmp_path_factory):
    _, knowledge = true_knowledge(d, seed)
    path = tmp_path_factory.mktemp("knowledge") / "known.json"
    write_knowledge(knowledge, path)
    assert read_knowledge(path) == knowledge


def test_nothing_said_is_nothing_known(tmp_path):
    for nothing, given_nothing in zip(no_constraints(3), Knowledge().constraints(list("abc")), strict=True):
        np.testing.assert_array_equal(nothing, given_nothing)
    write_knowledge(Knowledge(), tmp_path / "empty.json")
    assert read_knowledge(tmp_path / "empty.json") == Knowledge()


def test_a_file_reads_as_the_page_says(tmp_path):
    path = tmp_path / "known.json"
    path.write_text(
        '{"required": [["a", "b"]], "forbidden": [["b", "c"]], "tiers": [["a", "b"], ["c"]],'
        ' "roots": ["a"], "leaves": ["c"]}'
    )
    tiers = [["a", "b"], ["c"]]
    edges = {"required": [("a", "b")], "forbidden": [("b", "c")]}
    assert read_knowledge(path) == Knowledge(**edges, tiers=tiers, roots=["a"], leaves=["c"])


def test_other_collections_and_names_will_do():
    graph = nx.DiGraph([("a", "b"), (1, "b")])
    assert Knowledge(required=graph.edges, roots=np.array(["a"]), leaves={"b"}) == Knowledge(
        required=[["a", "b"], ["1", "b"]], roots=("a",), leaves=["b"]
    )


def test_a_required_path_forbids_the_way_back():
    forbidden = Knowledge(required=[("a", "b"), ("b", "c")]).constraints(NAMES).forbidden
    assert forbidden[2, 0]
    assert forbidden[1, 0]
    assert not forbidden[0, 2]
    assert np.flatnonzero(forbidden[3]).tolist() == [3]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"required": [("a", "b")], "forbidden": [("a", "b")]}, ["both requires and forbids 'a' -> 'b'"]),
        ({"required": [("a", "b"), ("b", "a")]}, ["cycle 'a' -> 'b' -> 'a'"]),
        ({"required": [("a", "b"), ("b", "c"), ("c", "a")]}, ["cycle", "'a' -> 'b' -> 'c' -> 'a'"]),
        ({"required": [("a", "a")]}, ["'a' -> 'a'", "two different columns"]),
        ({"forbidden": [("a", "a")]}, ["'a' -> 'a'", "'forbidden'"]),
        ({"required": [("a", "b"), ("a", "b")]}, ["'a' -> 'b' more than once under 'required'"]),
        ({"tiers": [["a", "b"], ["c", "a"]]}, ["'a' more than once under 'tiers'"]),
        ({"tiers": [["a", "a"]]}, ["'a' more than once under 'tier 1'"]),
        ({"roots": ["a", "a"]}, ["'a' more than once under 'roots'"]),
        ({"required": [("c", "a")], "tiers": [["a"], ["b"], ["c"]]}, ["'c' in tier 3", "'a' in tier 1"]),
        # The column between the two is in no tier, but time does not run back through it, either.
        ({"required": [("c", "d"), ("d", "a")], "tiers": [["a"], ["c"]]}, ["'c' in tier 2", "'a' in tier 1"]),
        ({"required": [("a", "b")], "roots": ["b"]}, ["'a' -> 'b'", "'b' is among its roots"]),
        ({"required": [("a", "b")], "leaves": ["a"]}, ["'a' -> 'b'", "'a' is among its leaves"]),
        ({"required": ["ab"]}, ["'ab' under 'required'", "list"]),
        ({"required": "ab"}, ["'ab' under 'required'", "list"]),
        ({"required": {"a": "b"}}, ["{'a': 'b'} under 'required'", "list"]),
        ({"required": [("a", "b", "c")]}, ["['a', 'b', 'c']", "pairs"]),
        ({"forbidden": [["a"]]}, ["['a']", "pairs"]),
        ({"required": [("a", None)]}, ["None", "name of a column"]),
        ({"roots": None}, ["None under 'roots'", "list"]),
        ({"roots": [["a"]]}, ["['a'] under 'roots'", "name of a column"]),
        ({"tiers": ["a", "b"]}, ["'a' under 'tier 1'", "list"]),
        ({"leaves": 3}, ["3 under 'leaves'", "list"]),
    ],
)
def test_contradictions_and_what_is_no_statement(one_sentence, said, words):
    with one_sentence(*words):
        Knowledge(**said)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"tiers": [["a"], ["age"]]}, ["'age' under 'tiers'", "'a', 'b', 'c', 'd'"]),
        ({"required": [("a", "z")]}, ["'z' under 'required'"]),
        ({"forbidden": [("z", "y"), ("y", "z")]}, ["'z', 'y' under 'forbidden'"]),
        ({"roots": ["ab"]}, ["'ab' under 'roots'"]),
        ({"leaves": ["z"]}, ["'z' under 'leaves'", "lack"]),
    ],
)
def test_columns_that_the_data_lack(one_sentence, said, words):
    with one_sentence(*words):
        Knowledge(**said).constraints(NAMES)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '{"require": []}',
            ["known.json", "'require'", "'required', 'forbidden', 'tiers', 'roots', 'leaves'"],
        ),
        ('[["a", "b"]]', ["known.json", "braces", "'required'"]),
        ('{"roots": ["a"], "roots": ["b"]}', ["known.json", "'roots' more than once"]),
        ('{"roots": [["a"]]}', ["known.json", "['a'] under 'roots'"]),
        ('{"required": [["a", "b"], ["b", "a"]]}', ["known.json", "cycle"]),
        ('{"roots": [', ["known.json", "JSON"]),
        ("[" * 100_000, ["known.json", "JSON"]),
        ("", ["known.json", "empty"]),
    ],
)
def test_files_that_hold_something_else(one_sentence, tmp_path, text, words):
    (tmp_path / "known.json").write_text(text)
    with one_sentence(*words):
        read_knowledge(tmp_path / "known.json")


def test_files_that_cannot_be_read_or_written(one_sentence, tmp_path):
    with one_sentence("no file", "known.json"):
        read_knowledge(tmp_path / "known.json")
    with one_sentence("known.yaml", ".json"):
        read_knowledge(tmp_path / "known.yaml")
    (tmp_path / "known.json").write_bytes(b"\xff\xfe\x00")
    with one_sentence("known.json", "JSON"):
        read_knowledge(tmp_path / "known.json")
    with one_sentence("known.txt", ".json"):
        write_knowledge(Knowledge(), tmp_path / "known.txt")
    with one_sentence("nowhere", "choose"):
        write_knowledge(Knowledge(), tmp_path / "nowhere" / "known.json")


@pytest.mark.parametrize("other", [None, {"roots": ["a"]}, Knowledge])
def test_only_knowledge_is_written(other, tmp_path):
    with pytest.raises(InputError, match="give a Knowledge"):
        write_knowledge(other, tmp_path / "k.json")
    assert not list(tmp_path.iterdir())
