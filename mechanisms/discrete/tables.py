r"""Tables of conditional probabilities, for a discrete variable whose parents are all discrete.

In every cell of the parents' values the probabilities have a Dirichlet distribution around those of all rows,

.. math:: P(y = k \mid \text{cell}) = \frac{n_{ck} + A q_k}{n_c + A},

and how much they are drawn there, A, is averaged by the evidence (Heckerman, Geiger and Chickering 1995,
"Learning Bayesian networks", section 6).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from foundation_causal.types import Array

STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0)  # A, in rows
ROOT = 0.5  # pseudo-rows of each level in the shares of all rows (Jeffreys)
DECIMALS = 9  # to which inputs of one cell agree


@dataclass(frozen=True)
class TableFit:
    """A fitted table.

    Attributes:
        cells: The inputs of the cells that were seen, rounded, shape `[c, q]`.
        counts: Rows of each cell and level, shape `[c, K]`.
        shares: Of the levels among all rows, shape `[K]`.
        strengths, weights: The settings of A and their weights, which sum to 1.
        evidence: Log marginal likelihood.
        known: The probabilities of each cell, and of one that was not seen, `[c + 1, K]`.
    """

    cells: Array
    counts: Array
    shares: Array
    strengths: Array
    weights: Array
    evidence: float
    known: Array

    @property
    def family(self) -> tuple[object, ...]:
        """There is but one table."""
        return ("table",)

    def probabilities(self, x: Array) -> Array:
        """Of each level at inputs, shape `[n, q]` -> `[n, K]`."""
        return self.known[_places(x, self.cells)]

    def drawn(self, random: np.random.Generator) -> TableFit:
        """A table drawn from the posterior; cells that were not seen share one draw from the prior."""
        strength = self.strengths[random.choice(len(self.strengths), p=self.weights)]
        counts = np.vstack([self.counts, np.zeros(len(self.shares))])
        gammas = random.standard_gamma(counts + strength * self.shares)
        known = gammas / np.maximum(gammas.sum(1, keepdims=True), 1e-300)
        return TableFit(
            self.cells, self.counts, self.shares, self.strengths, self.weights, self.evidence, known
        )


def fit_table(x: Array, codes: NDArray[np.intp], weights: Array, levels: int) -> TableFit:
    """Fit a table.

    Args:
        x: Inputs that take few different values together, shape `[n, q]`.
        codes: The level of each row, 0 to K - 1, shape `[n]`.
        weights: How many rows each row stands for, shape `[n]`.
        levels: K.
    """
    cells, place = np.unique(x.round(DECIMALS), axis=0, return_inverse=True)
    counts = np.zeros((len(cells), levels))
    np.add.at(counts, (place.ravel(), codes.astype(np.intp)), weights)
    total = counts.sum(0)
    shares = (total + ROOT) / (total.sum() + ROOT * levels)
    if not x.shape[1]:  # a root has one cell
        a = np.full(levels, ROOT)
        strengths, evidences = np.array([ROOT * levels]), np.array([_evidence(counts, a)])
        base = np.full(levels, 1 / levels)
    else:
        strengths, base = np.array(STRENGTHS), shares
        evidences = np.array([_evidence(counts, strength * shares) for strength in STRENGTHS])
    weight = np.exp(evidences - evidences.max())
    evidence = float(evidences.max() + np.log(weight.mean()))
    weight /= weight.sum()
    padded = np.vstack([counts, np.zeros(levels)])
    size = padded.sum(1, keepdims=True)
    known = sum(w * (padded + a * base) / (size + a) for w, a in zip(weight, strengths, strict=True))
    return TableFit(cells, counts, base, strengths, weight, evidence, np.asarray(known))


def _evidence(counts: Array, prior: Array) -> float:
    """The log probability of the rows, one after the other, `[c, K]`."""
    size, total = counts.sum(1), prior.sum()
    cells = gammaln(total) - gammaln(size + total)
    return float(cells.sum() + (gammaln(counts + prior) - gammaln(prior)).sum())


def _places(x: Array, cells: Array) -> Array:
    """The cell of each row, `[n]`; one past the last for those that were not seen."""
    both = np.vstack([cells, x.round(DECIMALS)])
    _, place = np.unique(both, axis=0, return_inverse=True)
    place = place.ravel()
    home = np.full(place.max() + 1, len(cells))
    home[place[: len(cells)]] = np.arange(len(cells))
    return home[place[len(cells) :]]
