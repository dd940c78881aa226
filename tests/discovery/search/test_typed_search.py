"""The search over tables with discrete columns: right graphs, open directions, and what must not matter."""

import numpy as np
import pytest
from scipy.special import expit

from discovery.knowledge import Constraints
from discovery.search.calibration import TYPED_WORTH, after_search, direction_evidence
from discovery.search.dag_sampler import Posterior
from discovery.search.local_scores import Cached
from discovery.search.refine import refine
from discovery.search.typed.mixed_score import MixedScore
from discovery.search.typed.typed_search import FEW, TypedTable, edge_prior, possible_pairs

N = 1000


def flat(d):
    """Probabilities of a network that knows nothing."""
    return np.full((d, d), 0.2) * ~np.eye(d, dtype=bool)


def standardized(values):
    return (values - values.mean(0)) / values.std(0)


def searched(columns, levels, probabilities=None, **options):
    """The search of a table whose discrete columns hold codes."""
    values, levels = np.column_stack(columns).astype(float), np.array(levels)
    codes = np.where(levels > 0, values, -1).astype(int)
    network = flat(len(levels)) if probabilities is None else probabilities
    return refine(standardized(values), network, levels=levels, codes=codes, **options)


def chain(seed, d=3):
    """Binary columns each of which copies the one before it in 85 of 100 rows."""
    rng = np.random.default_rng(seed)
    columns = [rng.integers(0, 2, N)]
    for _ in range(d - 1):
        columns.append(columns[-1] ^ (rng.random(N) < 0.15))
    return columns


def illness(seed):
    """Age and sex change the dose, and all three the risk of an illness."""
    rng = np.random.default_rng(seed)
    age, sex = rng.uniform(18, 90, N), rng.integers(0, 2, N)
    dose = 0.04 * age + 0.6 * sex + rng.normal(size=N)
    ill = rng.random(N) < expit(0.08 * (age - 54) - 1.3 * (dose - 2.5) + 1.7 * sex - 0.8)
    return [age, sex, dose, ill]


def mixed(seed):
    """Six columns: counts of levels 0, 3, 2, 0, 0, 2."""
    rng = np.random.default_rng(seed)
    a = rng.exponential(size=N)
    b = np.digitize(a + 0.5 * rng.normal(size=N), [0.5, 1.2])
    c = rng.random(N) < np.array([0.2, 0.5, 0.9])[b]
    d = 1.2 * c + rng.normal(size=N)
    e = np.array([0.0, 2.0, 1.0])[b] + 0.7 * d + rng.uniform(-1, 1, N)
    f = rng.random(N) < 0.3
    return [a, b, c, d, e, f]


MIXED = [0, 3, 2, 0, 0, 2]


def edges(found):
    return sorted(map(tuple, np.argwhere(found.adjacency).tolist()))


def test_two_causes_of_one_effect_are_found():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2, N), rng.integers(0, 3, N)
    c = (rng.random(N) < np.array([[0.1, 0.4, 0.8], [0.5, 0.9, 0.2]])[a, b]).astype(int)
    found = searched([c, a, b], [2, 2, 3])
    assert edges(found) == [(1, 0), (2, 0)]
    assert found.family == "tables"
    evidence = direction_evidence(found)
    assert evidence[1, 0] > 10
    assert evidence[2, 0] > 10


@pytest.mark.parametrize("seed", range(3))
def test_tables_leave_the_directions_of_a_chain_open(seed):
    network = flat(3)
    network[0, 1], network[1, 0] = 0.7, 0.1
    found = searched(chain(seed), [2, 2, 2], network)
    adjacent = found.adjacency | found.adjacency.T
    assert (np.argwhere(np.triu(adjacent)) == [[0, 1], [1, 2]]).all()
    evidence = direction_evidence(found)
    assert np.abs(evidence).max() < 1e-5
    assert after_search(network, found.adjacency, evidence, TYPED_WORTH).max() < 0.9


@pytest.mark.parametrize("seed", range(4))
def test_a_binary_outcome_is_an_effect_of_its_causes_or_left_open(seed):
    found = searched(illness(seed), [0, 2, 0, 2])
    assert found.adjacency[0, 3]
    assert found.adjacency[2, 3] or found.adjacency[3, 2]
    probabilities = after_search(flat(4), found.adjacency, direction_evidence(found), TYPED_WORTH)
    assert (
        probabilities[3].max() < 0.75
    )  # a normal dose and a logistic outcome hardly tell which is the cause
    assert probabilities[0, 3] > 2 * probabilities[3, 0]


def test_an_effect_of_a_numeric_cause_settles_the_directions_behind_it():
    rng = np.random.default_rng(14)
    cause = rng.uniform(-1.7, 1.7, N)
    first = (rng.random(N) < expit(4 * cause)).astype(int)
    found = searched([cause, first, first ^ (rng.random(N) < 0.15)], [0, 2, 2])
    assert edges(found) == [(0, 1), (1, 2)]
    assert not found.undecided.any()
    assert direction_evidence(found)[1, 2] > 10


@pytest.mark.parametrize("seed", range(2))
def test_a_mixed_graph_is_found_up_to_a_pair_that_tables_leave_open(seed):
    found = searched(mixed(seed), MIXED)
    assert set(edges(found)) - {(2, 1), (1, 2)} == {(0, 1), (2, 3), (1, 4), (3, 4)}
    assert found.adjacency[1, 2] != found.adjacency[2, 1]


