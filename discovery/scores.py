r"""Local scores: the log evidence for a set of parents of one variable, and their cache.

A DAG's score is the sum over its nodes of `log p(x_j | x_pa(j))`, each an approximate log marginal
likelihood in nats, so that families can be compared with each other on the same rows:

* `LinearScore("gaussian")`: BIC of a linear Gaussian regression (Schwarz, 1978);
* `LinearScore("laplace")`: the same with Laplace noise, fitted by least absolute deviations. Unlike the
  Gaussian score it tells the direction of an edge (Shimizu et al., 2006);
* `discovery.feature_score.FeatureScore`: Bayesian regression on random features, for nonlinear
  mechanisms.
"""

from collections.abc import Iterable
from typing import Literal, Protocol

import numpy as np

Parents = frozenset[int]


class Score(Protocol):
    """Log evidence in nats of each of several `(j, parents)`."""

    def __call__(self, requests: list[tuple[int, Parents]]) -> list[float]: ...


class Cached:
    """A score plus the log prior of every edge, each pair `(j, parents)` computed once.

    Args:
        score: The data's part.
        prior: Log prior odds of every edge `i -> j`, `[d, d]`.
    """

    def __init__(self, score: Score, prior: np.ndarray) -> None:
        self.score, self.prior = score, prior
        self.known: dict[tuple[int, Parents], float] = {}

    def __call__(self, j: int, parents: Parents) -> float:
        """Score of one local family."""
        return self.many([(j, parents)])[0]

    def many(self, requests: Iterable[tuple[int, Parents]]) -> list[float]:
        """Scores of several local families; the unknown ones are computed in one batch."""
        wanted = list(requests)
        missing = [r for r in dict.fromkeys(wanted) if r not in self.known]
        if missing:
            for (j, parents), value in zip(missing, self.score(missing), strict=True):
                self.known[j, parents] = value + float(self.prior[list(parents), j].sum())
        return [self.known[r] for r in wanted]

    def total(self, parents: list[Parents]) -> float:
        """Score of a DAG, given the parents of every node."""
        return float(sum(self.many(enumerate(parents))))


class LinearScore:
    r"""BIC of a linear regression, \(\ell(\hat\theta) - \tfrac12 k \log n\).

    Args:
        x: Standardized rows `[n, d]`.
        noise: The family of the residuals.
    """

    def __init__(self, x: np.ndarray, noise: Literal["gaussian", "laplace"]) -> None:
        self.x, self.noise = x, noise
        self.n = len(x)
        self.covariance = x.T @ x / self.n + 1e-9 * np.eye(x.shape[1])

    def __call__(self, requests: list[tuple[int, Parents]]) -> list[float]:
        return [self._one(j, sorted(parents)) for j, parents in requests]

    def _one(self, j: int, p: list[int]) -> float:
        weights = np.linalg.solve(self.covariance[np.ix_(p, p)], self.covariance[p, j])
        penalty = 0.5 * (len(p) + 1) * np.log(self.n)
        if self.noise == "gaussian":
            variance = self.covariance[j, j] - self.covariance[j, p] @ weights
            return float(gaussian_likelihood(variance, self.n) - penalty)
        residual = absolute_deviations(self.x[:, p], self.x[:, j], weights)
        return float(laplace_likelihood(np.abs(residual).mean(), self.n) - penalty)


def gaussian_likelihood(variance: float, n: int) -> float:
    """Maximum of the Gaussian log likelihood of `n` residuals with this variance."""
    return float(-0.5 * n * (np.log(2 * np.pi * max(variance, 1e-9)) + 1))


def laplace_likelihood(deviation: float, n: int) -> float:
    """Maximum of the Laplace log likelihood of `n` residuals with this mean absolute deviation."""
    return float(-n * (np.log(2 * max(deviation, 1e-5)) + 1))


def absolute_deviations(x: np.ndarray, y: np.ndarray, weights: np.ndarray, rounds: int = 4) -> np.ndarray:
    """Residuals `[n]` of least absolute deviations, by reweighted least squares from `weights`."""
    residual = y - x @ weights
    for _ in range(rounds if x.shape[1] else 0):
        size = np.abs(residual)
        weighted = x / np.maximum(size, 0.05 * size.mean() + 1e-9)[:, None]
        gram = weighted.T @ x
        # A share of the largest entry, which an exact fit makes huge: copies of a column stay solvable.
        gram.flat[:: len(gram) + 1] += 1e-9 * max(len(x), np.abs(gram).max())
        residual = y - x @ np.linalg.solve(gram, weighted.T @ y)
    return residual
