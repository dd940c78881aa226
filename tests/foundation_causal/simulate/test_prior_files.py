"""Priors as plain data."""

import json
from dataclasses import dataclass, replace

import pytest
import torch

from foundation_causal.simulate import PRIORS, GivenGraph, Linear, prior
from foundation_causal.simulate.prior_files import from_config, read_prior, to_config, write_prior


@pytest.mark.parametrize("name", list(PRIORS))
def test_a_prior_survives_the_way_to_json_and_back(name, tmp_path):
    given = prior(name)
    write_prior(given, tmp_path / "prior.json")
    found = read_prior(tmp_path / "prior.json")
    assert to_config(found) == to_config(given)
    one, two = (p.draw(scms=4, d=6, n=20, seed=3) for p in (given, found))
    assert torch.equal(one.data, two.data)
    assert torch.equal(read_prior(name).draw(scms=4, d=6, n=20, seed=3).data, one.data)


def test_an_edited_config_does_what_it_says():
    config = to_config(prior("activa-gauss"))
    config["families"][0]["graphs"] = [to_config(GivenGraph(("a", "b"), (("a", "b"),)))]
    config["families"][0]["mechanisms"] = [{"kind": "Linear", "weights": [7, 7]}]
    batch = from_config(config).draw(scms=2, d=2, n=10)
    assert batch.names == ("a", "b")
    torch.testing.assert_close(batch.functions[..., 1].abs(), 7 * batch.data[..., 0].abs())


@dataclass(frozen=True)
class Mine(Linear):
    """A mechanism of a user's own."""


BAD = [
    ({}, ["The config", "kind"]),
    ([], ["The config", "kind"]),
    ({"kind": "Lineal"}, ["'Lineal'"]),
    ({"kind": "Linear", "weight": [1, 2]}, ["'weight'", "weights"]),
    ({"kind": "Prior"}, ["families"]),
    ({"kind": "Linear", "weights": [2, 1]}, ["Linear.weights"]),
    ({"kind": "Linear", "weights": "ab"}, ["Linear.weights"]),
    ({"kind": "Scaled", "mechanism": {"kind": "Linear", "weights": [-1, 1]}}, ["Linear.weights", "-1"]),
    ({"kind": "Scaled", "mechanism": {"kind": "Gaussian"}}, ["mechanism", "Gaussian"]),
    ({"kind": "Family", "graphs": [{"kind": "Gaussian"}], "mechanisms": [], "noises": []}, ["graphs[0]"]),
    ({"kind": "Family", "graphs": [{}], "mechanisms": [], "noises": []}, ["graphs[0]", "kind"]),
    ({"kind": "Family", "graphs": [], "mechanisms": [], "noises": []}, ["Family.graphs", "empty"]),
    ({"kind": "PrunedErdosRenyi", "probability": "often"}, ["probability"]),
    ({"kind": ["Linear"]}, ["kind is ['Linear']"]),
    ({"kind": "Prior", "families": {"kind": "Family"}}, ["families is no list", "square brackets"]),
    (
        {"kind": "Family", "graphs": {"kind": "Layered"}, "mechanisms": [], "noises": []},
        ["graphs is no list"],
    ),
    ({"kind": "Family", "graphs": [], "mechanisms": [], "noises": None}, ["noises is no list"]),
    ({"kind": "Scaled", "mechanism": [{"kind": "Linear"}]}, ["mechanism has no 'kind'"]),
    ({"kind": "Scaled", "mechanism": None}, ["mechanism has no 'kind'"]),
    ({"kind": "Interventions", "fixed": "no"}, ["Interventions", "fixed = 'no'", "true or false"]),
    ({"kind": "GivenGraph", "nodes": ["a", "b"], "edges": [["a", "b"], ["b", "a"]]}, ["cycle"]),
]


@pytest.mark.parametrize(("config", "words"), BAD)
def test_bad_configs(config, words, one_sentence):
    with one_sentence(*words):
        from_config(config)


def test_bad_files(tmp_path, one_sentence):
    with one_sentence("'wild'", "wide"):
        read_prior("wild")
    with one_sentence("nothing.json"):
        read_prior(tmp_path / "nothing.json")
    (tmp_path / "broken.json").write_text("{")
    with one_sentence("broken.json", "JSON"):
        read_prior(tmp_path / "broken.json")
    (tmp_path / "part.json").write_text(json.dumps(to_config(Linear())))
    with one_sentence("part.json", "Linear"):
        read_prior(tmp_path / "part.json")
    own = replace(prior("p-in"), families=[replace(prior("p-in").families[0], mechanisms=[Mine()])])
    with one_sentence("Mine"):
        write_prior(own, tmp_path / "own.json")
    assert not (tmp_path / "own.json").exists()