@pytest.mark.parametrize(("table", "levels"), [(mixed(4), MIXED), (chain(4, 5), [2] * 5)])
def test_order_and_names_and_units_do_not_matter(table, levels):
    rng = np.random.default_rng(1)
    d = len(levels)
    plain = searched(table, levels).adjacency
    columns, rows = rng.permutation(d), rng.permutation(N)
    moved = searched([table[j][rows] for j in columns], [levels[j] for j in columns]).adjacency
    assert (moved == plain[np.ix_(columns, columns)]).all()
    renamed = [(k - 1 - values) if k else 1000 * values + 7 for values, k in zip(table, levels, strict=True)]
    assert (searched(renamed, levels).adjacency == plain).all()


@pytest.mark.parametrize(("table", "levels"), [(mixed(5), MIXED), (chain(5, 5), [2] * 5)])
def test_constraints_are_honoured(table, levels):
    d = len(levels)
    required, forbidden = np.zeros((d, d), dtype=bool), np.eye(d, dtype=bool)
    required[4, 0] = True
    forbidden[0] = True  # nothing but an effect
    forbidden[1, 2] = forbidden[2, 1] = True
    found = searched(table, levels, constraints=Constraints(required, forbidden))
    assert found.adjacency[4, 0]
    assert not found.adjacency[forbidden].any()
    assert np.isinf(direction_evidence(found)[4, 0])


def test_without_discrete_columns_nothing_changes():
    x = standardized(np.random.default_rng(2).normal(size=(200, 4)) @ np.triu(np.ones((4, 4))))
    codes = np.full(x.shape, -1)
    plain, told = refine(x, flat(4)), refine(x, flat(4), levels=np.zeros(4, dtype=int), codes=codes)
    assert plain.family == told.family
    assert plain.score.known == told.score.known


@pytest.mark.parametrize(("table", "levels"), [(mixed(6), MIXED), (chain(6, 4), [2] * 4)])
def test_graphs_can_be_drawn_from_what_the_search_knows(table, levels):
    draws = Posterior(searched(table, levels)).sample(5)
    assert draws.shape == (5, len(levels), len(levels))
    reached = np.linalg.matrix_power(draws.astype(float), len(levels))
    assert not reached.any()


def test_interventions_show_directions_that_observations_leave_open():
    a, b = chain(8, 2)
    usable = np.ones((2 * N, 2), dtype=bool)
    usable[N:, 0] = False  # a was set at random, and b went on to copy it
    again, copied = chain(9, 2)
    found = searched([np.append(a, again), np.append(b, copied)], [2, 2], usable=usable)
    assert edges(found) == [(0, 1)]
    usable = usable[:, ::-1]
    assert edges(searched([np.append(b, copied), np.append(a, again)], [2, 2], usable=usable)) == [(1, 0)]


def test_a_column_with_missing_values_keeps_its_neighbours():
    values = np.column_stack(chain(10))
    codes = np.where(np.random.default_rng(3).random(values.shape) < 0.1, -1, values)
    found = refine(
        standardized(values.astype(float)), flat(3), levels=np.full(3, 2), codes=codes, usable=codes >= 0
    )
    adjacent = found.adjacency | found.adjacency.T
    assert adjacent[0, 1]
    assert adjacent[1, 2]


def test_a_wide_table_is_searched_among_its_dependent_pairs():
    rng = np.random.default_rng(4)
    d = FEW + 5
    numeric = np.append(rng.normal(size=(N, 2)), rng.normal(size=(N, 1)), 1)
    numeric[:, 1] = numeric[:, 0] ** 2 + 0.3 * rng.normal(size=N)  # uncorrelated with column 0
    codes = np.column_stack([np.full((N, 3), -1), *chain(4, 4), rng.integers(0, 3, (N, d - 7))])
    levels = np.array([0] * 3 + [2] * 4 + [3] * (d - 7))
    pairs = possible_pairs(
        TypedTable(np.pad(numeric, ((0, 0), (0, d - 3))), codes, levels, None), flat(d) / 10
    )
    assert pairs[0, 1]
    assert pairs[3, 4]
    assert pairs[5, 6]
    assert 0.02 < pairs.mean() < 0.3
    assert (pairs == pairs.T).all()


def test_the_prior_lies_between_the_networks_and_a_sparse_one():
    network = np.array([[0.0, 3.0, -1.0], [0.0, 0.0, 2.0], [-4.0, 0.0, 0.0]])
    assert (edge_prior(network, 1.0) == network).all()
    assert np.unique(edge_prior(network, 0.0)).size == 1
    assert (edge_prior(np.zeros((21, 21)), 0.0) == -np.log(20)).all()


def test_the_found_graph_scores_at_least_as_well_as_the_true_one():
    table = chain(12, 6)
    found = searched(table, [2] * 6)
    truth = [frozenset(), *(frozenset({j}) for j in range(5))]
    score = found.score
    assert isinstance(score, Cached)
    assert isinstance(score.score, MixedScore)
    assert score.total(found.parents) >= score.total(truth) - 1e-6
