"""Spectral radius against eigenvalues, and the dual variable."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from discovery.avici.train import Dual, spectral_radius


def probabilities(d, seed, batch=1):
    p = torch.rand(batch, d, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return p * (1 - torch.eye(d, dtype=torch.float64))


def largest(p):
    return np.abs(np.linalg.eigvals(p.detach().numpy())).max(-1)


@given(d=st.integers(4, 12), seed=st.integers(0, 99), scale=st.sampled_from([1.0, 1e-3, 1e-30, 1e-300]))
def test_the_radius_is_the_largest_eigenvalue(d, seed, scale):
    torch.manual_seed(seed)
    p = (0.3 + 0.7 * probabilities(d, seed, 3)) * (1 - torch.eye(d, dtype=torch.float64))
    estimate = spectral_radius(p.log() + math.log(scale)) / scale
    np.testing.assert_allclose(estimate, largest(p), rtol=0.01)


def test_more_rounds_reach_the_eigenvalue_exactly():
    p = probabilities(6, 0, 4)
    np.testing.assert_allclose(spectral_radius(p.log(), rounds=300), largest(p), rtol=1e-9)


def test_a_dag_has_almost_no_radius_and_a_cycle_has_one():
    torch.manual_seed(0)  # how far the iteration comes on a cycle hangs on where it begins
    p = torch.full((4, 4), 1e-6, dtype=torch.float64)
    p[0, 1] = p[1, 2] = p[2, 3] = 1
    p.fill_diagonal_(0)
    dag = spectral_radius(p.log(), rounds=400).item()
    assert dag == pytest.approx(largest(p), rel=1e-3)
    p[3, 0] = 1
    assert spectral_radius(p.log(), rounds=400).item() > 10 * dag


def test_the_gradient_is_that_of_the_eigenvalue():
    p = (0.5 * probabilities(5, 3)).requires_grad_()
    spectral_radius(p.log(), rounds=300).sum().backward()
    step = 1e-6
    for i, j in ((0, 1), (3, 2), (4, 0)):
        nudged = p.detach().clone()
        nudged[0, i, j] += step
        slope = (largest(nudged) - largest(p)) / step
        assert p.grad[0, i, j].item() == pytest.approx(slope.item(), rel=1e-3)


def test_the_dual_rises_with_the_penalty_every_so_many_steps():
    dual = Dual(rate=0.1, every=5, warmup=20, decay=0.5)
    penalties, average = [1.0, 3.0, 0.5, 2.0, 4.0] * 8, 1.0
    expected = 0.0
    for step, penalty in enumerate(penalties, 1):
        average = 0.5 * average + 0.5 * penalty
        dual.update(penalty)
        if step % 5 == 0:
            expected += 0.1 * min(1, step / 20) * average
        assert dual.value == pytest.approx(expected)
    assert dual.value > 0
