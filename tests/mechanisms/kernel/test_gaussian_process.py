from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import check_grad

from foundation_causal.runtime import exponential
from mechanisms.kernel import gaussian_process, hyperparameters
from mechanisms.kernel.gaussian_process import (
    NEGLIGIBLE,
    Kernel,
    Point,
    _last_pivots,
    log_evidence,
    regression,
)
from mechanisms.kernel.hyperparameters import learn_lengths, weighted_points


def kernels(p: int) -> list[Kernel]:
    ones = np.ones(p)
    smooth = [Kernel(2 * ones, 0.1 * ones, 1.0), Kernel(ones / 5, 0 * ones, 0.5, True)]
    return [Kernel(None, ones, 1.0), *smooth, Kernel(np.eye(p)[0], ones, 1.0, p > 1, rough=True)]


def draw(seed: int, n: int, p: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    return x, np.sin(2 * x[:, 0]) + 0.3 * rng.normal(size=n)


@given(seed=st.integers(0, 10_000), n=st.integers(3, 25), p=st.integers(1, 5))
def test_evidence_is_the_gaussian_density_with_the_scale_integrated_out(seed: int, n: int, p: int) -> None:
    x, y = draw(seed, n, p)
    noises, variances = np.array([1e-4, 1e-2, 1.0]), np.random.default_rng(seed).uniform(0.1, 10, n)
    found = log_evidence(kernels(p), noises, x, y, variances)
    np.testing.assert_allclose(
        log_evidence(kernels(p), noises, x, y), log_evidence(kernels(p), noises, x, y, np.ones(n))
    )
    expected = np.empty_like(found)
    for k, kernel in enumerate(kernels(p)):
        for s, noise in enumerate(noises):
            covariance = kernel(x, x) + noise * np.diag(variances)
            fit = y @ np.linalg.solve(covariance, y)
            expected[k, s] = -n / 2 * np.log(fit) - np.linalg.slogdet(covariance)[1] / 2
    expected += np.log(variances).sum() / 2  # the same constant for all
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-6)


def test_last_pivots_are_those_of_the_inverse_and_the_determinant() -> None:
    rng = np.random.default_rng(0)
    diagonal, off, noises = 2 + rng.random(30), rng.random(29), np.array([1e-8, 1e-2, 1.0])
    pivots, determinants = _last_pivots(diagonal, off, noises)
    for noise, pivot, determinant in zip(noises, pivots, determinants, strict=True):
        matrix = np.diag(diagonal + noise) + np.diag(off, 1) + np.diag(off, -1)
        assert pivot == pytest.approx(1 / np.linalg.inv(matrix)[0, 0])
        assert determinant == pytest.approx(np.linalg.slogdet(matrix)[1])


def test_pivots_that_rounding_spoils_stay_above_the_noise() -> None:
    noises = np.array([1e-8, 1.0])
    pivots, determinants = _last_pivots(np.array([2.0, -5e-9, 1.0]), np.array([1e-3, 0.0]), noises)
    assert (pivots >= noises).all()
    assert np.isfinite(determinants).all()


@pytest.mark.parametrize("quick", [False, True])
def test_exponentials_are_the_same_by_either_library(monkeypatch, quick: bool) -> None:
    monkeypatch.setattr("foundation_causal.runtime._numpy_is_quick", lambda: quick)
    values = np.linspace(-700, 1, 101).reshape(1, -1)
    expected = np.exp(values)
    assert exponential(values) is values
    np.testing.assert_allclose(values, expected, rtol=1e-14)


def test_evidence_stays_finite_where_all_targets_are_zero() -> None:
    x, _ = draw(0, 10, 2)
    assert np.isfinite(log_evidence(kernels(2), np.array([1e-8, 1.0]), x, np.zeros(10))).all()


@given(seed=st.integers(0, 10_000))
def test_mean_and_noise_are_those_of_the_textbook(seed: int) -> None:
    x, y = draw(seed, 20, 2)
    q = np.random.default_rng(seed + 1).normal(size=(7, 2))
    points = [
        Point(k, s, w)
        for k, s, w in zip(kernels(2), (0.1, 0.01, 1.0, 0.1), (0.4, 0.2, 0.2, 0.2), strict=True)
    ]
    mean, noise = np.zeros(7), np.zeros(20)
    variances = np.random.default_rng(seed).uniform(0.1, 10, 20)
    for point in points:
        covariance = point.kernel(x, x) + point.noise * np.diag(variances)
        mean += point.weight * point.kernel(q, x) @ np.linalg.solve(covariance, y)
        smoother = point.kernel(x, x) @ np.linalg.inv(covariance)
        noise += point.weight * (y - smoother @ y) / np.sqrt(1 - np.diag(smoother))
    fitted = regression(x, y, points, variances)
    np.testing.assert_allclose(fitted.predict(q), mean, atol=1e-9)
    np.testing.assert_allclose(fitted.noise, noise, atol=1e-9)


