"""Wide tables are read in groups of columns; here with thresholds that make small tables wide."""

import numpy as np
import pytest
from scipy.linalg import hadamard

import discovery.network.answers as answers
import discovery.network.neighbourhoods as neighbourhoods
import discovery.search.refine as search
from discovery import discover, discover_many
from discovery.knowledge import Knowledge
from discovery.network.answers import network_answers
from discovery.network.neighbourhoods import groups_of, joined, rows_of_group
from discovery.preparation import rows_of
from foundation_causal.observations import observations
from foundation_causal.simulate import Gaussian, Laplace, p_in, prior


@pytest.fixture
def wide(monkeypatch):
    """Makes tables of more than 15 columns wide, and groups of 12 of them."""
    for module in (answers, search):
        monkeypatch.setattr(module, "AT_ONCE" if module is answers else "WIDE", 15)
    monkeypatch.setattr(neighbourhoods, "MOST_TOGETHER", 12)
    monkeypatch.setattr(neighbourhoods, "MOST_CORE", 4)


def drawn(d=30, n=500, seed=5, noise=None):
    batch = p_in(["linear"], ["er"], [noise or Laplace()]).draw(scms=1, d=d, n=n, seed=seed)
    return batch.frame(0), {frozenset(edge) for edge in batch.graph(0).edges}


def skeleton(graph):
    return {frozenset(edge) for edge in graph.edges}


def f1(found, truth):
    return 2 * len(found & truth) / (len(found) + len(truth))


def halves(frame, names):
    """The frame with some columns as texts of two kinds, which tie in all that they hold."""
    return frame.assign(
        **{name: (frame[name] > frame[name].median()).map({True: "a", False: "b"}) for name in names}
    )


def named_groups(frame, **sizes):
    parts = groups_of(rows_of(observations(frame, missing=True)), **sizes)
    names = np.array(list(frame))
    return {(frozenset(names[core]), frozenset(names[columns])) for core, columns in parts}


@pytest.mark.parametrize("typed", [False, True])
def test_every_column_is_in_one_core_whatever_the_order_and_the_units(typed):
    frame, _ = drawn()
    frame = halves(frame, list(frame)[::2]) if typed else frame
    parts = named_groups(frame, most_together=12, most_core=4)
    assert sorted(name for core, _ in parts for name in core) == sorted(frame)
    assert all(core <= columns and len(core) <= 4 and len(columns) <= 12 for core, columns in parts)
    other = frame.iloc[::-1, np.random.default_rng(0).permutation(30)]
    numbers = list(other.select_dtypes("number"))
    other = other.assign(**{name: 1e4 * other[name] - 7 for name in numbers})
    assert named_groups(other, most_together=12, most_core=4) == parts


def test_causes_are_read_together_with_their_effects():
    frame, truth = drawn(n=1000)
    parts = named_groups(frame, most_together=12, most_core=4)
    together = {pair for pair in truth for core, columns in parts if pair & core and pair <= columns}
    assert len(together) >= 0.95 * len(truth)


def test_a_curve_without_a_slope_is_read_together():
    x = np.random.default_rng(0).normal(size=(500, 30))
    x[:, 29] = x[:, 3] ** 2 + 0.5 * x[:, 29]
    parts = groups_of(rows_of(observations(x)), most_together=5, most_core=2)
    assert any(3 in core and 29 in columns for core, columns in parts)


def test_pairs_count_where_one_of_them_is_in_the_core():
    parts = [
        neighbourhoods.Group(np.array([0]), np.array([0, 1, 2])),
        neighbourhoods.Group(np.array([1]), np.array([1, 0])),
    ]
    one = np.array([[0, 0.2, 0.4], [0, 0, 0.9], [0, 0.9, 0]])
    two = np.array([[0, 0.3], [0.6, 0]])
    whole = joined(parts, [one, two], 4, 0.05)
    assert whole[:3, :3].tolist() == pytest.approx(np.array([[0, 0.4, 0.4], [0.15, 0, 0.05], [0, 0.05, 0]]))
    assert (whole[3, :3] == 0.05).all()
    assert (whole.diagonal() == 0).all()


def test_groups_say_what_the_whole_table_says(wide, monkeypatch):
    """Of 20 columns, which hold all neighbours of four, as groups of 40 do in tables that are truly wide."""
    frame, truth = drawn(n=1000)
    monkeypatch.setattr(neighbourhoods, "MOST_TOGETHER", 20)
    monkeypatch.setattr(answers, "AT_ONCE", 25)
    by_groups = network_answers(rows_of(observations(frame)))[0]
    monkeypatch.setattr(answers, "AT_ONCE", 200)
    at_once = network_answers(rows_of(observations(frame)))[0]
    here, there = (
        {frozenset(pair) for pair in np.argwhere(np.triu(p + p.T) > 0.5).tolist()}
        for p in (by_groups, at_once)
    )
    assert f1(here, there) > 0.95
    assert f1({frozenset(f"X{i + 1}" for i in pair) for pair in here}, truth) > 0.95


@pytest.mark.parametrize("typed", [False, True])
def test_an_answer_by_groups_does_not_depend_on_the_order_of_columns(wide, typed):
    frame, _ = drawn(d=20, n=200)
    frame = halves(frame, list(frame)[::3]) if typed else frame
    other = frame.iloc[::-1, np.random.default_rng(0).permutation(20)]
    here, there = (network_answers(rows_of(observations(data)), confounders=True) for data in (frame, other))
    places = [list(other).index(name) for name in frame]
    moved = np.ix_(places, places)
    np.testing.assert_allclose(there[0][moved], here[0], atol=1e-4)
    np.testing.assert_allclose(there[1].confounded[moved], here[1].confounded, atol=1e-4)
    np.testing.assert_allclose(here[1].confounded, here[1].confounded.T, atol=1e-6)
    assert 0 <= here[1].familiarity <= 1
    if not typed:
        graphs = [set(discover(data, confounders=False).graph.edges) for data in (frame, other)]
        assert graphs[0] == graphs[1]


