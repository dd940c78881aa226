"""Training on a family, and what is asked of the network then."""

import json

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from discovery.adag import ADAG, fit_adag, read_domains
from discovery.adag.network import weighted_dag
from discovery.knowledge import Knowledge
from foundation_causal import metrics
from foundation_causal.graphs import adjacency
from foundation_causal.networks.pretrained import seal


def test_unseen_domains_are_found_far_better_than_by_chance(model, draw):
    rng = np.random.default_rng(1)
    found, random, wrong = [], [], []
    for truth, rows in draw(30, 20, 1):
        graph = adjacency(model.graph(rows), list(rows))
        shuffled = rng.permutation(5)
        found.append(metrics.shd(truth, graph))
        random.append(metrics.shd(truth, graph[np.ix_(shuffled, shuffled)]))  # as many edges, at random
        wrong.append((graph & truth.T).sum())
    assert np.mean(found) < 0.6 * np.mean(random)
    assert np.mean(wrong) < 0.2  # the order is learned


def test_the_loss_decreases_and_the_answer_becomes_acyclic(model):
    reconstruction = [step.reconstruction for step in model.rounds]
    assert len(model.rounds) == 10
    assert reconstruction[-1] < 0.8 * reconstruction[0]
    assert model.rounds[-1].cyclicity < 0.01


def test_the_seed_fixes_everything(draw):
    domains = [rows for _, rows in draw(10, 12, 3)]
    one, same, other = (fit_adag(domains, steps=20, batch=4, seed=seed) for seed in (5, 5, 6))
    assert one.weights(domains[0]).equals(same.weights(domains[0]))
    assert not one.weights(domains[0]).equals(other.weights(domains[0]))


def test_sparsity_means_the_same_in_any_common_unit(draw):
    domains = [rows for _, rows in draw(10, 12, 3)]
    one, other = (fit_adag([u * rows for rows in domains], steps=20) for u in (1.0, 1e6))
    assert np.allclose(one.weights(domains[0]), other.weights(domains[0]), atol=1e-4)


def test_rows_may_come_in_any_order_number_and_common_unit(model, draw):
    rows = draw(1, 30, 8)[0][1]
    here = model.weights(rows)
    for other in (rows.iloc[::-1], pd.concat([rows, rows]), 1e9 * rows, rows + 7.0, rows[list("edcba")]):
        assert np.allclose(model.weights(other), here, atol=1e-4)
    assert list(model.weights(rows[list("edcba")])) == list("abcde")


def test_graphs_are_acyclic_and_carry_their_weights(model, draw):
    for _, rows in draw(10, 6, 9):
        graph, weights = model.graph(rows, threshold=0.01), model.weights(rows)
        assert nx.is_directed_acyclic_graph(graph)
        assert list(graph) == list("abcde")
        assert all(weight == weights.at[i, j] for i, j, weight in graph.edges(data="weight"))


def test_the_largest_weight_of_a_cycle_wins():
    weights = pd.DataFrame([[0, 0.5, 0], [0, 0, -2], [1, 0, 0]], index=list("abc"), columns=list("abc"))
    assert set(weighted_dag(weights).edges) == {("b", "c"), ("c", "a")}


def test_a_prediction_orders_edges_by_weight(model, draw):
    rows = draw(1, 30, 8)[0][1]
    prediction, weights = model.prediction(rows), model.weights(rows)
    assert set(prediction.graph.edges) == set(model.graph(rows).edges)
    scores = prediction.probabilities.to_numpy()
    assert ((scores > 0.5) == (weights.abs().to_numpy() > 0.3)).all()
    assert (np.argsort(scores, None) == np.argsort(weights.abs().to_numpy(), None)).all()


