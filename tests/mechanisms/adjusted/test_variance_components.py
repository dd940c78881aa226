"""Regression on blocks that are believed as far as the rows bear them out."""

import numpy as np
import pytest
from scipy.integrate import trapezoid
from scipy.stats import multivariate_normal

from mechanisms.adjusted.linked_components import Logarithms, LogOdds, fit_linked, link_of
from mechanisms.adjusted.variance_components import Extension, fit_components, fit_extension

RANDOM = np.random.default_rng(0)
FOLDS = np.arange(400) % 5


def fitted(blocks: list[np.ndarray], y: np.ndarray):
    def design(rows: np.ndarray, wanted: list[int]) -> np.ndarray:
        return np.hstack([blocks[b][rows] for b in wanted])

    sizes = [block.shape[1] for block in blocks]
    return fit_components(design, sizes, y, FOLDS[: len(y)])


@pytest.fixture
def line():
    random = np.random.default_rng(0)
    x = random.normal(size=(400, 3))
    return np.column_stack([np.ones(400), x]), 50 + x @ [2.0, -1.0, 0.0] + random.normal(size=400)


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


def extension(first: list[np.ndarray], kinds: list[list[np.ndarray]], y: np.ndarray) -> Extension:
    blocks = [*first, *(block for kind in kinds for block in kind)]

    def at(rows: np.ndarray, wanted: list[int]) -> np.ndarray:
        return np.hstack([blocks[b][rows] for b in wanted])

    sizes = [block.shape[1] for block in blocks]
    return fit_extension(at, sizes, y, FOLDS, [len(kind) for kind in kinds])


def test_further_blocks_that_the_rows_ask_for_are_added_and_no_others(line):
    design, y = line
    random = np.random.default_rng(1)
    single = [random.normal(size=(400, 1)) for _ in range(20)]
    whole = random.normal(size=(400, 30))
    y = y + 0.5 * single[3][:, 0] + 0.5 * single[7][:, 0]
    found = extension([design], [single, [whole]], y)
    assert found.extended.variances.blocks == (0, 4, 8)
    assert found.odds > 10
    assert found.plain.coefficients == pytest.approx(fitted([design], y).coefficients)
    assert found.extended.coefficients == pytest.approx(
        fitted([design, single[3], single[7]], y).coefficients, rel=1e-6
    )


def test_the_best_of_many_blocks_of_noise_has_the_odds_against_it():
    random = np.random.default_rng(1)
    for _ in range(10):
        design = np.column_stack([np.ones(400), random.normal(size=(400, 3))])
        y = random.normal(size=400)
        kinds = [[random.normal(size=(400, 1)) for _ in range(25)], [random.normal(size=(400, 60))]]
        assert extension([design], kinds, y).odds < 1


def test_odds_are_those_of_the_evidence_averaged_over_deviations(line):
    design, y = line
    random = np.random.default_rng(1)
    block = random.normal(size=(400, 2))
    y = y + 0.15 * block[:, 0]
    found = extension([design], [[block]], y)
    noise = found.plain.variances.noise * y.std() ** 2
    left, scale = y - found.plain.predict(design), np.sqrt((block**2).sum(1).mean())

    def density(deviation: float) -> float:
        variance = deviation**2 * noise / scale**2
        covariance = noise * np.eye(400) + variance * block @ block.T + 1e4 * y.var() * design @ design.T
        return multivariate_normal(np.zeros(400), covariance).logpdf(left)

    deviations = np.geomspace(1e-4, 50, 300)
    gains = np.exp([density(deviation) - density(0) for deviation in deviations])
    prior = 2 / np.pi * 0.5 / (0.25 + deviations**2)
    averaged = trapezoid(gains * prior, deviations)
    assert found.odds == pytest.approx(np.log(averaged), abs=0.3)


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


def linked(blocks: list[np.ndarray], y: np.ndarray, link):
    def design(rows: np.ndarray, wanted: list[int]) -> np.ndarray:
        return np.hstack([blocks[b][rows] for b in wanted])

    sizes = [block.shape[1] for block in blocks]
    return fit_linked(design, sizes, y, FOLDS[: len(y)], link, [range(len(blocks))])[0]


@pytest.mark.parametrize("link", [LogOdds(), Logarithms()], ids=["log odds", "logarithms"])
def test_without_other_blocks_it_is_a_generalized_linear_model(line, link):
    from sklearn.linear_model import LogisticRegression, PoissonRegressor

    design, _ = line
    mean = link.mean(design @ [0.3, 1.0, -0.5, 0.0])
    random = np.random.default_rng(5)
    if isinstance(link, LogOdds):
        y = (random.random(400) < mean) * 1.0
        peer = LogisticRegression(C=1e6, tol=1e-8).fit(design[:, 1:], y).predict_proba(design[:, 1:])[:, 1]
    else:
        y = random.poisson(mean).astype(float)
        peer = PoissonRegressor(alpha=0, tol=1e-8).fit(design[:, 1:], y).predict(design[:, 1:])
    found = linked([design], y, link)
    assert found.level + found.spread * link.mean(design @ found.coefficients) == pytest.approx(
        peer, abs=3e-3
    )


@pytest.mark.parametrize("link", [LogOdds(), Logarithms()], ids=["log odds", "logarithms"])
def test_on_another_scale_too_a_block_that_explains_nothing_is_dropped(line, link):
    design, _ = line
    random = np.random.default_rng(6)
    idle, useful = random.normal(size=(400, 30)), random.normal(size=(400, 4))
    mean = link.mean(0.5 * design[:, 1] + useful @ np.full(4, 0.6))
    y = (random.random(400) < mean) * 1.0 if isinstance(link, LogOdds) else random.poisson(mean) * 1.0
    with_idle, without = linked([design, idle, useful], y, link), linked([design, useful], y, link)
    assert 2 in with_idle.blocks
    assert with_idle.evidence <= without.evidence + 0.5
    one, other = (
        found.predict(np.hstack([[design, *blocks][b] for b in found.blocks]))
        for found, blocks in ((with_idle, (idle, useful)), (without, (useful,)))
    )
    assert one == pytest.approx(other, abs=0.2 * y.std())


def test_an_outcome_that_one_input_divides_leaves_chances_that_are_finite():
    x = np.linspace(-1, 1, 200)
    design, y = np.column_stack([np.ones(200), x]), (x > 0) * 1.0
    found = linked([design[:, :1], design[:, 1:]], y, LogOdds())
    assert np.abs(found.predict(design) - y).max() < 0.55
    assert np.isfinite(found.variance(found.slopes(design))).all()


def test_numbers_have_no_other_scale_than_their_own():
    assert link_of(np.array([-1.0, 0.0, 2.0]), counted=True) is None
    assert link_of(np.array([1.0, 2.0, 5.0]), counted=False) is None
    assert link_of(np.array([1.0, 2.0, 5.0]), counted=True) == Logarithms()
    assert link_of(np.ones(3), counted=True) is None
    assert link_of(np.array([2.0, 7.0, 7.0]), counted=False) == LogOdds()
    assert link_of(np.array([0.0, 0.5, 3.0]), counted=True) is None
    assert link_of(np.array([0.0, 3.0, 12.0]), counted=False) is None
    assert link_of(np.array([0.0, 3.0, 12.0]), counted=True) == Logarithms()
