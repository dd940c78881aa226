"""Noise given a row has the posterior that the equation says, and the prior over all rows."""

import numpy as np
import pytest
from scipy.stats import gumbel_r, kstest, logistic

from foundation_causal.columns.schema import Column, Schema
from mechanisms.discrete.class_model import ClassModel
from mechanisms.discrete.discrete_nodes import between, level_node
from mechanisms.kernel.parent_inputs import ParentInputs

LABELS = ("low", "middle", "high")
ROWS = 20_000


class Softmax:
    """Probabilities that move with one parent."""

    evidence = 0.0
    family = ("known",)

    def probabilities(self, x):
        odds = np.column_stack([np.zeros(len(x)), x[:, 0], 2 * x[:, 0] - 1])
        return np.exp(odds) / np.exp(odds).sum(1, keepdims=True)

    def drawn(self, random):
        return self


def node(kind: str):
    rows = np.random.default_rng(0).normal(size=(ROWS, 2))
    inputs = ParentInputs.of(rows, np.array([0]), Schema.numeric(["a"]))
    column = Column("y", kind, LABELS, (0.0, 1.0, 2.0))
    return level_node(column, ClassModel(inputs, [Softmax()], np.ones(1), np.full(3, 1 / 3))), rows


@pytest.mark.parametrize("kind", ["ordinal", "categorical"])
def test_levels_have_their_probabilities_and_noise_its_prior(kind):
    equation, rows = node(kind)
    random = np.random.default_rng(1)
    uniform = random.random((ROWS, len(equation.noise_names)))
    noise = np.column_stack(
        [d.quantile(u) for d, u in zip(equation.noise_distributions, uniform.T, strict=True)]
    )
    found = equation.respond(rows, noise)
    probabilities = equation.model(rows)
    np.testing.assert_allclose(
        [(found == k).mean() for k in range(3)], probabilities.mean(0), atol=4 / np.sqrt(ROWS)
    )
    near = np.abs(rows[:, 0] - 1) < 0.1
    np.testing.assert_allclose(
        [(found[near] == k).mean() for k in range(3)], probabilities[near].mean(0), atol=0.04
    )
    # Abducted from these levels, the noise leads back to them, and over all rows it is what it was.
    again = equation.abduct(rows, found, random.random(noise.shape))
    assert (equation.respond(rows, again) == found).all()
    assert not np.isclose(again, noise).any(1).mean() > 0.01
    law = logistic if kind == "ordinal" else gumbel_r
    for column in again.T:
        assert kstest(column, law.cdf).pvalue > 1e-3
    if kind == "categorical":
        assert np.abs(np.corrcoef(again.T) - np.eye(3)).max() < 0.03


def test_the_likelihood_is_that_of_the_levels():
    equation, rows = node("ordinal")
    each = [equation.log_probability(rows, np.full(ROWS, float(k))) for k in range(3)]
    np.testing.assert_allclose(np.exp(each).sum(0), 1)
    np.testing.assert_allclose(np.exp(each).T, equation.model(rows))


def test_a_category_changes_only_to_one_that_gained():
    equation, rows = node("categorical")
    random = np.random.default_rng(2)
    before = equation.respond(rows, random.gumbel(size=(ROWS, 3)))
    noise = equation.abduct(rows, before, random.random((ROWS, 3)))
    moved = np.add(rows, [[0.7, 0.0]])
    after = equation.respond(moved, noise)
    gain = np.log(equation.model(moved)) - np.log(equation.model(rows))
    changed = before != after
    place = np.arange(ROWS)
    assert changed.mean() > 0.1
    assert (gain[place, after.astype(int)] > gain[place, before.astype(int)])[changed].all()


@pytest.mark.parametrize(
    ("low", "high"), [(-np.inf, -40.0), (40.0, np.inf), (30.0, 30.0 + 1e-9), (-1.0, 2.0)]
)
def test_noise_between_two_thresholds_stays_there(low, high):
    uniform = np.array([0.0, 1e-12, 0.5, 1 - 1e-12])
    noise = between(np.full(4, low), np.full(4, high), uniform)
    assert ((noise > low) & (noise <= high) & np.isfinite(noise)).all()
    assert (np.diff(noise) >= 0).all() or low > 0
