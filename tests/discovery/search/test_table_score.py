"""Evidence of tables against its definition, and what it must not depend on."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln

from discovery.search.typed.table_score import LEAST, PRIORS, TablePrior, TableScore

LEVELS = np.array([2, 3, 4, 2, 3, 5])


def drawn_codes(seed, n=80):
    """Random codes that depend on each other a little."""
    rng = np.random.default_rng(seed)
    shared = rng.random(n)
    return ((0.5 * shared[:, None] + 0.5 * rng.random((n, len(LEVELS)))) * LEVELS).astype(int)


def by_definition(codes, j, parents, size):
    """BDeu whose rows are worth `LEAST` at least, cell by cell."""
    worth, r = max(size / np.prod(LEVELS[parents], initial=1), LEAST), LEVELS[j]
    rows = Counter(map(tuple, codes[:, parents]))
    cells = Counter(map(tuple, codes[:, [*parents, j]]))
    whole = sum(gammaln(worth) - gammaln(worth + n) for n in rows.values())
    return whole + sum(gammaln(worth / r + n) - gammaln(worth / r) for n in cells.values())


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.sampled_from([1.0, 5.0, 20.0]))
def test_bdeu_is_its_definition(seed, size):
    codes, score = drawn_codes(seed), TableScore(drawn_codes(seed), LEVELS, prior=TablePrior(size))
    requests = [(0, []), (1, [0]), (2, [5, 1]), (0, [1, 2, 3, 4, 5])]  # the last has 360 configurations
    values = score([(j, frozenset(parents)) for j, parents in requests])
    assert values == pytest.approx([by_definition(codes, j, sorted(pa), size) for j, pa in requests])


@pytest.mark.parametrize("prior", [TablePrior(40.0), TablePrior(80.0, by_shares=True)])
def test_reversing_a_covered_edge_changes_nothing_where_rows_are_worth_something(prior):
    score = TableScore(drawn_codes(1), LEVELS, prior=prior)
    forward = score([(0, frozenset({2})), (1, frozenset({0, 2}))])
    backward = score([(1, frozenset({2})), (0, frozenset({1, 2}))])
    assert sum(forward) == pytest.approx(sum(backward), abs=1e-5)


def test_names_of_levels_and_order_of_rows_do_not_matter():
    codes, rng = drawn_codes(2), np.random.default_rng(0)
    renamed = np.column_stack([rng.permutation(k)[c] for c, k in zip(codes.T, LEVELS, strict=True)])
    requests = [(2, frozenset({1, 5})), (0, frozenset())]
    assert TableScore(codes, LEVELS)(requests) == TableScore(rng.permutation(renamed), LEVELS)(requests)


def test_rows_that_do_not_show_the_mechanism_stay_out():
    codes = drawn_codes(3)
    usable = np.ones(codes.shape, dtype=bool)
    usable[:30, 1] = False
    told, own = TableScore(codes, LEVELS, usable), TableScore(codes[30:], LEVELS)
    assert told([(1, frozenset({0}))]) == own([(1, frozenset({0}))])
    assert told([(0, frozenset({1}))]) == TableScore(codes, LEVELS)([(0, frozenset({1}))])


def test_a_missing_child_is_no_row_and_a_missing_parent_a_level():
    codes = drawn_codes(4)
    holes = codes.copy()
    holes[:20, 0] = -1
    score = TableScore(holes, LEVELS)
    assert score([(0, frozenset())]) == TableScore(codes[20:], LEVELS)([(0, frozenset())])
    filled, wider = codes.copy(), LEVELS.copy()
    filled[:20, 0], wider[0] = 2, 3
    assert score([(1, frozenset({0}))]) == TableScore(filled, wider)([(1, frozenset({0}))])


def test_shares_that_are_learned_from_the_rows_are_paid_back():
    codes = drawn_codes(5)
    alone = TableScore(codes, LEVELS, prior=TablePrior(20.0, by_shares=True))([(1, frozenset())])[0]
    counts = np.bincount(codes[:, 1], minlength=3)
    fair = (gammaln(0.5 + counts) - gammaln(0.5)).sum() - gammaln(1.5 + counts.sum()) + gammaln(1.5)
    assert alone == pytest.approx(fair)


def test_rows_seen_twice_at_most_are_not_taken_for_known():
    levels = np.array([100, 100, 2])
    random = np.random.default_rng(6)
    pairs = np.repeat(random.permutation(10_000)[:200], 2)
    codes = np.column_stack([pairs // 100, pairs % 100, random.integers(0, 2, 400)])
    for prior in PRIORS:
        both, none = TableScore(codes, levels, prior=prior)([(2, frozenset({0, 1})), (2, frozenset())])
        assert none - 90 < both < none  # without the bound 400 to 950 nats are lost
