"""`foundation-causal adag`: train on a folder of domains, then find the graph of another."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from cli.main import main
from discovery.adag import ADAG
from foundation_causal.graph_files import read_graph


def domain(seed: int, n: int = 15) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    a = rng.normal(size=n)
    b = rng.uniform(1, 2) * a + rng.normal(size=n)
    return pd.DataFrame({"a": a, "b": b, "c": rng.normal(size=n) - 2 * b})


@pytest.fixture
def domains(tmp_path):
    folder = tmp_path / "domains"
    folder.mkdir()
    for k in range(20):
        domain(k).to_csv(folder / f"{k}.csv", index=False)
    domain(99).to_csv(tmp_path / "new.csv", index=False)
    return folder


def test_train_and_apply(invoke, domains, tmp_path):
    trained = invoke("adag", "train", domains, "--steps", 150, "--out", "model", "--json", "--quiet")
    assert trained.exit_code == 0, trained.output
    document = json.loads(trained.stdout)
    assert document["domains"] == 20
    assert document["columns"] == ["a", "b", "c"]
    assert {path.name for path in (tmp_path / "model").iterdir()} == {
        "README.md",
        "config.json",
        "model.safetensors",
    }
    applied = invoke("adag", "apply", "model", "new.csv", "--out", "graph.json", "--weights", "weights.csv")
    assert applied.exit_code == 0, applied.output
    assert "from 15 rows" in applied.stdout
    network, new = ADAG.load(tmp_path / "model"), pd.read_csv(tmp_path / "new.csv")
    assert set(read_graph(tmp_path / "graph.json").edges) == set(network.graph(new).edges) != set()
    streamed = CliRunner().invoke(
        main, ["adag", "apply", "model", "-", "--out", "s.json"], input=(tmp_path / "new.csv").read_text()
    )
    assert streamed.exit_code == 0, streamed.output
    assert set(read_graph(tmp_path / "s.json").edges) == set(network.graph(new).edges)
    weights = pd.read_csv(tmp_path / "weights.csv", index_col=0)
    assert np.allclose(weights, network.weights(new))
    assert list(weights) == list(weights.index) == ["a", "b", "c"]
    none = invoke("adag", "apply", "model", "new.csv", "--out", "g.json", "--threshold", "100", "--json")
    assert json.loads(none.stdout)["edges"] == []
    (tmp_path / "known.json").write_text('{"required": [["c", "a"]]}')
    result = invoke(
        "adag", "apply", "model", "new.csv", "--out", "g.json", "--knowledge", "known.json", "--json"
    )
    assert result.exit_code == 0, result.output
    assert ("c", "a") in read_graph(tmp_path / "g.json").edges


def test_mistakes(refuse, domains, tmp_path):
    (tmp_path / "empty").mkdir()
    refuse(["no file or folder 'nowhere'"], "adag", "train", "nowhere", "--out", "model")
    refuse(["'empty'", "holds no"], "adag", "train", "empty", "--out", "model")
    refuse(["at least 2"], "adag", "train", domains / "0.csv", "--out", "model")
    pd.read_csv(domains / "3.csv").drop(columns="c").to_csv(domains / "3.csv", index=False)
    refuse(["3.csv' lacks 'c'"], "adag", "train", domains, "--out", "model")
    refuse(["There is no model 'nowhere'"], "adag", "apply", "nowhere", "new.csv", "--out", "graph.json")
