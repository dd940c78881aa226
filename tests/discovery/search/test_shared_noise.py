"""The evidence that noise is shared: how dependent noises are, and what they explain in place of an edge."""

import numpy as np
import pytest

from discovery.search.dags import parents_of
from discovery.search.refine import Refined, families_of
from discovery.search.shared_noise import dependence, noise_evidence

ROWS = 600


def standardized(x):
    return (x - x.mean(0)) / x.std(0)


def searched(x, family, edges):
    """The search's answer `edges` on rows `[n, d]`, as if it had ended there."""
    d = x.shape[1]
    graph = np.zeros((d, d), dtype=bool)
    for edge in edges:
        graph[edge] = True
    families, _ = families_of(x, np.full((d, d), 0.1), None, None)
    score = families.nonlinear if family == "nonlinear" else families.linear[family]
    return Refined(parents_of(graph), family, score, parents_of(graph), [frozenset()] * d)


def chain(rng, noise, function=lambda z: z, *, hidden=False):
    """Rows of 0 -> 1 -> 2, or of 0 -> 1 <-> 2, whose second pair is the same in lines and Gaussian noise."""
    z, e, f, h = noise(rng, (4, ROWS))
    x = z + h + 0.5 * e
    y = function(h if hidden else x) + 0.5 * f
    return standardized(np.column_stack([z, x, y]))


def gaussian(rng, shape):
    return rng.normal(size=shape)


def laplace(rng, shape):
    return rng.laplace(size=shape)


def in_all(products):
    """How dependent noises are by all products of their functions but that of the noises themselves."""
    squares = np.expm1(products)
    return np.log((squares.sum((-1, -2)) - squares[..., 0, 0]) / 80)


def test_products_are_about_one_for_independent_noise_whatever_its_shape_and_the_rows():
    rng = np.random.default_rng(0)
    for n in (100, 1000, 5000):
        for noise in (gaussian(rng, (n, 12)), laplace(rng, (n, 12)), rng.exponential(size=(n, 12))):
            off = in_all(dependence(noise)[np.triu_indices(12, 1)])
            assert abs(off.mean()) < 0.25
            assert off.max() < 1.2


def test_dependence_depends_neither_on_units_nor_on_signs_nor_on_the_order_of_rows():
    rng = np.random.default_rng(1)
    noise = laplace(rng, (300, 4)) + laplace(rng, (300, 1))
    expected = dependence(noise)
    assert np.allclose(expected, expected.transpose(1, 0, 3, 2))
    other = noise[rng.permutation(300)] * [1e-6, -1.0, -3.0, 1e6] + [0.0, 5.0, 0.0, 1.0]
    np.testing.assert_allclose(dependence(other), expected, atol=1e-6)


def test_noise_of_a_constant_column_is_dependent_on_nothing():
    noise = np.column_stack([np.zeros(50), np.linspace(-1, 1, 50)])
    assert np.isfinite(dependence(noise)).all()
    assert not dependence(noise)[0, 1].any()


@pytest.mark.parametrize(
    ("family", "noise", "function"),
    [
        ("linear gaussian", gaussian, lambda z: z),
        ("linear laplace", laplace, lambda z: z),
        ("nonlinear", gaussian, lambda z: np.tanh(2 * z)),
    ],
)
def test_a_cause_of_the_cause_tells_a_hidden_cause_from_an_edge(family, noise, function):
    path = [(0, 1), (1, 2)]  # and 0 -> 2, which a search needs where it reads a hidden cause as an edge
    gains = []
    for seed in range(6):
        for hidden, found in ((True, [*path, (0, 2)]), (False, path)):
            x = chain(np.random.default_rng(seed), noise, function, hidden=hidden)
            evidence = noise_evidence(searched(x, family, found), x, None)
            assert evidence.removed[1, 2] < -20  # needed, as it looks, either way
            assert evidence.replaced[0, 1] == 0  # nothing tells of the first pair
            gains.append(evidence.replaced[1, 2])
    shared, direct = gains[::2], gains[1::2]
    assert np.mean(shared) > 1
    assert min(shared) > -0.01
    assert max(direct) < -20


def test_noises_of_a_pair_with_a_hidden_cause_are_dependent_where_noise_is_not_gaussian():
    apart = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        h, e, f = laplace(rng, (3, ROWS))
        pairs = (np.column_stack([h + 0.5 * e, h + 0.5 * f]), np.column_stack([h, h + 0.5 * f]))
        found = [
            in_all(noise_evidence(searched(x, "linear laplace", [(0, 1)]), x, None).products[0, 1])
            for x in map(standardized, pairs)
        ]
        apart.append(found[0] - found[1])
    assert np.mean(apart) > 1


def test_nothing_is_said_of_columns_that_an_experiment_set_or_that_pile_up():
    rng = np.random.default_rng(2)
    x = gaussian(rng, (ROWS, 4))
    x[:, 3] += x[:, 0]
    x[:, 1] = np.maximum(x[:, 1], 0)
    x = standardized(x)
    usable = np.ones(x.shape, dtype=bool)
    usable[:200, 2] = False
    evidence = noise_evidence(searched(x, "linear gaussian", [(0, 3), (1, 2)]), x, usable)
    assert np.argwhere(evidence.known).tolist() == [[0, 3], [3, 0]]
    assert evidence.replaced[1, 2] == evidence.removed[1, 2] == 0
    usable[:200] = False
    assert not noise_evidence(searched(x, "linear gaussian", [(0, 3)]), x, usable).known.any()


def test_nothing_is_said_of_a_column_that_piles_up_in_the_rows_of_the_search_alone():
    x = chain(np.random.default_rng(3), gaussian, np.tanh)
    used = np.ones(x.shape, dtype=bool)
    used[:30, 1] = False
    graph = np.eye(3, k=1, dtype=bool)
    families, _ = families_of(x, np.full((3, 3), 0.1), None, used)
    search = Refined(parents_of(graph), "nonlinear", families.nonlinear, parents_of(graph), [frozenset()] * 3)
    evidence = noise_evidence(search, x, None)
    assert np.argwhere(evidence.known).tolist() == [[0, 2], [2, 0]]
    assert not evidence.replaced.any()
    assert not evidence.removed.any()


def test_what_a_curve_misses_of_an_exact_function_is_no_noise():
    x, w = gaussian(np.random.default_rng(4), (2, ROWS))
    graph = [(0, 1), (0, 2)]
    for noise, pairs in ((0.0, [[0, 2], [2, 0]]), (0.02, [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1]])):
        near = np.sin(3 * x) + noise * gaussian(np.random.default_rng(5), ROWS)
        table = standardized(np.column_stack([x, near, x + w]))
        evidence = noise_evidence(searched(table, "nonlinear", graph), table, None)
        assert np.argwhere(evidence.known).tolist() == pairs
