"""Answers are the data's, not the machine's: precision, threads and orders."""

import copy

import numpy as np
import pandas as pd
import pytest
import torch

import foundation_causal as fc
from discovery.network.answers import DEFAULT_MODEL, loaded_network
from discovery.network.network_inputs import Inputs, network_inputs
from discovery.preparation import rows_of
from foundation_causal.observations import observations


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(5)
    a, b, c, d = random.laplace(size=(4, 90))
    b = np.tanh(2 * a) + 0.5 * b
    c = c - 0.8 * a
    return pd.DataFrame({"a": a, "b": b, "c": c, "d": b + np.sin(c) + 0.5 * d})


@pytest.fixture(scope="module")
def answers(data):
    return answered(data)


def answered(data):
    prediction = fc.discover(data)
    model = fc.infer(data, prediction)
    effect = model.effect("a", "d", (-0.5, 0.5), seed=3)
    return {
        "probabilities": prediction.probabilities,
        "edges": sorted(map(list, prediction.graph.edges)),
        "effect": pd.DataFrame(effect)[["mean", "lower", "upper"]].to_numpy(),
        "sample": model.sample(20, seed=4),
    }


def assert_same(there, here):
    """All hold to 1e-9, though the network and the scores of curves compute in single precision."""
    assert there["edges"] == here["edges"]
    expected = here["probabilities"]
    found = there["probabilities"].loc[expected.index, expected.columns]
    pd.testing.assert_frame_equal(found, expected, rtol=0, atol=1e-9)
    np.testing.assert_allclose(there["effect"], here["effect"], rtol=1e-9, atol=1e-9)
    pd.testing.assert_frame_equal(there["sample"][[*"abcd"]], here["sample"], rtol=1e-9, atol=1e-9)


def test_the_number_of_threads_moves_no_answer(data, answers):
    before = torch.get_num_threads()
    torch.set_num_threads(2 if before == 1 else 1)
    try:
        assert_same(answered(data), answers)
    finally:
        torch.set_num_threads(before)


def test_orders_of_rows_and_columns_move_no_answer(data, answers):
    there = data[["d", "b", "a", "c"]].sample(frac=1, random_state=0, ignore_index=True)
    assert_same(answered(there), answers)


def test_orders_and_threads_move_no_graph_where_others_are_as_good():
    data = fc.load_dataset("sachs", n=300, seed=1).frame
    turned = data[data.columns[::-1]].sample(frac=1, random_state=0)
    expected = fc.discover(data)
    before = torch.get_num_threads()
    torch.set_num_threads(2 if before == 1 else 1)
    try:
        found = fc.discover(turned)
    finally:
        torch.set_num_threads(before)
    probabilities = found.probabilities.loc[data.columns, data.columns]
    pd.testing.assert_frame_equal(probabilities, expected.probabilities, rtol=0, atol=1e-9)
    assert set(found.graph.edges) == set(expected.graph.edges)
    weights = [
        {frozenset(graph.edges): weight for graph, weight in prediction.weighted_graphs(5, seed=1)}
        for prediction in (found, expected)
    ]
    assert weights[0] == pytest.approx(weights[1], abs=1e-9)
    assert list(found.graph) == list(turned)


def test_single_precision_is_enough_for_the_network(data):
    single = loaded_network(DEFAULT_MODEL)
    double = copy.deepcopy(single).double()
    inputs = network_inputs(torch.tensor(rows_of(observations(data)).values)[None], mirrored=True)
    exact = double.complete_world(Inputs(*(part.double() for part in inputs)))
    assert exact.sum() > 1  # so that there is something to agree on
    np.testing.assert_allclose(single.complete_world(inputs), exact, atol=1e-5)


def test_numbers_of_few_bits_and_of_more_than_floats_hold_are_taken_or_refused():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=["a", "b"])
    model = fc.infer(frame, [("a", "b")])
    few = model.effect("a", "b", (0, 1), draws=np.int8(3), rows=np.int8(100), method="plug-in")
    pd.testing.assert_frame_equal(few, model.effect("a", "b", (0, 1), draws=3, rows=100, method="plug-in"))
    mask = pd.DataFrame(0, index=frame.index, columns=["a", "b"]).astype(object)
    mask.iloc[0, 0] = 10**400
    with pytest.raises(fc.InputError):
        fc.discover(frame, intervened=mask)
    with pytest.raises(fc.InputError):
        fc.as_graph(pd.DataFrame([[0, 10**400], [0, 0]], list("ab"), list("ab"), dtype=object))


@pytest.mark.parametrize("cell", [{}, [], bytearray(b"1"), {"a": 1.0}])
def test_cells_that_hold_lists_are_refused(cell):
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=["a", "b"])
    rows = frame.head(3).astype(object)
    rows.iat[1, 0] = cell
    with pytest.raises(fc.InputError):
        fc.infer(frame, [("a", "b")]).predict(rows)
