r"""Evidence of regressions of counts: negative binomial with a log link, whose noise may be Poisson's.

.. math:: y \sim \text{NB}(\mu, \alpha), \qquad \log \mu = x' \beta, \qquad
    \operatorname{Var} y = \mu + \alpha \mu^2,

(Lawless, 1987, "Negative binomial and mixed Poisson regression"); the Poisson distribution is that of
:math:`\alpha = 0`. The evidence is BIC's.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from foundation_causal.types import Array

DISPERSIONS = (0.0, 0.03, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
ROUNDS = 12
CLOSE = 1e-6  # of the log likelihood per row
LARGEST = 30.0  # of a log mean; e to its power is beyond any count


def constants_of(counts: Array) -> Array:
    """What the log likelihood of counts `[n]` has at each of `DISPERSIONS` whatever their means are.

    It has logarithms of factorials, which take longer than all that depends on the means.
    """
    factorials = float(gammaln(counts + 1).sum())
    sizes = [1 / dispersion for dispersion in DISPERSIONS if dispersion > 0]
    terms = [(gammaln(counts + size) - gammaln(size) - counts * np.log(size)).sum() for size in sizes]
    return np.array([0.0] * (len(DISPERSIONS) - len(sizes)) + terms) - factorials


def count_evidence(design: Array, counts: Array, constants: Array | None = None) -> float:
    """Log evidence of counts `[n]` given an orthogonal design `[n, p]`, whose span holds the constant.

    Args:
        design: Features of the parents.
        counts: Whole numbers, at least 0.
        constants: What :func:`constants_of` gives for the counts, if it is at hand.

    Example:
        >>> random = np.random.default_rng(0)
        >>> x = random.normal(size=400)
        >>> y = random.poisson(np.exp(1 + 0.5 * x)).astype(float)
        >>> one = np.ones((400, 1))
        >>> count_evidence(np.column_stack([one, x]), y) > count_evidence(one, y) + 50
        True
    """
    n, p = design.shape
    constants = constants_of(counts) if constants is None else constants
    start = design.T @ np.log(counts + 0.5) / np.maximum((design**2).sum(0), 1e-9)
    weights = _fitted(design, counts, start, 0.0)
    # The dispersion is chosen with the means of the Poisson regression, and these are fitted anew with it.
    likelihood, dispersion = _best(design @ weights, counts, constants)
    if dispersion > 0:
        weights = _fitted(design, counts, weights, dispersion)
        likelihood, _ = _best(design @ weights, counts, constants)
    return likelihood - 0.5 * (p + 1) * float(np.log(n))


def _best(log_means: Array, counts: Array, constants: Array) -> tuple[float, float]:
    """The largest log likelihood of all dispersions, and its dispersion."""
    values = [_kernel(log_means, counts, dispersion) for dispersion in DISPERSIONS] + constants
    best = int(np.argmax(values))
    return float(values[best]), DISPERSIONS[best]


def _kernel(log_means: Array, counts: Array, dispersion: float) -> float:
    """The part of the log likelihood of counts `[n]` that depends on their log means `[n]`."""
    eta = np.clip(log_means, -LARGEST, LARGEST)
    means = np.exp(eta)
    if dispersion == 0:
        return float(counts @ eta - means.sum())
    spread = np.log1p(dispersion * means)
    return float(counts @ (eta - spread) - spread.sum() / dispersion)


def _fitted(design: Array, counts: Array, weights: Array, dispersion: float) -> Array:
    """Coefficients `[p]` of the most likely regression, by Fisher scoring with halved steps."""
    value = _kernel(design @ weights, counts, dispersion)
    for _ in range(ROUNDS):
        mean = np.exp(np.clip(design @ weights, -LARGEST, LARGEST))
        worth = 1 / (1 + dispersion * mean)
        slope = design.T @ ((counts - mean) * worth)
        information = design.T @ (design * (mean * worth)[:, None])
        information.flat[:: len(information) + 1] += 1e-6 * len(counts)
        step = np.linalg.solve(information, slope)
        for _ in range(6):
            new = _kernel(design @ (weights + step), counts, dispersion)
            if new >= value:
                break
            step = step / 2
        else:
            return weights
        weights = weights + step
        if new - value < CLOSE * len(counts):
            return weights
        value = new
    return weights
