"""Samples that leave the data far behind are noticed when a model is fitted."""

import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from foundation_causal.observations import observations
from mechanisms.mechanism_model import Functions
from mechanisms.noise.plausible_samples import with_plausible_samples

GRAPH = nx.DiGraph([("a", "b")])
FUNCTIONS = {"a": lambda x: 0 * x[:, 0], "b": lambda x: x[:, 0]}


class Exploding(Functions):
    """Noise whose scale is tiny at the rows that were seen, and large at all others."""

    def with_one_scale(self, nodes):
        assert list(nodes) == [1]
        return Functions(self.graph, self.functions)


@pytest.fixture(scope="module")
def data():
    noise = np.random.default_rng(0).normal(size=(2, 100))
    return observations(pd.DataFrame({"a": noise[0], "b": noise[0] + noise[1]}))


def scaled_by_distance(data):
    seen = data.values[:, 0]

    def scale(x):
        nearest = np.abs(x[:, :1] - seen).min(1)
        return np.where(nearest < 1e-12, 1.0, 1e4)

    return {"b": scale}


def test_the_simpler_noise_is_taken_and_said(data):
    model = fc.CausalModel(Exploding(GRAPH, FUNCTIONS, scaled_by_distance(data)), data)
    with pytest.warns(fc.SimplerNoiseWarning, match="'b' left the data far behind"):
        plainer = with_plausible_samples(model)
    drawn, seen = plainer.sample(500)["b"], data.values[:, 1]
    assert drawn.abs().max() < 3 * np.abs(seen).max()
    assert drawn.std() == pytest.approx(seen.std(), rel=0.2)


def test_where_nothing_simpler_is_known_the_samples_are_not_trusted(data):
    model = fc.CausalModel(Functions(GRAPH, FUNCTIONS, scaled_by_distance(data)), data)
    with pytest.warns(fc.SimplerNoiseWarning, match="do not trust their extremes"):
        with_plausible_samples(model)


def test_a_model_that_draws_what_it_saw_stays_as_it_is(data):
    model = fc.CausalModel(Functions(GRAPH, FUNCTIONS), data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert with_plausible_samples(model) is model


def test_fitted_rows_are_possible_where_residuals_take_few_values():
    random = np.random.default_rng(0)
    cause = np.arange(43) % 2 == 0
    often_zero = np.where(random.random(43) < 0.6, 0.0, np.exp(random.normal(size=43)))
    frame = pd.DataFrame({"cause": cause, "amount": often_zero, "other": random.normal(size=43)})
    model = fc.infer(frame, nx.DiGraph([("cause", "amount"), ("amount", "other")]))
    assert np.isfinite(model.log_likelihood(frame)).all()
    assert np.isfinite(model.sample(200)["amount"]).all()
