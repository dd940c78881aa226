"""FiP and DECI, trained on one data set: what they depend on, what they learn, and what they refuse."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation_causal.observations import observations
from mechanisms.linear import LinearModel, linear_model
from mechanisms.mechanism_model import predict
from mechanisms.per_table.deci import DECI, fit_deci, negative_log_likelihood
from mechanisms.per_table.fip import FiP, fit_fip, reconstruction
from mechanisms.per_table.network_fitting import NetworkModel, Training
from mechanisms.solver import solve

NETWORKS = {
    "fip": partial(FiP, width=8, layers=2, heads=2, widening=2),
    "deci": partial(DECI, embedding=4, hidden=8),
}
BRIEF = Training(steps=40, check_every=10)
FITS: dict[str, Callable[..., NetworkModel]] = {
    "fip": partial(fit_fip, width=8, layers=2, heads=2),
    "deci": partial(fit_deci, embedding=8, hidden=16),
}
every_fit = pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
every_network = pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)


@pytest.fixture(scope="module")
def chain() -> tuple[pd.DataFrame, nx.DiGraph, LinearModel]:
    """200 rows of a -> b -> c <- a and a lone e, linear, in units of their own; and the truth."""
    rng = np.random.default_rng(2)
    a, e, *noise = rng.normal(size=(4, 200))
    b = 3 + 2 * a + 0.5 * noise[0]
    c = 100 * (b - 3 * a) + 30 * noise[1]
    frame = pd.DataFrame({"c": c, "e": e, "a": a, "b": b})
    graph = nx.DiGraph()
    graph.add_nodes_from(frame)
    graph.add_edges_from([("a", "b"), ("a", "c"), ("b", "c")])
    weights = np.zeros((4, 4))
    weights[2, 3], weights[3, 0], weights[2, 0] = 2, 100, -300
    return frame, graph, LinearModel(graph, weights, np.array([0.0, 0, 0, 3]))


@every_network
@given(seed=st.integers(0, 1000), d=st.integers(2, 7))
@settings(max_examples=10)
def test_an_output_depends_on_the_parents_only(network, seed: int, d: int) -> None:
    torch.manual_seed(seed)
    order = torch.randperm(d)
    parents = (torch.rand(d, d) < 0.5).tril(-1)[order][:, order]
    model = network(parents).double()
    jacobian = torch.autograd.functional.jacobian(
        lambda x: model(x[None], range(d))[0], torch.randn(d).double()
    )
    assert torch.equal(jacobian != 0, parents)


@every_network
def test_nodes_can_be_asked_for_one_by_one(network) -> None:
    torch.manual_seed(0)
    parents, rows = (torch.rand(6, 6) < 0.6).tril(-1), torch.randn(5, 6)
    model = network(parents)
    together = model(rows, range(6))
    torch.testing.assert_close(torch.cat([model(rows, [j]) for j in range(6)], 1), together)
    torch.testing.assert_close(model(rows, [4, 1]), together[:, [4, 1]])


@pytest.fixture(scope="module")
def brief(chain):
    """What each way predicts of the chain after a brief training."""
    frame, graph, _ = chain
    return {
        fit: predict(fit(observations(frame), graph, training=BRIEF), frame.to_numpy())
        for fit in FITS.values()
    }


@every_fit
def test_the_order_of_rows_and_columns_does_not_matter(fit, chain, brief) -> None:
    frame, graph, _ = chain
    straight = brief[fit]
    mixed = frame.sample(frac=1, random_state=1)[["b", "c", "e", "a"]]
    other = predict(fit(observations(mixed), graph, training=BRIEF), mixed.to_numpy())
    again = pd.DataFrame(other, mixed.index, mixed.columns).loc[frame.index, frame.columns]
    np.testing.assert_allclose(again / frame.std(), straight / frame.std().to_numpy(), atol=1e-5)


@every_fit
def test_units_do_not_matter_and_seeds_do(fit, chain, brief) -> None:
    (frame, graph, _), plain = chain, brief[fit]
    scale, shift = np.array([1e12, 1e-12, 5, 1]), np.array([0, 3e-12, -7, 0])
    moved = frame * scale + shift
    predicted = predict(fit(observations(moved), graph, training=BRIEF), moved.to_numpy())
    np.testing.assert_allclose((predicted - shift) / scale, plain, rtol=1e-3, atol=1e-4 * plain.std())
    seeded = predict(fit(observations(frame), graph, training=BRIEF, seed=1), frame.to_numpy())
    assert (seeded[:, 0] != plain[:, 0]).any()


@pytest.mark.parametrize(("name", "error"), [("fip", 0.15), ("deci", 0.2)])
def test_a_linear_scm_is_recovered_and_the_loss_falls(name: str, error: float, chain) -> None:
    """F at new rows: small networks within 0.15 (FiP) and 0.2 (DECI) deviations; least squares: 0.05."""
    frame, graph, truth = chain
    training = Training(steps=300, learning_rate=1e-2, batch=64)
    model = FITS[name](observations(frame), graph, training=training)
    assert model.losses[-1] < model.losses[0] - 0.1
    rng = np.random.default_rng(3)
    rows = solve(truth, rng.normal(size=(200, 4)) * [30, 1, 1, 0.5])
    scale = frame.std().to_numpy()
    off = (predict(model, rows) - predict(truth, rows)) / scale
    assert np.sqrt((off[:, [0, 3]] ** 2).mean()) < error
    best = (predict(linear_model(frame.to_numpy(), graph), rows) - predict(truth, rows)) / scale
    assert np.sqrt((best[:, [0, 3]] ** 2).mean()) < 0.05
    # Roots are means.
    np.testing.assert_allclose(predict(model, rows)[:, 1:3], np.tile(frame[["e", "a"]].mean(), (200, 1)))


def test_an_order_is_the_graph_of_all_pairs_in_it(chain) -> None:
    frame, _, _ = chain
    model = FITS["fip"](observations(frame), order=["a", "b", "c", "e"], training=BRIEF)
    assert nx.is_isomorphic(model.graph, nx.DiGraph([(i, j) for j in range(4) for i in range(j)]))
    assert set(model.graph.predecessors("c")) == {"a", "b"}
    graphed = FITS["fip"](observations(frame), model.graph, training=BRIEF)
    assert (predict(model, frame.to_numpy()) == predict(graphed, frame.to_numpy())).all()


@every_fit
def test_without_edges_there_is_nothing_to_learn(fit, chain) -> None:
    frame, graph, _ = chain
    model = fit(observations(frame), nx.create_empty_copy(graph))
    assert model.losses == []
    np.testing.assert_allclose(predict(model, frame.to_numpy()[:3]), np.tile(frame.mean(), (3, 1)))


@pytest.mark.parametrize("name", FITS)
def test_what_an_intervention_set_says_nothing_of_its_variable(name: str, chain) -> None:
    frame, graph, _ = chain
    mask = np.zeros(frame.shape, dtype=bool)
    mask[:40, [0, 2]] = True
    data = frame.copy()
    data.iloc[:40, [0, 2]] = [500.0, 3.0]
    model = FITS[name](observations(data, intervened=mask), graph, training=BRIEF)
    level = model.predict_nodes([2], data.to_numpy()[:1])
    np.testing.assert_allclose(level, [[data["a"][40:].mean()]])
    # The loss does not read such an entry of its variable; c has no children that would.
    table, loss = model.table, {"fip": reconstruction, "deci": negative_log_likelihood}[name]
    c = table.place[0]
    moved = torch.where((table.free == 0) & (torch.arange(4) == c), 99.0, table.rows)
    assert (moved != table.rows).sum() == 40
    nodes = [table.place[j] for j in (0, 3)]
    assert loss(model.network, moved, table.free, nodes) == loss(model.network, table.rows, table.free, nodes)
    # A batch in which all entries were set has nothing to say, rather than something that is no number.
    assert loss(model.network, table.rows, torch.zeros_like(table.free), nodes) == 0


@every_fit
def test_refusals(fit, chain, one_sentence) -> None:
    frame, graph, _ = chain
    with one_sentence("lacks nodes", "'e'"):
        fit(observations(frame), nx.DiGraph(list(graph.edges)))
    with one_sentence("cycle"):
        fit(observations(frame), nx.DiGraph([*graph.edges, ("c", "a"), ("e", "c")]))
    with one_sentence("30 rows", "'c'"):
        fit(observations(frame[:25]), graph)
    mask = np.zeros(frame.shape, dtype=bool)
    mask[20:, 3] = True
    with one_sentence("30 rows", "'b'"):
        fit(observations(frame, intervened=mask), graph)


def test_refused_settings(chain, one_sentence) -> None:
    frame, graph, _ = chain
    data = observations(frame)
    with one_sentence("a graph or an order"):
        fit_fip(data)
    with one_sentence("a graph or an order"):
        fit_fip(data, graph, order=list(frame))
    for order in (["a", "b", "c"], ["a", "b", "c", "c"], ["a", "b", "c", "x"]):
        with one_sentence("each of the 4 variables once"):
            fit_fip(data, order=order)
    with one_sentence("5 heads", "width 8"):
        fit_fip(data, graph, width=8, heads=5)
    with one_sentence("'layers'", "0"):
        fit_fip(data, graph, layers=0)
    with one_sentence("'hidden'"):
        fit_deci(data, graph, hidden=-3)
    with one_sentence("'steps'"):
        replace(BRIEF, steps=0)
    for wrong in ({"held_out": 1.0}, {"learning_rate": 0.0}):
        with one_sentence():
            replace(BRIEF, **wrong)
