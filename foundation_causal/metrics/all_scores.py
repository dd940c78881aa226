"""All structure scores of one prediction together.

A prediction is a graph, or a pattern that leaves the direction of some edges open, as classical methods do.
"""

from __future__ import annotations

import numpy as np

from foundation_causal.metrics._graphs import Graph, edges
from foundation_causal.metrics.equivalence import cpdag, cpdag_shd
from foundation_causal.metrics.identification import adjustment_distances
from foundation_causal.metrics.probabilities import auprc, auroc, expected_calibration_error
from foundation_causal.metrics.structure import is_cyclic, precision_recall_f1, shd, skeleton_f1
from foundation_causal.types import Array

# What `pattern_scores` gives.
SCORES = (
    *("shd", "cpdag_shd", "sid", "sid_normalised", "ancestor_aid", "ancestor_aid_normalised", "oset_aid"),
    *("oset_aid_normalised", "f1", "skeleton_f1", "precision", "recall", "auroc", "auprc", "ece"),
    *("cyclic_fraction", "true_edges", "predicted_edges"),
)


def structure_scores(true: Graph, predicted: Graph, probabilities: Graph | None = None) -> dict[str, float]:
    """Every structure score of one prediction, by name.

    Args:
        true: The reference graph.
        predicted: The predicted graph, of the same variables.
        probabilities: Probabilities of the edges, `[d, d]` from 0 to 1, if the prediction has some.

    Returns:
        As int: `shd`, `cpdag_shd`, `sid`, `ancestor_aid`, `oset_aid` (ordered pairs), `true_edges`,
        `predicted_edges`. As float: the three distances over pairs divided by d (d - 1) as
        `sid_normalised` and so on, `precision`, `recall`, `f1`, `skeleton_f1` (of the pairs joined, whatever
        the direction), `cyclic_fraction` (1 if the prediction has a cycle, else 0, so that its mean is the
        fraction), and `auroc`, `auprc` and `ece` of the
        probabilities if there are any. What is undefined is nan, so that one cyclic prediction does not
        spoil a table: `cpdag_shd` and all distances over pairs need two acyclic graphs.

    Raises:
        InputError: Graphs that cannot be compared.

    >>> scores = structure_scores([[0, 1], [0, 0]], [[0, 0], [1, 0]])
    >>> scores["shd"], scores["cpdag_shd"], scores["sid"]
    (1, 0, 2)
    """
    left, right = edges(true, predicted)
    precision, recall, f1 = precision_recall_f1(true, predicted)
    scores = {"shd": shd(true, predicted), **_of_dags(true, predicted)}
    scores |= {
        "f1": f1,
        "skeleton_f1": skeleton_f1(true, predicted),
        "precision": precision,
        "recall": recall,
    }
    if probabilities is not None:
        scores["auroc"] = auroc(true, probabilities)
        scores["auprc"] = auprc(true, probabilities)
        scores["ece"] = expected_calibration_error(true, probabilities)
    scores["cyclic_fraction"] = float(is_cyclic(predicted))
    return scores | {"true_edges": int(left.sum()), "predicted_edges": int(right.sum())}


def pattern_scores(truth: Array, pattern: Array, probabilities: Array | None = None) -> dict[str, float]:
    """The scores that :func:`structure_scores` gives, for a pattern.

    An edge without direction counts half in either direction: it costs half an error in `shd`, whether the
    pair is joined in truth or not, and is half a hit where it is; in the ranking behind `auprc` it stands
    between what is directed and what is not there. `cpdag_shd` compares the pattern itself with the CPDAG of
    the truth. The distances over pairs are defined between DAGs, so they are nan. Without an open direction
    all scores are those of the graph.

    Args:
        truth: 0/1 `[d, d]`.
        pattern: `[d, d]`, 1 for `i -> j`, 0.5 in both directions for an edge without one.
        probabilities: Probabilities of the edges, `[d, d]`; without them the pattern itself is ranked, and
            `ece` is nan.

    Returns:
        The scores that `SCORES` names; undefined ones are nan.

    >>> scores = pattern_scores(np.array([[0, 1], [0, 0]]), np.array([[0, 0.5], [0.5, 0]]))
    >>> scores["shd"], scores["cpdag_shd"], scores["f1"]
    (0.5, 0, 0.5)
    """
    directed = pattern == 1
    scores = structure_scores(truth, directed)
    if (pattern == 0.5).any():
        scores |= dict.fromkeys(set(SCORES) - {"true_edges", "cyclic_fraction"}, float("nan"))
        scores |= _half_counted(truth, pattern) | {"skeleton_f1": skeleton_f1(truth, pattern > 0)}
        if not is_cyclic(truth):
            scores["cpdag_shd"] = shd(cpdag(truth), pattern > 0)
    ranking = pattern if probabilities is None else probabilities
    scores["auroc"], scores["auprc"] = auroc(truth, ranking), auprc(truth, ranking)
    scores["ece"] = float("nan")
    if probabilities is not None:
        scores["ece"] = expected_calibration_error(truth, probabilities)
    return {name: scores[name] for name in SCORES}


def _of_dags(true: Graph, predicted: Graph) -> dict[str, float]:
    """The scores that only acyclic graphs have; nan where a graph is cyclic."""
    # The parent-adjustment distance is left out: between DAGs it is the SID.
    names = {"parent": "sid", "ancestor": "ancestor_aid", "oset": "oset_aid"}
    if is_cyclic(true) or is_cyclic(predicted):
        undefined = ["cpdag_shd", *names.values(), *(f"{name}_normalised" for name in names.values())]
        return dict.fromkeys(undefined, float("nan"))
    distances = adjustment_distances(true, predicted)
    counts = {name: distances[key].mistakes for key, name in names.items()}
    shares = {f"{name}_normalised": distances[key].normalised for key, name in names.items()}
    return {"cpdag_shd": cpdag_shd(true, predicted), **counts, **shares}


def _half_counted(truth: Array, pattern: Array) -> dict[str, float]:
    """The scores that an edge without direction counts half in."""
    hits, wanted, predicted = float((pattern * truth).sum()), float(truth.sum()), float(pattern.sum())
    difference = np.abs(truth - pattern)
    return {
        "shd": float(np.triu(np.maximum(difference, difference.T), 1).sum()),
        "precision": hits / max(predicted, 1),
        "recall": hits / max(wanted, 1),
        "f1": 2 * hits / (wanted + predicted),
        "predicted_edges": predicted,
    }
