"""Tables that break assumptions: the graph is that of the rows and columns that tell something new."""

import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from discovery.determined import set_aside
from foundation_causal.observations import observations

pytestmark = pytest.mark.filterwarnings("ignore::foundation_causal.errors.DataWarning")


def people(seed: int = 0, n: int = 400) -> pd.DataFrame:
    """Ten years more of age make 5,000 more of pay."""
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 70, n).astype(float)
    return pd.DataFrame({"age": age, "pay": (500 * age + rng.normal(0, 4000, n)).round()})


def test_a_copy_of_a_cause_turns_nothing_round():
    for seed in range(4):
        alone = fc.discover(people(seed))
        found = fc.discover(people(seed).assign(birth=lambda t: 2024 - t.age))
        assert set(found.graph.edges) == {("age", "pay"), ("age", "birth")}
        same = found.probabilities.loc[["age", "pay"], ["age", "pay"]]
        pd.testing.assert_frame_equal(same, alone.probabilities)
        assert found.probabilities.at["age", "birth"] == found.probabilities.at["birth", "age"] == 0.5
        assert [one.equation for one in found.determined] == ["birth = 2024 - age"]


def test_effects_and_weighted_graphs_hold_the_copy():
    data = people(1).assign(birth=lambda t: 2024 - t.age)
    found = fc.discover(data)
    graphs = found.weighted_graphs(3)
    assert all(list(graph.nodes) == ["age", "pay", "birth"] for graph, _ in graphs)
    assert all(graph.has_edge("age", "birth") for graph, _ in graphs)
    for model in (fc.infer(data, found), fc.infer(data, found, average=3)):
        effect = model.effect("age", "pay", (30, 40))["mean"].iloc[-1]
        assert effect == pytest.approx(5000, rel=0.15)


def test_a_sum_follows_from_its_parts():
    for seed in range(4):
        food, rent = np.random.default_rng(seed).uniform(size=(2, 400))
        found = fc.discover(pd.DataFrame({"food": food, "rent": rent, "spent": food + rent}))
        assert set(found.graph.edges) == {("food", "spent"), ("rent", "spent")}
        assert found.probabilities.at["food", "spent"] == 0.9


def test_shares_are_not_believed():
    shares = np.random.default_rng(0).dirichlet([4, 3, 2, 1], 400)
    for units in (1, [100, 1, 1, 1]):
        found = fc.discover(shares * units)
        assert nx.is_directed_acyclic_graph(found.graph)
        assert found.probabilities.to_numpy().max() <= 0.5


def test_the_order_of_columns_does_not_matter():
    data = people(2).assign(birth=lambda t: 2024 - t.age)
    one, other = fc.discover(data), fc.discover(data[["birth", "pay", "age"]])
    assert set(one.graph.edges) == set(other.graph.edges)
    pd.testing.assert_frame_equal(
        one.probabilities, other.probabilities.loc[list(data), list(data)], atol=1e-4
    )


def test_knowledge_and_interventions_choose_which_column_follows():
    data = people(3).assign(birth=lambda t: 2024 - t.age)
    known = fc.Knowledge(tiers=[["birth"], ["age", "pay"]])
    found = fc.discover(data, knowledge=known)
    assert found.graph.has_edge("birth", "age")
    assert found.probabilities.at["age", "birth"] == 0
    required = fc.discover(data, knowledge=fc.Knowledge(required=[("birth", "pay")]))
    assert required.graph.has_edge("birth", "pay")
    mask = pd.DataFrame(False, index=data.index, columns=list(data))
    mask.loc[:50, "birth"] = True
    (aside,) = set_aside(observations(data, intervened=mask), None)
    assert (aside.column, aside.of) == ("age", ("birth",))
    both = mask.assign(age=mask.birth)
    assert set_aside(observations(data, intervened=both), None) == ()


def test_two_columns_always_remain():
    data = people().age.to_frame().assign(birth=lambda t: 2024 - t.age)
    found = fc.discover(data)
    assert (found.determined, found.probabilities.shape) == ((), (2, 2))


def test_copies_of_rows_are_no_evidence():
    for seed in range(3):
        noise = np.random.default_rng(seed).normal(size=(60, 4))
        rows = pd.DataFrame(noise @ (np.eye(4) + 0.8 * np.eye(4, k=1)), columns=list("abcd"))
        once, often = fc.discover(rows), fc.discover(pd.concat([rows] * 16))
        pd.testing.assert_frame_equal(once.probabilities, often.probabilities, atol=1e-9)
        assert set(once.graph.edges) == set(often.graph.edges)


def test_resampled_copies_do_not_meet_themselves():
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 3)))
    once = fc.bootstrap(rows, replicates=3, refine=False)
    often = fc.bootstrap(pd.concat([rows] * 16), replicates=3, refine=False)
    pd.testing.assert_frame_equal(once.probabilities, often.probabilities)


def test_columns_that_drift_by_themselves_are_seldom_joined():
    edges = {"as they are": 0, "less the row before": 0}
    for seed in range(6):
        noise, x = np.random.default_rng(seed).normal(size=(600, 4)), np.zeros((600, 4))
        for t in range(1, 600):
            x[t] = 0.95 * x[t - 1] + noise[t]
        edges["less the row before"] += fc.discover(x).graph.number_of_edges()
        shuffled = np.random.default_rng(0).permutation(600)  # which hides the order, and not the relations
        edges["as they are"] += fc.discover(x[shuffled]).graph.number_of_edges()
    assert edges["less the row before"] < edges["as they are"] / 8


def test_what_is_subtracted_is_said():
    walk = np.random.default_rng(0).normal(size=(90, 3)).cumsum(0)
    with pytest.warns(
        fc.OrderedRowsWarning, match=r"\(the graph is found from 89 rows, each less the one before\)\.$"
    ):
        fc.discover(walk, refine=False)
    named = pd.DataFrame(walk).assign(sex=np.tile(["f", "m"], 45))
    with pytest.warns(fc.OrderedRowsWarning, match=r"\(the graph is found from \d+ rows\)\.$"):
        fc.discover(named, refine=False)


def test_each_is_said_once():
    rows = people(5, 60).assign(birth=lambda t: 2024 - t.age, z=np.random.default_rng(1).normal(size=60))
    cases = {
        fc.CopiedRowsWarning: pd.concat([rows.drop(columns="birth")] * 8),
        fc.DependentColumnsWarning: rows,
        fc.OrderedRowsWarning: pd.DataFrame(np.random.default_rng(0).normal(size=(90, 3)).cumsum(0)),
        fc.RowCounterWarning: rows.drop(columns="birth").assign(id=np.random.default_rng(0).permutation(60)),
    }
    for kind, data in cases.items():
        for ask in (fc.discover, lambda table, **how: fc.bootstrap(table, replicates=1, **how)):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                ask(data, refine=False)
            assert [one.category for one in caught if issubclass(one.category, fc.DataWarning)] == [kind]
            assert caught[0].filename == __file__
