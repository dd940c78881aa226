"""A column that is often zero is scored in two parts."""

import numpy as np

from discovery.search.families import Families
from discovery.search.typed.point_masses import PointMasses


def often_zero(seed: int, n: int = 600) -> np.ndarray:
    """Causes whose effect is cut off at zero: x0 -> x1 <- x2, `[n, 3]`, standardized."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 3))
    x[:, 1] = np.maximum(x[:, 0] + x[:, 2] + 0.5 * random.normal(size=n), 0)
    return (x - x.mean(0)) / x.std(0)


def test_the_cut_off_effect_is_better_explained_by_its_causes_than_the_other_way_round() -> None:
    right, wrong = (
        [frozenset(), frozenset({0, 2}), frozenset()],
        [frozenset({1}), frozenset(), frozenset({0, 1})],
    )
    for seed in range(5):
        families = Families(often_zero(seed), np.zeros((3, 3)))
        for score in families.linear.values():
            assert score.total(right) > score.total(wrong)


def test_zeros_are_found_whatever_the_unit_and_only_where_they_are() -> None:
    x = often_zero(1)
    assert list(PointMasses(x).codes) == [1] == list(PointMasses(-3 * x + 7).codes)
    assert not PointMasses(x[:, [0, 2]])
    rounded, clipped = np.round(x, 1), np.clip(x, -0.5, 0.5)
    assert not PointMasses(rounded[:, [0, 2]])  # ties everywhere
    assert not PointMasses(clipped[:, [0, 2]])  # two piles


def test_values_that_were_set_are_no_pile() -> None:
    x = often_zero(2)
    usable = np.ones(x.shape, dtype=bool)
    usable[:, 1] = x[:, 1] > x[:, 1].min()
    assert not PointMasses(x, usable)
    shown = PointMasses(x).beside(None)
    assert shown is not None
    assert shown[:, [0, 2]].all()
    assert not shown[~usable[:, 1], 1].any()


def test_what_a_cause_gains_is_not_screened_away() -> None:
    x = often_zero(3)
    points = PointMasses(x)
    alone, caused = points([(1, frozenset()), (1, frozenset({0}))])
    assert points.gains(1, frozenset())[0] > caused - alone > 20
    assert not points.gains(0, frozenset({1})).any()
