"""Probabilities are as good as those of other packages where these are right, and better elsewhere."""

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from foundation_causal.columns.schema import Column, Schema
from mechanisms.discrete.class_model import fit_class_model
from mechanisms.kernel.parent_inputs import ParentInputs

ROWS = 600


def two(odds):
    return np.column_stack([expit(-odds), expit(odds)])


def ordinal(odds):
    ends = expit(np.array([-1.0, 0.0, 1.5]) - odds[:, None])
    return np.diff(np.column_stack([np.zeros(len(odds)), ends, np.ones(len(odds))]), axis=1)


TRUTHS = {
    "line": (lambda x: two(x[:, 0] - 0.5 * x[:, 1]), True),
    "nothing": (lambda x: two(0 * x[:, 0]), True),
    "rare": (lambda x: two(x[:, 0] - 3), True),
    "wave": (lambda x: two(2 * np.sin(2 * x[:, 0]) + x[:, 1]), True),
    "product": (lambda x: two(2 * x[:, 0] * x[:, 1]), True),
    "step": (lambda x: two(4.0 * (x[:, 0] > 0.5) - 2), True),
    "ordinal": (lambda x: ordinal(x[:, 0] + np.abs(x[:, 1])), True),
    "rings": (
        lambda x: softmax(4 * np.column_stack([1 - (r := np.hypot(*x[:, :2].T)), 0 * r, r - 1.5]), 1),
        False,
    ),
    "lines": (lambda x: softmax(x[:, :2] @ np.array([[1.0, 0, -1], [0, 1, -1]]), axis=1), False),
}


def divergence(truth, found):
    return float((truth * np.log(truth / np.maximum(found, 1e-9))).sum(1).mean())


@pytest.mark.parametrize("name", list(TRUTHS))
def test_the_log_loss_is_at_most_that_of_other_packages(name):
    truth, ordered = TRUTHS[name]
    random = np.random.default_rng(3)
    x, fresh = random.normal(size=(2, ROWS, 2))
    codes = (random.random((ROWS, 1)) > truth(x).cumsum(1)[:, :-1]).sum(1)
    levels = truth(x).shape[1]
    model = fit_class_model(
        ParentInputs.of(x, np.arange(2), Schema.numeric(["a", "b"])), x, codes, levels, ordered=ordered
    )
    wanted = truth(fresh)
    ours = divergence(wanted, model(fresh))
    peers = [LogisticRegression(), GradientBoostingClassifier(n_estimators=60, random_state=0)]
    theirs = [divergence(wanted, peer.fit(x, codes).predict_proba(fresh)) for peer in peers]
    assert ours < min(theirs) + 0.005
    np.testing.assert_allclose(model(fresh).sum(1), 1)


def test_tables_of_categories_are_found_and_rare_cells_are_drawn_to_all():
    random = np.random.default_rng(0)
    schema = Schema(tuple(Column(n, "categorical", tuple("abc"), (0.0, 1.0, 2.0)) for n in "xz"))
    x = random.integers(0, 3, size=(900, 2)).astype(float)
    x[x[:, 0] == 2, 1] = 0  # two cells were never seen
    rates = np.array([[0.9, 0.1, 0.5], [0.1, 0.9, 0.2], [0.3, 0.3, 0.3]])
    codes = (random.random(900) < rates[tuple(x.T.astype(int))]).astype(int)
    model = fit_class_model(ParentInputs.of(x, np.arange(2), schema), x, codes, 2, ordered=True)
    cells = np.array([[a, b] for a in range(3) for b in range(3)], dtype=float)
    found = model(cells)[:, 1].reshape(3, 3)
    np.testing.assert_allclose(found[:2], rates[:2], atol=0.1)
    assert found[2, 0] == pytest.approx(0.3, abs=0.1)
    assert ((found[2, 1:] > 0.05) & (found[2, 1:] < 0.95)).all()


def test_draws_are_around_the_mean_and_as_wide_as_the_rows_leave_open():
    random = np.random.default_rng(0)
    spreads = []
    for n in (100, 1600):
        x = random.normal(size=(n, 1))
        codes = (random.random(n) < expit(x[:, 0])).astype(int)
        model = fit_class_model(
            ParentInputs.of(x, np.arange(1), Schema.numeric(["a"])), x, codes, 2, ordered=True
        )
        at = np.array([[0.5]])
        drawn = np.array([model.drawn(random)(at)[0, 1] for _ in range(200)])
        assert drawn.mean() == pytest.approx(model(at)[0, 1], abs=0.05)
        spreads.append(drawn.std())
    assert 2 < spreads[0] / spreads[1] < 8  # four, by the number of rows
    # A straight line's standard error at .5 with 1,600 rows is about .013.
    assert 0.008 < spreads[1] < 0.03
