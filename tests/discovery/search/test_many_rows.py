"""The nonlinear score on many rows, of which some are asked first."""

import numpy as np
import pytest

from discovery.search.many_rows import ManyRowsScore
from discovery.search.nonlinear_score import ProcessScore

NONE, BOTH, RIGHT, WRONG = ((1, frozenset(s)) for s in ((), {0, 2}, {0}, {2}))


@pytest.fixture(scope="module")
def scores():
    rng = np.random.default_rng(0)
    cause, other = rng.normal(size=(2, 1600))
    x = np.column_stack([cause, np.sin(2 * cause) + 0.3 * rng.normal(size=1600), other])
    x = (x - x.mean(0)) / x.std(0)
    few = ProcessScore(x[::4])
    score = ManyRowsScore(few, x)
    return few, score, {request: score([request])[0] for request in (BOTH, WRONG, RIGHT, NONE)}


def test_evidence_grows_with_the_rows(scores):
    few, _, values = scores
    shown = few.fitted[BOTH].evidence - few.fitted[NONE].evidence
    assert values[BOTH] - values[NONE] == pytest.approx(4 * shown, rel=0.15)
    assert values[RIGHT] > values[BOTH] > values[WRONG] + 100


def test_what_few_rows_rule_out_is_not_fitted_to_all(scores):
    few, _, values = scores
    lost = few.fitted[WRONG]
    assert lost.given_up
    below = lost.evidence - few.fitted[lost.start].evidence
    assert values[WRONG] == pytest.approx(values[lost.start] + 4 * below)
    assert not few.fitted[RIGHT].given_up
