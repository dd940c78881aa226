"""The statistics that ACTIVA reads: the regressions are those of scikit-learn, and they see no units."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, DotProduct
from sklearn.linear_model import Ridge

from mechanisms.graph_free.activa.pair_guide import (
    FEATURES,
    MAX_PROCESS_ROWS,
    NOISES,
    Guide,
    query_statistics,
)

EDGE = {"width": 8, "layers": 1, "heads": 2, "widening": 2}


def table(seed, n=30, d=4):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(2, n, d, generator=generator, dtype=torch.float64)
    x[:, :, 1] += (2 * x[:, :, 0]).sin()
    target = torch.zeros(2, d, dtype=torch.bool)
    target[0, 0] = target[1, d - 1] = True
    return x, target, torch.tensor([1.5, -4.0], dtype=torch.float64)


def standardized(x):
    return ((x - x.mean(0)) / x.std(0, correction=0)).numpy()


@given(seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=5)
def test_slopes_are_those_of_least_squares_where_nothing_is_collinear(seed):
    x, target, where = table(seed, n=MAX_PROCESS_ROWS * 3)
    statistics = query_statistics(x, target, where).sinh()
    assert statistics.shape == (2, 4, 4, FEATURES)
    for b, t in enumerate((0, 3)):
        rows = standardized(x[b])
        for z in range(4):
            for v in range(4):
                inputs = rows[:, [t]] if z in (t, v) else rows[:, [t, z]]
                fit = Ridge(alpha=1e-9).fit(inputs, rows[:, v])
                assert statistics[b, z, v, 1] == pytest.approx(fit.coef_[0], abs=0.03)
                assert statistics[b, z, v, 2] == pytest.approx(float(where[b]) * fit.coef_[0], abs=0.12)
                if v != t:
                    residual = np.log(np.mean((rows[:, v] - fit.predict(inputs)) ** 2))
                    assert statistics[b, z, v, 3] == pytest.approx(residual, abs=0.05)


def test_processes_are_those_of_scikit_learn():
    x, target, where = table(5)
    statistics = query_statistics(x, target, where).sinh()
    line_and_bend = DotProduct(0.0, "fixed") + RBF(1.0, "fixed")
    for b, t in enumerate((0, 3)):
        rows = standardized(x[b])
        for number, noise in enumerate(NOISES):
            model = GaussianProcessRegressor(line_and_bend, alpha=noise, optimizer=None).fit(
                rows[:, [t]], rows
            )
            mean, doubt = model.predict([[float(where[b])]], return_std=True)
            residual = np.log(((rows - model.predict(rows[:, [t]])) ** 2).mean(0))
            for v in range(4):
                features = statistics[b, t, v, 4 + 3 * number : 7 + 3 * number].numpy()
                np.testing.assert_allclose(features, [mean[0, v], doubt[0, v], residual[v]], atol=1e-3)


def test_what_is_adjusted_for_stays_as_it_is_observed():
    x, target, where = table(7)
    statistics = query_statistics(x, target, where).sinh()
    part = DotProduct(0.0, "fixed") + RBF(1.0, "fixed")
    for b, (t, z, v) in enumerate([(0, 2, 1), (3, 0, 1)]):
        rows, at = standardized(x[b]), np.array([[float(where[b])]])
        of_t, of_z = part(rows[:, [t]]), part(rows[:, [z]])
        for number, noise in enumerate(NOISES):
            weights = np.linalg.solve(of_t + of_z + noise * np.eye(len(rows)), rows[:, v])
            mean = part(at, rows[:, [t]])[0] @ weights + (of_z @ weights).mean()
            solved = np.linalg.solve(of_t + of_z + noise * np.eye(len(rows)), part(rows[:, [t]], at))
            doubt = np.sqrt((part(at) - part(at, rows[:, [t]]) @ solved).item())
            residual = np.log(np.mean((rows[:, v] - (of_t + of_z) @ weights) ** 2))
            features = statistics[b, z, v, 4 + 3 * number : 7 + 3 * number].numpy()
            np.testing.assert_allclose(features, [mean, doubt, residual], atol=1e-3)


def test_a_confounder_is_adjusted_for():
    generator = torch.Generator().manual_seed(0)
    z, e1, e2 = torch.randn(3, 1, 400, generator=generator)
    x = torch.stack([z, z + 0.5 * e1, z.sin() + 0.1 * e2], -1)
    target = torch.tensor([[False, True, False]])
    statistics = query_statistics(x, target, torch.tensor([2.0])).sinh()[0]
    predictions = [2, *(4 + 3 * number for number in range(len(NOISES)))]
    assert (statistics[1, 2, predictions] > 0.7).all()  # unadjusted, it looks like an effect
    assert (statistics[0, 2, predictions[:2]].abs() < 0.35).all()


@given(seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=5)
def test_tokens_know_no_units_and_no_order(seed):
    torch.manual_seed(seed)
    guide = Guide(6, layers=1, structure=EDGE).double()
    for module in guide.blocks:  # biases that are not zero, so that they count
        torch.nn.init.normal_(module.row_bias.weight)
    x, target, where = table(seed)
    tokens = guide(x, target, where)
    torch.testing.assert_close(guide(1e3 * x + 5, target, where), tokens, rtol=1e-4, atol=1e-5)
    order = torch.randperm(4, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(
        guide(x[:, :, order], target[:, order], where), tokens[:, order], rtol=1e-4, atol=1e-5
    )


def test_constant_and_equal_columns_give_finite_tokens():
    guide = Guide(6, layers=1, structure=EDGE)
    x = torch.randn(1, 40, 4)
    x[:, :, 1], x[:, :, 2] = 3.0, x[:, :, 0]
    tokens = guide(x, torch.tensor([[True, False, False, False]]), torch.tensor([2.0]))
    assert tokens.isfinite().all()