def test_what_is_known_holds_between_columns_that_tell_nothing_of_each_other(wide):
    frame, _ = drawn(d=20, n=200)
    plain = discover(frame, refine=False, confounders=False).probabilities
    cause, effect = min((i, j) for i in frame for j in frame if plain.at[i, j] == neighbourhoods.BACKGROUND)
    gone = max(plain.stack().items(), key=lambda entry: entry[1])[0]
    prediction = discover(
        frame, knowledge=Knowledge(required=[(cause, effect)], forbidden=[gone]), confounders=False
    )
    assert prediction.graph.has_edge(cause, effect)
    assert prediction.probabilities.at[cause, effect] == 1
    assert prediction.probabilities.loc[gone] == 0
    rows = rows_of(observations(frame))
    known = Knowledge(required=[(cause, effect)]).constraints(list(frame))
    pair = {list(frame).index(cause), list(frame).index(effect)}
    assert any(pair <= set(part.columns) for part in groups_of(rows, known, 12, 4))


def test_rows_in_which_other_columns_were_set_stay_out_of_a_group():
    frame, _ = drawn(n=200)
    mask = np.zeros(frame.shape, dtype=bool)
    mask[:60, 0], mask[60:120, 9] = True, True
    rows = rows_of(observations(frame, intervened=mask))
    part = rows_of_group(rows, np.array([9, 4]))
    assert part.intervened.sum(0).tolist() == [60, 0]
    assert len(part.values) == 140
    mask[120:190, 9] = True  # too few rows are left without
    assert len(rows_of_group(rows_of(observations(frame, intervened=mask)), np.array([4, 5])).values) == 200


def test_interventions_and_gaps_go_with_their_columns(wide):
    frame, truth = drawn(d=16, n=400)
    mask = np.zeros(frame.shape, dtype=bool)
    mask[np.arange(160), np.arange(160) % 16] = True
    holes = frame.mask(np.random.default_rng(0).random(frame.shape) < 0.05)
    for data, how in ((frame, {"intervened": mask}), (holes, {})):
        assert f1(skeleton(discover(data, confounders=False, **how).graph), truth) > 0.8


def test_many_neighbours_are_found_though_groups_hold_few_of_them(wide):
    """A search among the pairs that the network finds likely in such groups has an F1 of .6."""
    batch = p_in(["linear"], noises=[Gaussian()]).draw(scms=1, d=40, n=500, seed=5)
    truth = {frozenset(edge) for edge in batch.graph(0).edges}
    assert len(truth) > 2.4 * 40
    assert f1(skeleton(discover(batch.frame(0), confounders=False).graph), truth) > 0.85


def test_many_wide_tables_get_the_answers_of_one(wide):
    tables = [drawn(d=18, n=100, seed=seed)[0] for seed in (1, 2)]
    for one, table in zip(discover_many(tables, refine=False), tables, strict=True):
        np.testing.assert_allclose(one.probabilities, discover(table, refine=False).probabilities, atol=1e-6)


def test_a_curved_table_is_searched_by_groups(wide):
    batch = prior("wide").draw(scms=1, d=18, n=200, seed=3)
    whole = network_answers(rows_of(observations(batch.frame(0))))[0]
    assert whole.shape == (18, 18)
    assert np.isfinite(whole).all()
    assert (whole + whole.T <= 1).all()


def test_more_columns_than_the_network_was_trained_on():
    frame, truth = drawn(d=150, n=1000, seed=9)
    prediction = discover(frame, confounders=False)
    assert f1(skeleton(prediction.graph), truth) > 0.9


def test_a_last_column_that_depends_on_none_is_not_asked_about(wide):
    rows = rows_of(observations(1.0 * hadamard(64)[:, 1:34]))
    most, core = neighbourhoods.MOST_TOGETHER, neighbourhoods.MOST_CORE
    sizes = []

    def ask(part, known):
        d = part.values.shape[1]
        sizes.append(d)
        return np.full((d, d), 0.1), None

    parts = groups_of(rows, None, most, core)
    probabilities, world = neighbourhoods.read_by_groups(rows, None, ask)
    assert min(len(part.columns) for part in parts) == 1
    assert len(sizes) == len(parts) - 1
    assert min(sizes) > 1
    assert probabilities.shape == (33, 33)
    assert world is None


def test_a_column_that_hardly_varies_is_read_too():
    x = np.random.default_rng(0).normal(size=(6000, 20))
    x[:, 3] = 0.0
    x[17, 3] = 1.0  # not among the rows that the screen looks at, perhaps
    parts = groups_of(rows_of(observations(x)), most_together=8, most_core=4)
    assert sorted(np.concatenate([part.core for part in parts]).tolist()) == list(range(20))


def test_a_wide_table_of_levels_alone_gets_its_skeleton(wide):
    frame, truth = drawn(d=16, n=1000, seed=6, noise=Gaussian())
    found = discover(halves(frame, list(frame)), confounders=False)
    assert found.family == "tables"
    assert f1(skeleton(found.graph), truth) > 0.85
