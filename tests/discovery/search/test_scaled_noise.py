"""Noise whose scale follows the parents: its evidence by definition, and what it says of directions."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.optimize import minimize

from discovery import discover
from discovery.search.curved.scaled_noise import MARGIN, noise_gains
from discovery.search.shaped_score import shape_gains

N = 400
DEPTH = torch.tensor([6, 0, 6])


def fans(seed=0, draw="normal", steep=0.6):
    """Three sets of residuals `[3, n]` that spread with the first of two parents `[3, 2, n]`, or do not."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(3, 2, N))
    x[2, 1] = 0  # padded
    residual = getattr(rng, draw)(size=(3, N)) * np.exp(np.array([[steep], [steep], [0]]) * x[:, 0])
    return torch.tensor(residual - residual.mean(1, keepdims=True)), torch.tensor(x)


def scaled(residual, x, depth):
    """The log likelihood with the scales that solve the likelihood equations, less that of Gaussian noise."""
    near = np.clip(x, -3, 3)
    features = np.concatenate([near, np.abs(near)]).T
    features -= features.mean(0)
    size = np.abs(residual)
    best = minimize(lambda w: np.log(np.mean(size * np.exp(-features @ w))), np.zeros(features.shape[1]))
    even = residual * np.exp(-features @ best.x)
    shape = shape_gains(torch.tensor(even)[None], torch.tensor([depth])).item()
    return 0.5 * len(residual) * np.log((residual**2).mean() / (even**2).mean()) + shape


@pytest.mark.parametrize("draw", ["normal", "laplace", "uniform"])
def test_evidence_is_the_mean_of_one_scale_and_of_scales_that_solve_the_equations(draw):
    residual, x = fans(draw=draw)
    mask = torch.tensor([[1.0, 1], [1, 1], [1, 0]])
    found = noise_gains(residual, x, mask, DEPTH, None)
    one = shape_gains(residual, DEPTH)
    for e, parents in enumerate((2, 2, 1)):
        own = (
            scaled(residual[e].numpy(), x[e, :parents].numpy(), int(DEPTH[e])) - parents * np.log(N) - MARGIN
        )
        expected = np.logaddexp(float(one[e]), own) - np.log(2)
        assert float(found[e]) == pytest.approx(expected, abs=1.0), (e, draw)
    if draw == "normal":
        assert (found > one + 20).tolist() == [True, True, False]


def test_rows_that_do_not_count_change_nothing():
    residual, x = fans()
    mask, weight = torch.ones(3, 2, dtype=torch.float64), torch.ones_like(residual)
    weight[:, ::4] = 0
    counted = weight[0] > 0
    found = noise_gains(residual * weight, x * weight[:, None], mask, DEPTH, weight)
    kept = noise_gains(residual[:, counted], x[:, :, counted], mask, DEPTH, None)
    assert found.tolist() == pytest.approx(kept.tolist(), rel=1e-6)


def test_nothing_is_asked_where_there_are_no_parents():
    residual, x = fans()
    none = torch.zeros(3, 2, dtype=torch.float64)
    assert torch.equal(noise_gains(residual, x * 0, none, DEPTH, None), shape_gains(residual, DEPTH))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_cause_that_scales_the_noise_of_its_effect_is_not_turned_round(sign):
    right = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        cause, other = rng.normal(size=(2, 500))
        effect = np.tanh(cause) + 0.7 * np.exp(0.7 * np.clip(cause, -3, 3)) * rng.normal(size=500)
        after = np.tanh(effect + other) + 0.3 * rng.normal(size=500)
        table = pd.DataFrame({"cause": cause, "other": other, "effect": effect, "after": after})
        right += discover(sign * table).graph.has_edge("cause", "effect")
    assert right >= 7
