"""Rows with outlying noise draw the function less, and normal noise is left alone."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation_causal.observations import observations
from mechanisms.kernel.gaussian_process import Kernel
from mechanisms.kernel.hyperparameters import weighted_points
from mechanisms.kernel.kernel_model import fit_kernel
from mechanisms.kernel.noise_scale import row_variances
from mechanisms.mechanism_model import predict


@given(seed=st.integers(0, 1000), unit=st.floats(1e-9, 1e9))
@settings(max_examples=10)
def test_variances_rise_with_the_noise_and_know_no_unit(seed: int, unit: float) -> None:
    noise = np.random.default_rng(seed).standard_t(1.5, 200)
    found = row_variances(noise)
    assert found is not None
    assert (np.diff(found[np.argsort(np.abs(noise))]) >= 0).all()
    assert np.log(found).mean() == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(row_variances(unit * noise), found, rtol=1e-6)


def test_no_heavy_tails_are_found_where_there_are_none() -> None:
    rngs = [np.random.default_rng(seed) for seed in range(40)]
    assert np.mean([row_variances(rng.normal(size=100)) is None for rng in rngs]) > 0.95
    assert all(row_variances(rng.uniform(-1, 1, 100)) is None for rng in rngs)
    assert row_variances(np.zeros(30)) is None


def test_lopsided_noise_keeps_its_mean() -> None:
    rngs = [np.random.default_rng(seed) for seed in range(40)]
    assert np.mean([row_variances(rng.exponential(size=200) - 1) is None for rng in rngs]) > 0.8
    assert np.mean([row_variances(rng.standard_t(1.5, 200)) is None for rng in rngs]) < 0.1


def test_one_outlier_mostly_does_not_move_the_function() -> None:
    errors, grid = [], np.linspace(-1.8, 1.8, 50)
    for seed in range(9):
        rng = np.random.default_rng(seed)
        x = rng.uniform(-2, 2, 150)
        y = np.sin(2 * x) + 0.1 * rng.standard_t(1.5, 150)
        y[7] += 50
        frame, graph = pd.DataFrame({"x": x, "y": y}), nx.DiGraph([("x", "y")])
        found = predict(fit_kernel(observations(frame), graph), np.column_stack([grid, grid]))[:, 1]
        errors.append(np.sqrt(np.mean((found - np.sin(2 * grid)) ** 2)))
    assert np.median(errors) < 0.15


def test_sums_of_functions_are_told_from_interactions() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(150, 3))
    for y, expected in (
        (np.sin(3 * x[:, 0]) + np.cos(2 * x[:, 1]) + np.abs(x[:, 2]), True),
        (np.sin(2 * x[:, 0] * x[:, 1]) + x[:, 2], False),
    ):
        points = weighted_points(x, y + 0.1 * rng.normal(size=150))
        assert (sum(point.weight for point in points if point.kernel.additive) > 0.9) == expected


def test_an_additive_kernel_of_one_input_is_the_plain_one() -> None:
    x, one = np.random.default_rng(0).normal(size=(9, 1)), np.ones(1)
    plain, additive = (Kernel(2 * one, one, 1.0, flag)(x, x + 1) for flag in (False, True))
    np.testing.assert_allclose(plain, additive)


def test_a_sharp_turn_is_told_from_smooth_functions_where_rough_ones_take_part() -> None:
    def share(y: np.ndarray, *, rough: bool) -> float:
        points = weighted_points(x, y + 0.3 * rng.normal(size=200), rough=rough)
        return sum(point.weight for point in points if point.kernel.rough)

    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    turn = np.abs(x[:, 0]) + x[:, 1]
    assert share(turn, rough=True) > 0.8
    assert share(turn, rough=False) == 0
    assert share(x.sum(1), rough=True) < 0.3
    assert share(np.sin(2 * x[:, 0] * x[:, 1]), rough=True) < 0.2