def test_knowledge_is_honoured(model, draw):
    rows = draw(1, 30, 8)[0][1]
    (cause, effect), *_ = model.graph(rows).edges
    known = Knowledge(required=[(effect, cause)], leaves=["c"])
    graph, prediction = model.graph(rows, knowledge=known), model.prediction(rows, knowledge=known)
    assert graph.has_edge(effect, cause)
    assert graph.out_degree("c") == 0
    assert set(prediction.graph.edges) == set(graph.edges)
    assert prediction.probabilities.at[effect, cause] == 1
    assert prediction.probabilities.at[cause, effect] == 0


def test_a_saved_model_gives_the_same_weights(model, draw, tmp_path):
    rows = draw(1, 20, 4)[0][1]
    model.save(tmp_path / "model")
    again = ADAG.load(tmp_path / "model")
    assert again.weights(rows).equals(model.weights(rows))
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    assert config["architecture"] == "adag"
    assert config["columns"] == list("abcde")
    card = (tmp_path / "model" / "README.md").read_text()
    assert f"{model.rounds[-1].loss:.4g}" in card


def test_domains_are_read_from_folders_and_files(draw, tmp_path):
    for k, (_, rows) in enumerate(draw(3, 6, 0)):
        rows.to_csv(tmp_path / f"{k}.csv", index=False)
    (tmp_path / "notes.txt").write_text("no table")
    assert [name[-5:] for name in read_domains([tmp_path])] == ["0.csv", "1.csv", "2.csv"]
    assert len(read_domains([tmp_path / "1.csv", tmp_path / "2.csv"])) == 2


def test_bad_domains(draw, one_sentence, tmp_path):
    (_, one), (_, two) = draw(2, 10, 0)
    with one_sentence("given 1", "at least 2"):
        fit_adag([one])
    with one_sentence("'domain 2' lacks 'e'", "'domain 1'", "same columns"):
        fit_adag([one, two.drop(columns="e")])
    with one_sentence("'second' has 'f' besides"):
        fit_adag({"first": one, "second": two.assign(f=two["a"] ** 2)})
    with one_sentence("'domain 2' cannot be used", "4 rows", "at least 5"):
        fit_adag([one, two.head(4)])
    holed = two.copy()
    holed.iloc[3, 1] = np.nan
    with one_sentence("'domain 2' cannot be used", "1 value", "'b'"):
        fit_adag([one, holed])
    with one_sentence("holds no", "table per domain"):
        read_domains([tmp_path])


@pytest.mark.parametrize("setting", ["steps", "layers", "batch", "learning_rate", "threshold"])
def test_settings_are_positive(draw, one_sentence, setting):
    with one_sentence(f"'{setting}' is 0", "positive"):
        fit_adag([rows for _, rows in draw(2, 10, 0)], **{setting: 0})


def test_bad_settings(model, draw, one_sentence):
    domains = [rows for _, rows in draw(2, 10, 0)]
    with one_sentence("sparsity", "-1"):
        fit_adag(domains, sparsity=-1)
    with one_sentence("diverged", "learning rate", "lower"):
        fit_adag(domains, steps=50, learning_rate=1e30)
    with one_sentence("threshold", "above 0"):
        model.graph(domains[0], threshold=0)


def test_bad_data_at_test_time(model, draw, one_sentence):
    rows = draw(1, 10, 0)[0][1]
    with one_sentence("lack", "'e'"):
        model.weights(rows.drop(columns="e"))
    with one_sentence("'f'", "drop"):
        model.weights(rows.assign(f=1.0))
    with one_sentence("3 rows", "at least 5"):
        model.weights(rows.head(3))
    with one_sentence("1 value"):
        model.weights(rows.mask(rows == rows.iloc[0, 0]))


def test_broken_weights(model, one_sentence, tmp_path):
    with one_sentence("no model"):
        ADAG.load(tmp_path / "nowhere")
    with one_sentence("config.json"):
        ADAG.load(tmp_path)
    model.save(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    with one_sentence("cannot be read as ADAG"):
        ADAG.load(tmp_path)
    model.save(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "architecture": "avici"}))
    seal(tmp_path)
    with one_sentence("'avici'"):
        ADAG.load(tmp_path)
