"""What makes the kernel model fast gives the answers of what is slow; more rows give better ones."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from mechanisms import infer
from mechanisms.kernel.gaussian_process import Kernel, Point, kernel_matrices, log_evidence, regression
from mechanisms.kernel.hyperparameters import (
    ADDITIVE_LENGTHS,
    AROUND_LEARNED,
    LENGTHS,
    MAX_SCREENED_ROWS,
    NOISES,
    SCREEN_MARGIN,
    _grid,
    _screened,
)
from mechanisms.kernel.inducing_rows import InducingRegression
from mechanisms.kernel.noise_scale import MAX_EXACT_ROWS, node_regression
from mechanisms.kernel.posterior_draws import draw_functions


def wave(n: int, p: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs, a function of them, and the function with noise."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, p))
    f = np.sin(1.5 * x).sum(1) / np.sqrt(p)
    return x, f, f + 0.3 * rng.normal(size=n)


def test_powers_of_a_kernel_are_its_family() -> None:
    x, ones = wave(40, 3)[0], np.ones(3)
    kernels = [Kernel(ones / length, ones, 1.0) for length in LENGTHS]
    kernels += [Kernel(ones / length, ones, 1.0, True) for length in ADDITIVE_LENGTHS]
    kernels += [Kernel(np.array([2.0, 0.5, 1.0]) * stretch, ones, 1.0) for stretch in AROUND_LEARNED]
    kernels += [Kernel(None, ones, 1.0), Kernel(ones, ones, 1.0, False, np.array([0.0, 1.0, 0.0]))]
    found = {k: matrix.copy() for k, matrix in kernel_matrices(kernels, x, x[:7])}
    assert sorted(found) == list(range(len(kernels)))
    for k, matrix in found.items():
        np.testing.assert_allclose(matrix, kernels[k](x, x[:7]), atol=1e-13)


@pytest.mark.parametrize("variances", [None, np.exp(np.random.default_rng(1).normal(size=300))])
def test_features_give_the_answers_of_the_matrix(monkeypatch, variances) -> None:
    x, _, y = wave(300)
    kernels = [Kernel(np.ones(1) / length, np.ones(1), 1.0) for length in (0.7, 3.6)]
    kernels.append(Kernel(None, np.ones(1), 1.0))
    noises = np.array([1e-4, 1e-2, 1.0])
    points = [Point(kernel, noise, 1 / 9) for kernel in kernels for noise in noises]

    def answers() -> list[np.ndarray]:
        fitted = regression(x, y, points, variances)
        evidence = log_evidence(kernels, noises, x, y, variances)
        return [fitted.predict(x[:50] * 1.2), fitted.noise, fitted.leave_one_out(), evidence]

    ranks: list[int] = []
    given = Kernel.few_features

    def noted(kernel: Kernel, x: np.ndarray, matrix: np.ndarray, unseen: float) -> np.ndarray:
        few = given(kernel, x, matrix, unseen)
        assert few is not None
        ranks.append(few.shape[1])
        return few

    monkeypatch.setattr(Kernel, "few_features", noted)
    quick = answers()
    assert len(ranks) == 6
    assert max(ranks) < 60
    monkeypatch.setattr(Kernel, "few_features", lambda *_: None)
    for one, other in zip(quick, answers(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("frequency", [0.2, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("p", [1, 2])
def test_every_other_length_shows_which_lengths_are_good(frequency, p) -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2 * MAX_SCREENED_ROWS, p))
    y = np.sin(frequency * x.sum(1)) + 0.1 * rng.normal(size=len(x))
    grid, few = _grid(p), slice(MAX_SCREENED_ROWS)
    best = log_evidence(grid, NOISES, x[few], y[few]).max(1)
    kept = {id(kernel) for kernel in _screened(grid, x, y)}
    joint = max(value for value, kernel in zip(best, grid, strict=True) if not kernel.additive)
    for value, kernel in zip(best, grid, strict=True):
        near = value > (best.max() if kernel.additive else joint) - SCREEN_MARGIN
        assert (id(kernel) in kept) == (near or kernel is grid[0])


@pytest.fixture(scope="module")
def many() -> tuple[np.ndarray, np.ndarray, np.ndarray, InducingRegression]:
    """A table of 4,000 rows, and its regression."""
    x, f, y = wave(4000, 2)
    fitted = node_regression(x, y, False)
    assert isinstance(fitted, InducingRegression)
    return x, f, y, fitted


def test_all_rows_decide(many) -> None:
    x, f, y, fitted = many
    few = node_regression(x[:MAX_EXACT_ROWS], y[:MAX_EXACT_ROWS], False)
    errors = [np.sqrt(np.mean((found.predict(x) - f) ** 2)) for found in (few, fitted)]
    assert errors[1] < 0.7 * errors[0]  # four times the rows
    assert fitted.noise.std() == pytest.approx(0.3, rel=0.03)
    assert np.sqrt(np.mean((fitted.noise - (y - f)) ** 2)) < 0.06


def test_inducing_rows_give_what_all_pairs_of_rows_give(many) -> None:
    x, _, y, fitted = many
    exact = regression(x[:1500], y[:1500], fitted.points)
    rows = node_regression(x[:1500], y[:1500], False)
    assert isinstance(rows, InducingRegression)
    np.testing.assert_allclose(rows.predict(x[:200]), exact.predict(x[:200]), atol=0.03)
    np.testing.assert_allclose(rows.leave_one_out(), y[:1500] - _left_out(exact), atol=0.1)


def _left_out(fitted) -> np.ndarray:
    return fitted.y - fitted.leave_one_out()


def test_draws_lie_around_the_mean_and_leave_the_rest_to_the_noise(many) -> None:
    x, f, y, fitted = many
    drawn = draw_functions(fitted, 100, np.random.default_rng(0))
    values = np.stack([function(x[:100]) for function, _ in drawn])
    spread = values.std(0)
    assert np.abs((values.mean(0) - fitted.predict(x[:100])) / spread).mean() < 0.2
    assert 0.4 < np.abs((f[:100] - fitted.predict(x[:100])) / spread).mean() < 1.4
    far = np.stack([function(np.full((1, 2), 9.0)) for function, _ in drawn])
    assert far.std() > 5 * spread.mean()  # nothing is known there
    function, noise = drawn[0]
    np.testing.assert_allclose(noise[:100], y[:100] - function(x[:100]), atol=0.1)


def test_models_of_many_rows_are_kept(tmp_path) -> None:
    x, _, y = wave(1200)
    frame = pd.DataFrame({"x": x[:, 0], "y": y})
    model = infer(frame, nx.DiGraph([("x", "y")]))
    model.save(tmp_path / "model")
    again = fc.load(tmp_path / "model")
    pd.testing.assert_frame_equal(again.sample(20, seed=1), model.sample(20, seed=1))
    pd.testing.assert_frame_equal(again.predict(frame.head(5)), model.predict(frame.head(5)))
