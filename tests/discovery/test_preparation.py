"""Missing values: what EM fills in, against closed forms."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from discovery import preparation
from discovery.preparation import fill


def gaussian(n, covariance, seed=0):
    noise = torch.randn(n, len(covariance), generator=torch.Generator().manual_seed(seed)).double()
    return noise @ torch.linalg.cholesky(covariance).T


COVARIANCE = torch.tensor([[1.0, 0.8, 0.0], [0.8, 1.0, 0.3], [0.0, 0.3, 1.0]]).double()


def hidden(x, share, seed=1):
    gone = torch.rand(x.shape, generator=torch.Generator().manual_seed(seed)) < share
    return x.masked_fill(gone, torch.nan), gone


def test_a_missing_value_becomes_its_conditional_expectation():
    x = gaussian(4000, COVARIANCE)
    holed = x.clone()
    holed[:500, 1] = torch.nan
    weights = torch.linalg.solve(COVARIANCE[[0, 2]][:, [0, 2]], COVARIANCE[[0, 2], 1])
    expected = x[:500, [0, 2]] @ weights
    assert (fill(holed[None])[0, :500, 1] - expected).abs().max() < 0.2


def test_em_finds_the_covariance_that_complete_rows_miss():
    """The first variable decides whether the second is seen: complete rows are a biased sample of it."""
    x = gaussian(4000, COVARIANCE)
    holed = x.clone()
    holed[x[:, 0] > 0, 1] = torch.nan
    complete = holed[~holed.isnan().any(1), 1].mean()
    assert complete < -0.5
    assert fill(holed[None])[0, :, 1].mean().abs() < 0.15


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 0.6), st.integers(2, 6))
def test_what_was_seen_stays_and_order_does_not_matter(seed, share, d):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(2, 40, d, generator=generator).double() @ torch.randn(d, d, generator=generator).double()
    holed, gone = hidden(x, share, seed)
    holed[:, :2] = x[:, :2]
    gone[:, :2] = False
    filled = fill(holed)
    assert not filled.isnan().any()
    assert torch.equal(filled[~gone], x[~gone])
    columns, rows = torch.randperm(d, generator=generator), torch.randperm(40, generator=generator)
    moved = fill(holed[:, rows][:, :, columns])
    assert torch.allclose(moved, filled[:, rows][:, :, columns], atol=1e-6)


def test_units_do_not_matter():
    x, _ = hidden(gaussian(200, COVARIANCE), 0.3)
    scale, shift = torch.tensor([1e-6, 1.0, 1e6]).double(), torch.tensor([3.0, -1e3, 0.0]).double()
    assert torch.allclose(fill((x * scale + shift)[None])[0], fill(x[None])[0] * scale + shift, rtol=1e-4)


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_filling_in_beats_the_mean(share):
    x = gaussian(400, COVARIANCE)
    holed, gone = hidden(x, share)
    error = (fill(holed[None])[0] - x)[gone].square().mean()
    plain = (holed.nanmean(0) - x)[gone].square().mean()
    assert error < 0.85 * plain


def test_rows_in_chunks_are_the_rows_at_once(monkeypatch):
    x, _ = hidden(gaussian(300, COVARIANCE), 0.2)
    whole = fill(x[None])
    monkeypatch.setattr("discovery.preparation.CHUNK", 9 * 50)
    assert torch.allclose(fill(x[None]), whole)


def test_complete_rows_are_given_back_as_they_are():
    x = torch.randn(1, 30, 4)
    assert fill(x) is x


def test_wide_tables_are_filled_as_narrow_ones_are(monkeypatch):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 8)) @ rng.normal(size=(8, 8))
    x[rng.random(x.shape) < 0.2] = np.nan
    both = torch.tensor(np.stack([x, x[::-1] * 2 + 1]))
    plain = fill(both)
    monkeypatch.setattr(preparation, "WIDE", 7)
    np.testing.assert_allclose(fill(both), plain, atol=1e-9)
