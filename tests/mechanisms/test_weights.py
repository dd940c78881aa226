"""The weights in the package do what their cards say."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from foundation_causal.networks.pretrained import bundled_models
from foundation_causal.observations import observations
from foundation_causal.simulate import p_in
from mechanisms.mechanism_model import predict
from mechanisms.methods import fit_mechanisms


@pytest.mark.parametrize(("kind", "most"), [("linear", 0.06), ("rff", 0.12)])
def test_cond_fip_finds_functions_that_it_was_not_trained_on(kind, most):
    batch = p_in([kind]).draw(scms=4, d=8, n=500, seed=91_000_000)
    errors = []
    for b in range(4):
        rows, truth = batch.data[b].double().numpy(), batch.functions[b].double().numpy()
        context = pd.DataFrame(rows[:400], columns=list(batch.names))
        model = fit_mechanisms("cond-fip", observations(context), batch.graph(b))
        errors.append(((predict(model, rows[400:]) - truth[400:]) / context.std().to_numpy()) ** 2)
    assert np.sqrt(np.concatenate(errors).mean(1)).mean() < most


def test_cond_fip_is_not_wrong_in_sign_on_a_plain_trial():
    """A treatment of two values, incomes of which many are nothing, and an outcome with a heavy tail."""
    rng = np.random.default_rng(3)
    treated, schooling = (rng.random(445) < 0.4).astype(float), rng.integers(6, 15, 445).astype(float)
    before = (rng.random(445) < 0.3) * np.exp(8 + rng.normal(size=445))
    after = 3000 + 1800 * treated + 100 * schooling + 0.1 * before + 3000 * rng.exponential(size=445)
    table = pd.DataFrame({"treated": treated, "schooling": schooling, "before": before, "after": after})
    graph = nx.DiGraph([(name, "after") for name in ("treated", "schooling", "before")])
    data = observations(table)
    model = fit_mechanisms("cond-fip", data, graph)
    arms = [predict(model, table.assign(treated=arm).to_numpy())[:, 3].mean() for arm in (0.0, 1.0)]
    assert 900 < arms[1] - arms[0] < 2700


def test_the_corrector_does_not_harm_where_the_kernel_model_is_right():
    rng = np.random.default_rng(0)
    a = rng.normal(size=200)
    frame = pd.DataFrame({"a": a, "b": np.sin(a) + 0.1 * rng.normal(size=200)})
    graph = nx.DiGraph([("a", "b")])
    new = np.linspace(-2, 2, 50)
    rows = np.stack([new, 0 * new], 1)
    kernel, corrected = (
        predict(fit_mechanisms(name, observations(frame), graph), rows)[:, 1] - np.sin(new)
        for name in ("kernel", "corrected")
    )
    assert np.abs(corrected - kernel).max() > 0
    assert np.sqrt(np.mean(corrected**2)) < np.sqrt(np.mean(kernel**2)) + 0.03


def test_both_are_in_the_package():
    assert {"cond-fip", "corrector"} <= set(bundled_models())
