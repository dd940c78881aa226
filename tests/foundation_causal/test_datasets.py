from importlib.resources import files

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from foundation_causal.data import observations
from foundation_causal.datasets import dataset_names, load_dataset


@pytest.mark.parametrize("name", dataset_names())
def test_every_data_set_passes_the_checks_and_matches_its_graph(name):
    data = load_dataset(name)
    assert data.name == name
    assert list(data.graph) == observations(data.frame).names
    assert "licence" in data.about or "CC BY" in data.about
    assert "\n" not in data.about


@pytest.mark.parametrize("name", dataset_names())
def test_the_seed_fixes_the_rows(name):
    first, again, other = (load_dataset(name, n=50, seed=seed).frame for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(first, again)
    assert first.shape[0] == 50
    assert not np.array_equal(first.to_numpy(), other.to_numpy())


def test_sachs_is_whole_and_its_reference_graph_has_the_one_known_cycle(capfd):
    data = load_dataset("sachs")
    assert capfd.readouterr().out == ""  # cdt greets on stdout
    assert data.frame.shape == (7466, 11)
    assert data.graph.number_of_edges() == 18
    assert [set(cycle) for cycle in nx.simple_cycles(data.graph)] == [{"PIP2", "PIP3", "plcg"}]
    part = load_dataset("sachs", n=100).frame
    assert len(part.merge(data.frame.drop_duplicates(), how="inner")) == 100


def test_ecoli70_follows_pgmpys_network():
    from pgmpy.models import LinearGaussianBayesianNetwork

    path = files("pgmpy") / "utils" / "example_models" / "ecoli70.json"
    mean, covariance = LinearGaussianBayesianNetwork.load(str(path)).to_joint_gaussian()
    model = LinearGaussianBayesianNetwork.load(str(path))
    order = [str(node) for node in nx.topological_sort(model)]
    data = load_dataset("ecoli70", n=20_000)
    assert set(data.graph.edges) == set(model.edges)
    assert (len(data.graph), data.graph.number_of_edges()) == (46, 70)
    frame = data.frame[order]
    spread = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose((frame.mean().to_numpy() - mean) / spread, 0, atol=0.05)
    scale = spread[:, None] * spread[None, :]
    np.testing.assert_allclose((frame.cov().to_numpy() - covariance) / scale, 0, atol=0.06)


def test_bad_requests(one_sentence):
    with one_sentence("'saks'", "'ecoli70', 'sachs'"):
        load_dataset("saks")
    with one_sentence("7466", "8000"):
        load_dataset("sachs", n=8000)
    with one_sentence("at least 1"):
        load_dataset("ecoli70", n=0)
