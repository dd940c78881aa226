"""Evidence of regressions through landmarks, against definitions, autograd and finite differences."""

import math

import numpy as np
import pytest
import torch

from discovery.search.curved import landmark_process
from discovery.search.curved.landmark_process import JITTER, Regressions, Secant
from discovery.search.local_scores import gaussian_likelihood, laplace_likelihood
from discovery.search.shaped_score import log_mean, shape_gains, tree_gain

N, LANDMARKS = 40, torch.arange(0, 40, 3)
MASK = torch.tensor([[1.0, 1, 1], [1, 1, 0], [1, 0, 0]], dtype=torch.float64)
LENGTH = torch.tensor([[0.1, 0.5, 1.0]] * 3, dtype=torch.float64)
RATIO = torch.tensor([-2.0, -1.0, 0.5], dtype=torch.float64)


def batch(weighted=False, dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3, 3, N, generator=generator, dtype=torch.float64) * MASK[:, :, None]
    y = torch.randn(3, N, generator=generator, dtype=torch.float64) + x[:, 0].sin()
    weight = (torch.rand(3, N, generator=generator) > 0.2).double() if weighted else None
    parts = (y, x, MASK) if weight is None else (y, x, MASK, weight)
    y, x, mask, *weight = (part.to(dtype) for part in parts)
    return Regressions(y, x, mask, LANDMARKS, *weight)


def gaussian_evidence(regressions, length, ratio):
    """By the definition: the density of the targets under the covariance of the whole process."""
    values = []
    for e in range(3):
        x = regressions.x[e].T
        scaled = x * (-length[e]).exp() * MASK[e]
        z = scaled[LANDMARKS]
        cross, inner = (torch.exp(-0.5 * torch.cdist(a, z) ** 2) for a in (scaled, z))
        inner = inner + JITTER * torch.eye(len(z))
        covariance = 1 + x @ x.T / MASK[e].sum() + cross @ torch.linalg.solve(inner, cross.T)
        covariance = covariance / ratio[e].exp() + torch.eye(N)
        y = regressions.rows[e, 0]
        scale = y @ torch.linalg.solve(covariance, y) / N
        values.append(-0.5 * (torch.logdet(covariance) + N * ((2 * math.pi * scale).log() + 1)))
    return torch.stack(values)


def shapes_of(residual, depth):
    """The log mean likelihood of residuals over four shapes, less that of Gaussian noise."""
    n, variance = len(residual), (residual**2).mean()
    gaussian = gaussian_likelihood(variance, n)
    shapes = [gaussian, laplace_likelihood(np.abs(residual).mean(), n)]
    if depth:
        shapes += [-n * np.log(np.ptp(residual)) - np.log(n)]
        shapes += [gaussian + tree_gain(residual / np.sqrt(variance), depth)]
    return log_mean(shapes, 4) - gaussian


def test_evidence_and_residuals_are_those_of_the_process():
    regressions = batch()
    found = regressions.evaluate(LENGTH, RATIO)
    assert torch.allclose(found, gaussian_evidence(regressions, LENGTH, RATIO), rtol=1e-6)
    fitted = (regressions.weights[:, None] @ regressions.design[:, 1:])[:, 0]
    assert torch.allclose(regressions.residual, regressions.rows[:, 0] - fitted)


def test_what_goes_on_is_as_it_was_evaluated():
    whole, part = batch(), batch()
    whole.evaluate(LENGTH, RATIO)
    part.evaluate(LENGTH, RATIO)
    part.take(torch.tensor([2]))
    for kept, every in zip(part.slopes(), whole.slopes(), strict=True):
        assert torch.allclose(kept[0], every[2])
    assert torch.allclose(part.evaluate(LENGTH[2:] + 1, RATIO[2:]), whole.evaluate(LENGTH + 1, RATIO)[2:])


@pytest.mark.parametrize("draw", ["normal", "laplace", "exponential", "uniform"])
@pytest.mark.parametrize("depth", [0, 2, 6])
def test_shapes_in_batches_are_those_of_one_regression_and_of_the_rows_that_count(draw, depth):
    rng = np.random.default_rng(0)
    residual = getattr(rng, draw)(size=(2, 300))
    residual -= residual.mean(1, keepdims=True)
    counted = np.ones_like(residual)
    counted[1, ::3] = residual[1, ::3] = 0
    found = shape_gains(torch.tensor(residual), torch.full((2,), depth), torch.tensor(counted))
    expected = [shapes_of(residual[0], depth), shapes_of(residual[1][counted[1] > 0], depth)]
    assert found.numpy() == pytest.approx(expected, abs=1e-6)


