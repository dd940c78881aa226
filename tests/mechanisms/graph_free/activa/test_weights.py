"""The weights of ACTIVA in the package do what their cards say."""

from itertools import islice

import numpy as np
import pandas as pd
import pytest
import torch

import foundation_causal as fc
from discovery.network.edge_transformer import EdgeTransformer
from foundation_causal.networks.pretrained import load_pretrained
from foundation_causal.suites import load_suite
from mechanisms.graph_free.activa.network import Activa
from mechanisms.graph_free.predictors import Question, ask


@pytest.mark.parametrize(("noise", "d"), [("gauss", 2), ("beta", 2), ("gauss", 8), ("beta", 8)])
def test_the_models_of_the_paper_know_more_than_conditioning(noise, d):
    gains = []
    for case in islice(load_suite("activa").only(noise=noise, d=d), 10):
        question = Question(fc.observations(case.frame), model=f"activa-{noise}-{d}")
        ours, baseline = ask("activa-paper", question), ask("conditional", question)
        for truth in case.interventions[:2]:
            rows = pd.DataFrame(truth.rows, columns=list(case.scm.names))
            activa, other = (answer(truth.do).log_prob(rows) for answer in (ours, baseline))
            assert activa is not None
            assert other is not None
            gains.append(np.mean(activa) - np.mean(other))
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


def test_the_model_for_users_tells_a_cause_from_its_effect_where_that_can_be_told():
    rng = np.random.default_rng(1)
    moved = {"cause": [], "effect": []}
    for _ in range(5):
        cause = rng.laplace(size=500)
        effect = cause + 0.7 * rng.laplace(size=500)
        data = pd.DataFrame({"cause": cause, "effect": effect})
        data = (data - data.mean()) / data.std()
        for name, other in (("cause", "effect"), ("effect", "cause")):
            drawn = fc.interventional_distribution(data, {name: 2.0}).sample(400)[other]
            moved[name].append((drawn > 0.8).mean())  # half of the way
    assert np.mean(moved["cause"]) > 0.6 > 0.4 > np.mean(moved["effect"])


def test_the_model_for_users_leaves_open_what_rows_cannot_tell():
    rng = np.random.default_rng(2)
    shares = []
    for _ in range(5):
        a = rng.normal(size=500)
        data = pd.DataFrame({"a": a, "b": a + 0.7 * rng.normal(size=500)})
        data = (data - data.mean()) / data.std()
        for name, other in (("a", "b"), ("b", "a")):
            drawn = fc.interventional_distribution(data, {name: 2.5}).sample(400)[other]
            shares.append((drawn > 1.0).mean())
    assert 0.25 < np.mean(shares) < 0.75


def test_the_structure_predictor_in_the_model_for_users_is_the_bundled_one():
    guide = load_pretrained(Activa, "activa").guide
    assert guide is not None
    trained, kept = load_pretrained(EdgeTransformer, "edge-transformer").state_dict(), guide.structure
    assert all(torch.equal(trained[name], weight) for name, weight in kept.state_dict().items())
