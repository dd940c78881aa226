"""Regression on blocks that are believed as far as the rows bear them out."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from mechanisms.adjusted.variance_components import fit_components

RANDOM = np.random.default_rng(0)
FOLDS = np.arange(400) % 5


def fitted(blocks: list[np.ndarray], y: np.ndarray):
    def design(rows: np.ndarray, wanted: list[int]) -> np.ndarray:
        return np.hstack([blocks[b][rows] for b in wanted])

    sizes = [block.shape[1] for block in blocks]
    return fit_components(design, sizes, y, FOLDS[: len(y)])[0]


@pytest.fixture
def line():
    x = RANDOM.normal(size=(400, 3))
    return np.column_stack([np.ones(400), x]), 50 + x @ [2.0, -1.0, 0.0] + RANDOM.normal(size=400)


def test_without_other_blocks_it_is_least_squares(line):
    design, y = line
    found = fitted([design], y).predict(design)
    assert found == pytest.approx(design @ np.linalg.lstsq(design, y, rcond=None)[0], abs=1e-4)


def test_a_block_that_explains_nothing_is_dropped_and_one_that_does_is_kept(line):
    design, y = line
    idle, useful = RANDOM.normal(size=(400, 40)), RANDOM.normal(size=(400, 5))
    regression = fitted([design, idle, useful], y + useful @ np.full(5, 2.0))
    kept = regression.variances.blocks
    assert {0, 2} <= set(kept)
    believed = [[design, idle, useful][b] for b in kept]
    assert regression.predict(np.hstack(believed)).std() > 0
    owner = np.repeat(kept, [block.shape[1] for block in believed])
    assert (1 / regression.variances.precision[owner == 1] < 0.01).all()


def test_regressions_on_some_of_the_blocks_are_those_without_the_others(line):
    design, y = line
    blocks = [design, RANDOM.normal(size=(400, 5)), RANDOM.normal(size=(400, 3))]
    y = y + blocks[1] @ np.full(5, 2.0) + blocks[2] @ np.full(3, 2.0)

    def at(rows: np.ndarray, wanted: list[int]) -> np.ndarray:
        return np.hstack([blocks[b][rows] for b in wanted])

    some, every = fit_components(at, [4, 5, 3], y, FOLDS, [[0, 2], [0, 1, 2]])
    assert some.variances.blocks == (0, 2)
    assert some.coefficients == pytest.approx(fitted([design, blocks[2]], y).coefficients)
    assert every.coefficients == pytest.approx(fitted(blocks, y).coefficients)


def test_residuals_without_the_own_fold_are_those_of_a_fit_without_it(line):
    design, y = line
    regression = fitted([design], y)
    rest = FOLDS != 2
    again = np.linalg.lstsq(design[rest], y[rest], rcond=None)[0]
    assert regression.out_of_fold(2)(design[~rest]) == pytest.approx(design[~rest] @ again, abs=1e-3)


def test_weights_make_the_posterior_mean_of_a_sum_and_balance_what_is_not_shrunk(line):
    design, y = line
    regression = fitted([design], y)
    asked = np.array([[1.0, 0.3, -0.2, 0.1]])
    weights = design @ regression.weights(asked)
    assert weights.T @ design == pytest.approx(asked, abs=1e-4)
    assert (weights[:, 0] @ y) == pytest.approx(regression.predict(asked)[0], rel=1e-3)
    assert regression.unbalanced(asked)[0, 0] == pytest.approx(0, abs=1e-6)


def test_a_target_without_spread_is_predicted_as_it_is(line):
    design, _ = line
    assert fitted([design], np.full(400, 7.0)).predict(design) == pytest.approx(7.0)


def test_evidence_is_that_of_the_normal_law_with_these_variances(line):
    design, y = line
    more = RANDOM.normal(size=(400, 3))
    y = (y + more @ [0.3, 0.0, -0.2] - y.mean()) / y.std()
    y = (y - y.mean()) / y.std()
    variances = fitted([design, more], y).variances
    features = np.hstack([[design, more][b] for b in variances.blocks])
    covariance = features @ np.diag(1 / variances.precision) @ features.T + variances.noise * np.eye(400)
    known = multivariate_normal(np.zeros(400), covariance).logpdf(y) + 200 * np.log(2 * np.pi)
    assert variances.evidence == pytest.approx(known, abs=0.01)
