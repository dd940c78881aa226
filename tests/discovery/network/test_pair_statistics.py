"""Pair statistics against plain formulas, and their symmetries."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from discovery.network.pair_statistics import (
    _entropy,
    _linear_pairs,
    _medians,
    _nonlinear_pairs,
    _score_statistics,
    pair_statistics,
    standardize,
)
from foundation_causal.simulate import p_in


@given(st.integers(2, 7), st.integers(50, 90), st.integers(0, 1000))
def test_columns_carry_their_statistics_along_and_rows_do_not_matter(d, n, seed):
    data = p_in().draw(scms=2, d=d, n=n, seed=seed).data.double()
    pairs, size = pair_statistics(data)
    assert pairs.isfinite().all()
    columns = torch.randperm(d, generator=torch.Generator().manual_seed(seed))
    rows = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    moved, _ = pair_statistics(data[:, rows][:, :, columns])
    assert (moved - pairs[:, columns][:, :, columns]).abs().max() < 1e-4
    assert size.shape == (2, 3)


def test_units_do_not_matter():
    data = p_in().draw(scms=1, d=4, n=100, seed=0).data
    scaled = data * torch.tensor([1e-4, 1e3, 1.0, 50.0]) + 2
    assert (pair_statistics(data)[0] - pair_statistics(scaled)[0]).abs().mean() < 1e-2


def test_pairwise_residuals_are_those_of_least_squares():
    x = standardize(p_in(["rff"]).draw(scms=1, d=3, n=200, seed=1).data)
    values = x[0].double().numpy()
    fit = _nonlinear_pairs(x, x)[0][0]
    for i in range(3):
        v = values[:, i]
        basis = np.column_stack([np.ones(200), v, v**2, v**3, np.sin(2 * v), np.cos(2 * v)])
        for j in range(3):
            if i != j:
                residual = values[:, j] - basis @ np.linalg.lstsq(basis, values[:, j], rcond=None)[0]
                assert float(fit[i, j]) == pytest.approx(np.log(residual.var()), abs=0.02)


def test_a_few_sources_at_a_time_are_all_at_once(monkeypatch):
    data = p_in(["rff"]).draw(scms=2, d=7, n=60, seed=2).data
    whole = pair_statistics(data)[0]
    monkeypatch.setattr("discovery.network.pair_statistics.CHUNK", 2 * 60 * 7 * 3)
    assert torch.allclose(pair_statistics(data)[0], whole, atol=1e-5)


def test_entropy_moments_vanish_for_gaussian_pairs():
    x = standardize(torch.randn(1, 100_000, 2, generator=torch.Generator().manual_seed(0)))
    assert all(float(f[0, 0, 1].abs()) < 0.1 for f in _linear_pairs(x, x))


def test_the_score_of_a_gaussian_is_minus_its_precision():
    generator = torch.Generator().manual_seed(0)
    mixing = torch.tensor([[1.0, 0.8, 0.0], [0.0, 1.0, -0.8], [0.0, 0.0, 1.0]], dtype=torch.float64)
    x = standardize(torch.randn(1, 600, 3, generator=generator, dtype=torch.float64) @ mixing)
    precision = torch.linalg.inv(x[0].T @ x[0] / 600)
    scale = precision.diagonal().sqrt()
    fisher, _, _, tanh, *_ = _score_statistics(x)
    assert (fisher[0] - precision / scale / scale[:, None]).abs().max() < 0.15
    assert (tanh[0].diagonal() < -0.3).all()  # E[s_i x_i] = -1


def test_the_leaf_of_a_nonlinear_model_has_the_flattest_curvature():
    generator = torch.Generator().manual_seed(0)
    cause, noise = torch.randn(2, 600, generator=generator, dtype=torch.float64)
    x = standardize(torch.stack([cause.square() + noise / 2, cause], 1)[None])
    leaf = _score_statistics(x)[-1][0, 0]
    assert leaf[0] == 0
    assert leaf[1] > 0.3


def test_a_column_that_does_not_vary_becomes_zeros_in_single_precision_too():
    x = torch.randn(1, 50, 3, generator=torch.Generator().manual_seed(0))
    x[..., 2] = 0.1
    assert torch.equal(standardize(x)[..., 2], torch.zeros(1, 50))
    assert pair_statistics(x)[0].isfinite().all()
    assert standardize(x + 1e3)[..., 0].std(correction=0) == pytest.approx(1, abs=1e-3)


def test_double_precision_says_what_single_precision_says():
    x = torch.randn(2, 200, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        _entropy(x), [part.double() for part in _entropy(x.float())], atol=1e-4, rtol=0
    )
    assert torch.equal(_medians(x.flatten(1)), x.flatten(1).median(1).values)
