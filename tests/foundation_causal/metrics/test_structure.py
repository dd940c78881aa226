import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import average_precision_score, precision_recall_fscore_support, roc_auc_score

from foundation_causal.graphs import from_adjacency
from foundation_causal.metrics import (
    auprc,
    auroc,
    expected_calibration_error,
    is_cyclic,
    precision_recall_f1,
    rmse,
    shd,
)

NAMES = list("abcde")


binary = st.sampled_from([0.0, 1.0])
# Few distinct probabilities, so that ties and bin borders are common.
probability = st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.77, 1.0])


def two_matrices(first, second):
    return st.integers(2, 5).flatmap(
        lambda d: st.tuples(*[arrays(np.float64, (d, d), elements=elements) for elements in (first, second)])
    )


pairs = two_matrices(binary, binary)
scored = two_matrices(binary, probability)


def apart(matrix):
    return matrix[~np.eye(len(matrix), dtype=bool)]


@given(pairs)
def test_shd_is_that_of_cdt(both):
    from cdt.metrics import SHD

    true, predicted = (matrix * (1 - np.eye(len(matrix))) for matrix in both)
    assert shd(true, predicted) == SHD(true, predicted, double_for_anticausal=False)
    assert shd(true, predicted) == shd(predicted, true)
    assert shd(true, true) == 0


@given(pairs)
def test_precision_recall_and_f1_are_those_of_scikit_learn(both):
    true, predicted = both
    assume(apart(true).any() or apart(predicted).any())
    theirs = precision_recall_fscore_support(apart(true), apart(predicted), average="binary", zero_division=0)
    np.testing.assert_allclose(precision_recall_f1(true, predicted), theirs[:3])


@given(scored)
def test_ranking_scores_are_those_of_scikit_learn(both):
    true, probabilities = both
    edges = apart(true)
    if edges.any():
        assert math.isclose(auprc(true, probabilities), average_precision_score(edges, apart(probabilities)))
    else:
        assert math.isnan(auprc(true, probabilities))
    if edges.any() and not edges.all():
        assert math.isclose(auroc(true, probabilities), roc_auc_score(edges, apart(probabilities)))
    else:
        assert math.isnan(auroc(true, probabilities))


@given(scored, st.integers(1, 12))
def test_calibration_error_is_its_definition(both, bins):
    true, probabilities = both
    edges, stated = apart(true), apart(probabilities)
    expected = 0.0
    for b in range(bins):
        inside = (np.floor(stated * bins) == b) | ((b == bins - 1) & (stated == 1))
        if inside.any():
            expected += inside.mean() * abs(stated[inside].mean() - edges[inside].mean())
    assert math.isclose(expected_calibration_error(true, probabilities, bins), expected, abs_tol=1e-12)


@given(pairs, st.randoms())
def test_names_align_what_positions_do_not(both, random):
    names = NAMES[: len(both[0])]
    true, predicted = (pd.DataFrame(matrix, index=names, columns=names) for matrix in both)
    order, other = random.sample(names, len(names)), random.sample(names, len(names))
    shuffled = predicted.loc[order, other]
    graph = from_adjacency(predicted.loc[order, order], order)
    for score in (shd, precision_recall_f1, auprc, auroc, expected_calibration_error):
        expected = score(*both)
        np.testing.assert_equal(score(true, shuffled), expected)
        np.testing.assert_equal(score(from_adjacency(true, names), graph), expected)
        np.testing.assert_equal(score(true, graph), expected)
        np.testing.assert_equal(score(true, predicted.to_numpy()), expected)


@given(pairs)
def test_cycles(both):
    matrix = both[0]
    names = NAMES[: len(matrix)]
    # A walk of d or more edges over d variables exists exactly where there is a cycle.
    expected = bool(np.linalg.matrix_power(matrix, len(matrix)).any())
    assert is_cyclic(matrix) is expected
    assert is_cyclic(pd.DataFrame(matrix, index=names, columns=names)) is expected
    assert is_cyclic(from_adjacency(matrix, names)) is expected


def test_known_values():
    chain, reversed_chain = nx.DiGraph([("a", "b"), ("b", "c")]), nx.DiGraph([("b", "a"), ("c", "b")])
    assert shd(chain, reversed_chain) == 2
    assert precision_recall_f1(chain, reversed_chain) == (0.0, 0.0, 0.0)
    empty = np.zeros((3, 3))
    assert precision_recall_f1(empty, empty) == (1.0, 1.0, 1.0)
    assert precision_recall_f1(chain, empty) == (0.0, 0.0, 0.0)


@given(arrays(np.float64, (4, 3), elements=st.floats(-1e3, 1e3)))
def test_rmse_is_its_definition_and_follows_names(values):
    other = np.arange(12.0).reshape(4, 3)
    expected = np.mean([math.sqrt(np.mean((row - to) ** 2)) for row, to in zip(values, other, strict=True)])
    assert math.isclose(rmse(values, other), expected)
    left, right = pd.DataFrame(values, columns=list("abc")), pd.DataFrame(other, columns=list("abc"))
    assert math.isclose(rmse(left, right[["c", "a", "b"]]), expected)
    assert math.isclose(rmse(left, right.set_index(pd.Index(range(5, 9)))), expected)


@pytest.mark.parametrize("score", [shd, precision_recall_f1, auprc, auroc, expected_calibration_error])
def test_graphs_that_cannot_be_compared(score, one_sentence):
    chain = nx.DiGraph([("a", "b"), ("b", "c")])
    with one_sentence("'c', 'z'", "one side"):
        score(chain, nx.DiGraph([("a", "b"), ("b", "z")]))
    with one_sentence("3 and 2"):
        score(chain, np.zeros((2, 2)))
    with one_sentence("(2, 3)"):
        score(np.zeros((2, 3)), np.zeros((2, 2)))
    with one_sentence("0 and 1"):
        score(np.full((3, 3), 0.5), np.zeros((3, 3)))


def test_scores_that_are_none(one_sentence):
    chain = [[0, 1], [0, 0]]
    with one_sentence("missing"):
        auprc(chain, [[0, np.nan], [0, 0]])
    with one_sentence("range"):
        expected_calibration_error(chain, [[0, 1.5], [0, 0]])
    with one_sentence("shapes (1, 2) and (2, 1)"):
        rmse([[1, 2]], [[1], [2]])
    with one_sentence("'a', 'b'"):
        rmse(pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}))
