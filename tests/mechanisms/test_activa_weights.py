"""The weights of ACTIVA in the package do what their cards say."""

import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from foundation_causal.suites import load_suite
from mechanisms.interventional.methods import Question, ask


@pytest.mark.parametrize(("noise", "d"), [("gauss", 2), ("beta", 2), ("gauss", 8), ("beta", 8)])
def test_the_models_of_the_paper_know_more_than_conditioning(noise, d):
    gains = []
    for case in list(load_suite("activa").only(noise=noise, d=d))[:10]:
        question = Question(fc.observations(case.frame), model=f"activa-{noise}-{d}")
        ours, baseline = ask("activa-paper", question), ask("conditional", question)
        for truth in case.interventions[:2]:
            rows = pd.DataFrame(truth.rows, columns=list(case.scm.names))
            found, other = (answer(truth.do).log_prob(rows) for answer in (ours, baseline))
            assert found is not None
            assert other is not None
            gains.append(np.mean(found) - np.mean(other))
    assert np.median(gains) > 0
    assert np.mean(gains) > 1


def test_the_model_for_users_knows_what_moves_together():
    rng = np.random.default_rng(0)
    a = rng.normal(size=200)
    data = pd.DataFrame({"a": a, "b": 2 * a + 0.5 * rng.normal(size=200), "c": rng.normal(size=200)})
    answer = fc.interventional_distribution(data, {"a": 2.0})
    moved = answer.mean() - data.mean()
    assert moved["b"] > 1 > abs(moved["c"]) * 3
    assert (answer.sample(50)["a"] == 2).all()