def test_noise_has_the_variance_of_the_noise() -> None:
    """On draws from the model itself, where plain residuals are too small."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    point = Point(Kernel(np.ones(2), np.zeros(2), 1.0), 0.1, 1.0)
    root = np.linalg.cholesky(point.kernel(x, x) + 1e-10 * np.eye(60))
    found, plain = [], []
    for _ in range(300):
        y = root @ rng.normal(size=60) + np.sqrt(0.1) * rng.normal(size=60)
        fitted = regression(x, y, [point])
        found.append(fitted.noise**2)
        plain.append((y - fitted.predict(x)) ** 2)
    assert np.mean(found) == pytest.approx(0.1, rel=0.03)
    assert np.mean(plain) < 0.085


def test_weights_sum_to_one_and_prefer_the_linear_kernel_on_linear_data() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3))
    y = x @ [1.0, -1.0, 0.5] + 0.1 * rng.normal(size=400)
    points = weighted_points(x, y)
    assert sum(point.weight for point in points) == pytest.approx(1)
    assert sum(point.weight for point in points if point.kernel.inverse_lengths is None) > 0.3


@given(seed=st.integers(0, 10_000), p=st.integers(2, 4))
def test_gradient_of_the_evidence(seed: int, p: int) -> None:
    x, y = draw(seed, 25, p)
    rng = np.random.default_rng(seed)
    around, theta = rng.normal(size=p), np.append(rng.normal(size=p) * 0.5, np.log(0.1))
    rest = hyperparameters.LINEAR**2 * x @ x.T + hyperparameters.CONSTANT
    loss = partial(hyperparameters._loss, rest=rest)
    error = check_grad(lambda t: loss(t, around, x, y)[0], lambda t: loss(t, around, x, y)[1], theta)
    assert error < 1e-3 * max(1, np.linalg.norm(loss(theta, around, x, y)[1]))


@given(seed=st.integers(0, 10_000), spread=st.booleans())
def test_points_are_weighted_by_the_evidence_of_all_rows(seed: int, spread: bool) -> None:
    x, y = draw(seed, 40, 2)
    each = np.exp(np.random.default_rng(seed).normal(size=40)) if spread else None
    ones = np.ones(2)
    kernels = [Kernel(None, ones, 1.0), Kernel(ones, ones, 1.0), Kernel(2 * ones, ones, 1.0, log_prior=-3.0)]
    noises = np.array([0.01, 0.3])
    points = [Point(kernel, noise, 1 / 6) for kernel in kernels for noise in noises]
    evidence = log_evidence(kernels, noises, x, y, each) + np.array([[0.0], [0.0], [-3.0]])
    expected = np.exp(evidence - evidence.max()).ravel()
    expected /= expected.sum()
    kept = expected >= NEGLIGIBLE
    expected = expected[kept] / expected[kept].sum()
    found = regression(x, y, points, each, weigh=True)
    weights = [point.weight for point in found.points]
    np.testing.assert_allclose(weights, np.sort(expected)[::-1], rtol=1e-6)
    alone = regression(x, y, found.points, each)
    np.testing.assert_allclose(found.predict(x), alone.predict(x), rtol=1e-9)
    rows = np.random.default_rng(1).normal(size=(600, 2))
    by_hand = sum(k(rows, x) @ c for k, c in zip(found.kernels, found.coefficients, strict=True))
    np.testing.assert_allclose(found.predict(rows), by_hand, atol=1e-9)


def test_learned_length_scale_of_an_irrelevant_input_is_longer() -> None:
    x, y = draw(2, 200, 2)
    lengths = learn_lengths(np.array([1.0, 1.0]), 0.1, x, y)
    assert lengths[1] > 3 * lengths[0]


def test_a_treatment_moderates_where_its_arms_have_functions_of_their_own() -> None:
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.normal(size=(300, 2)), rng.random(300) < 0.3])
    noise = 0.2 * rng.normal(size=300)
    apart = np.where(x[:, 2] > 0, np.sin(2 * x[:, 0]), x[:, 1] ** 2 / 2 - x[:, 0])
    alike = np.sin(2 * x[:, 0]) + x[:, 2]
    x = (x - x.mean(0)) / x.std(0)
    for y, expected in ((apart, True), (alike, False)):
        points = weighted_points(x, (y + noise - y.mean()) / y.std())
        weight = sum(point.weight for point in points if point.kernel.moderation is not None)
        assert (weight > 0.5) == expected
        moderations = [point.kernel.moderation for point in points if point.kernel.moderation is not None]
        assert all(moderation.argmax() == 2 for moderation in moderations)


@pytest.mark.parametrize("intel", [True, False])
def test_inverses_are_those_of_the_matrix_on_every_processor(monkeypatch, intel):
    x = np.random.default_rng(0).normal(size=(150, 2))
    matrix = x @ x.T + np.eye(150)
    for module in (gaussian_process, hyperparameters):
        monkeypatch.setattr(module, "is_intel", lambda: intel)
    inverse = np.linalg.inv(matrix)
    factor = gaussian_process.cholesky(matrix, 0.0)
    above = np.triu(hyperparameters._inverse(factor.copy(order="F")))
    np.testing.assert_allclose(above, np.triu(inverse), atol=1e-10)
    np.testing.assert_allclose(gaussian_process._inverse_diagonal(factor), np.diag(inverse), atol=1e-10)