def test_slopes_agree_with_autograd():
    regressions = batch()
    length, ratio = LENGTH.clone().requires_grad_(), RATIO.clone().requires_grad_()
    expected = torch.autograd.grad(gaussian_evidence(regressions, length, ratio).sum(), [length, ratio])
    regressions.evaluate(LENGTH, RATIO)
    slopes = regressions.slopes()
    assert torch.allclose(slopes.log_length, expected[0], atol=1e-6)
    assert torch.allclose(slopes.log_ratio, expected[1], atol=1e-6)


def test_rows_that_do_not_count_change_neither_evidence_nor_slopes():
    regressions = batch(weighted=True)
    kept = regressions.weight[1, 0] > 0
    before = regressions.evaluate(LENGTH, RATIO)[1], *(part[1] for part in regressions.slopes())
    spoilt = Regressions(
        torch.where(kept, regressions.rows[:, 0], 7.0),
        regressions.x,
        MASK,
        LANDMARKS,
        regressions.weight[:, 0],
    )
    after = spoilt.evaluate(LENGTH, RATIO)[1], *(part[1] for part in spoilt.slopes())
    for first, second in zip(before, after, strict=True):
        assert torch.allclose(first, second, atol=1e-8)


def test_going_on_with_some_of_a_batch_changes_nothing_for_them():
    whole, part = batch(), batch()
    whole.evaluate(LENGTH, RATIO)
    part.evaluate(LENGTH, RATIO)
    some = torch.tensor([0, 2])
    part.take(some)
    for all_slopes, some_slopes in zip(whole.slopes(), part.slopes(), strict=True):
        assert torch.allclose(all_slopes[some], some_slopes)
    moved = part.evaluate(LENGTH[some] + 0.1, RATIO[some])
    assert torch.allclose(moved, whole.evaluate(LENGTH + 0.1, RATIO)[some])


def test_almost_exact_fits_keep_their_evidence_in_single_precision():
    values = []
    for dtype in (torch.float64, torch.float32):
        regressions = batch(dtype=dtype)
        regressions.rows[:, 0] = regressions.x[:, 0].sin() + 0.003 * regressions.rows[:, 0]
        values.append(regressions.evaluate(LENGTH.to(dtype), (RATIO - 7).to(dtype)).double())
    assert torch.allclose(*values, atol=0.3)


def test_what_cannot_be_factorized_has_no_evidence_and_harmless_slopes():
    regressions = batch(dtype=torch.float32)
    length, ratio = LENGTH.float(), torch.tensor([-1.0, -1.0, math.nan])
    fair, _, hopeless = regressions.evaluate(length, ratio).tolist()
    assert hopeless < fair - 1e6
    assert regressions.slopes().log_ratio[2] > 0  # more noise is the way back


def test_a_climb_along_the_secant_finds_the_top_of_a_parabola_in_a_few_moves():
    start = torch.tensor([[-1.0, 0.5, 2.0]])
    climb = Secant(start, (-3.0, 3.0), 0.5, torch.full_like(start, math.nan))
    for _ in range(5):
        climb.climb(-2.0 * (climb.value - torch.tensor([[0.3, 0.3, 9.0]])))
    assert torch.allclose(climb.value, torch.tensor([[0.3, 0.3, 3.0]]), atol=1e-4)
    again = Secant(start, (-3.0, 3.0), 2.0, climb.curvature)
    again.climb(-2.0 * (again.value - 0.3))
    assert torch.allclose(again.value[0, :2], torch.tensor([0.3, 0.3]), atol=1e-4)


def test_products_are_alike_on_every_processor(monkeypatch):
    generator = torch.Generator().manual_seed(0)
    left, right = torch.randn(3, 8, 8, generator=generator), torch.randn(3, 8, 400, generator=generator)
    for intel in (True, False):
        monkeypatch.setattr(landmark_process, "is_intel", lambda intel=intel: intel)
        out = landmark_process._product(left, right, torch.empty(3, 8, 400))
        torch.testing.assert_close(out, left @ right, atol=1e-4, rtol=1e-4)
