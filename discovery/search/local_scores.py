r"""Local scores: the log evidence for a set of parents of one variable, and their cache.

A DAG's score is the sum over its nodes of `log p(x_j | x_pa(j))`, each an approximate log marginal
likelihood in nats, so that families can be compared with each other on the same rows:

* `LinearScore("gaussian")`: BIC of a linear Gaussian regression (Schwarz, 1978);
* `LinearScore("laplace")`: the same with Laplace noise, fitted by least absolute deviations. Unlike the
  Gaussian score it shows the direction of an edge (Shimizu et al., 2006);
* `discovery.search.shaped_score.ShapedScore`: the same with noise of its own shape at every node;
* `discovery.search.curved.nonlinear_score.ProcessScore`: Gaussian process regression, for curves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from foundation_causal.types import Array

Number = TypeVar("Number", float, Array)
Parents = frozenset[int]
MOST_ENTRIES = 1_000_000  # of the matrices that are solved together
NO_GAIN = -1e9  # of a variable that may not be a parent
SPARE = 12  # rows that parents have to leave over, or half of the rows where these are few
MIN_OWN_ROWS = 10  # with fewer rows of its own, the data say nothing of what drives a variable

Screen = Callable[[int, Parents], Array]  # what adding each variable to these parents may gain, [d]


class Score(Protocol):
    """Log evidence for sets of parents."""

    def __call__(self, requests: list[tuple[int, Parents]]) -> list[float]:
        """The log evidence in nats of every `(j, parents)`."""
        ...


class Points(Score, Protocol):
    """Log evidence of the values at which columns pile up."""

    def gains(self, j: int, parents: Parents) -> Array:
        """The gain that adding each variable may bring, `[d]`, on the high side."""
        ...


class Cached:
    """A score plus the log prior of every edge, each pair `(j, parents)` computed once.

    Args:
        score: The data's part.
        prior: Log prior odds of every edge `i -> j`, `[d, d]`.
        usable: Bool `[n, d]`, the rows of `score`; variables with fewer than `MIN_OWN_ROWS` have the prior
            alone.
        screen: A quick estimate of gains, on the high side: what it finds hopeless is not scored.
        power: Of the data's part; below 1 where values are missing (`discovery.search.refine.power_of`).
        points: The evidence of the values at which columns pile up, which `score` leaves out.
    """

    def __init__(
        self,
        score: Score,
        prior: Array,
        usable: NDArray[np.bool_] | None = None,
        screen: Screen | None = None,
        power: float = 1.0,
        points: Points | None = None,
    ) -> None:
        self.score, self.prior, self.screen, self.power = score, prior, screen, power
        self.points = points
        self.hopeful: dict[tuple[int, Parents], dict[int, None]] = {}  # what the screen leaves
        self.known: dict[tuple[int, Parents], float] = {}
        self.silent = set() if usable is None else set(np.flatnonzero(usable.sum(0) < MIN_OWN_ROWS).tolist())

    def tempered(self, power: float) -> Cached:
        """The same score under another power."""
        other = Cached(self.score, self.prior, None, self.screen, power, self.points)
        other.silent = self.silent
        return other

    def __call__(self, j: int, parents: Parents) -> float:
        """The score of the parents of `j`."""
        return self.many([(j, parents)])[0]

    def many(self, requests: Iterable[tuple[int, Parents]]) -> list[float]:
        """The scores of every `(j, parents)`; the unknown ones are computed in one batch."""
        wanted = list(requests)
        missing = list(dict.fromkeys(request for request in wanted if request not in self.known))
        if missing:
            scored = [(j, parents) for j, parents in missing if j not in self.silent]
            values = dict(zip(scored, self.score(scored), strict=True))
            for (j, parents), point in zip(missing, self.at_points(missing), strict=True):
                prior = float(self.prior[list(parents), j].sum())
                self.known[j, parents] = self.power * (values.get((j, parents), 0.0) + point) + prior
        return [self.known[r] for r in wanted]

    def at_points(self, requests: list[tuple[int, Parents]]) -> list[float]:
        """The part of every `(j, parents)` that is of values at which columns pile up."""
        return [0.0] * len(requests) if self.points is None else self.points(requests)

    def promising(self, j: int, parents: Parents, others: Parents) -> list[int]:
        """Which of the others may be worth adding to the parents of `j`, in order; these are none of them."""
        if self.screen is None or j in self.silent:
            return sorted(others - parents)
        return [i for i in self._hopeful(j, parents) if i in others]

    def may_gain(self, j: int, parents: Parents, other: int) -> bool:
        """Whether another variable may be worth adding to the parents of `j`."""
        if other in parents:
            return False
        return self.screen is None or j in self.silent or other in self._hopeful(j, parents)

    def _hopeful(self, j: int, parents: Parents) -> dict[int, None]:
        """What the screen leaves, in order."""
        found = self.hopeful.get((j, parents))
        if found is None:
            assert self.screen is not None
            gains = self.screen(j, parents)
            if self.points is not None:
                gains = gains + self.points.gains(j, parents)
            left = self.power * gains + self.prior[:, j] > 0
            left[[j, *parents]] = False
            found = self.hopeful[j, parents] = dict.fromkeys(np.flatnonzero(left).tolist())
        return found

    def total(self, parents: list[Parents]) -> float:
        """Score of a DAG, given the parents of every node."""
        return float(sum(self.many(enumerate(parents))))


class LinearScore:
    r"""BIC of a linear regression, \(\ell(\hat\theta) - \tfrac12 k \log n\).

    Rows in which an intervention set a variable say nothing of its mechanism. They stay out of its own local
    score, but not out of those of its children (Hauser and Buhlmann, 2012): `usable`.

    Args:
        x: Standardized rows `[n, d]`.
        noise: The family of the residuals.
        usable: Bool `[n, d]`: the rows that count for each variable's own regression; all of them if None.
        whole: Where `x` are only some rows, the covariance `[d, d]` of all of them, and their number; not
            with `usable`.
        shown: Bool `[n]`: the rows that show the shape of the noise; all of `x` if None.
        among: The columns that may come into the regression of each variable; all of them if None. Where
            variables have rows of their own, each needs the covariance of these alone.
        like: A score of the same rows, whose covariances and deviations serve this one, too.
    """

    def __init__(
        self,
        x: Array,
        noise: Literal["gaussian", "laplace"],
        usable: NDArray[np.bool_] | None = None,
        whole: tuple[Array, int] | None = None,
        shown: NDArray[np.bool_] | None = None,
        among: Sequence[Parents] | None = None,
        like: LinearScore | None = None,
    ) -> None:
        self.noise, self.d = noise, x.shape[1]
        self.every: OwnRows | None  # where all rows count
        self.own: dict[int, OwnRows]
        if like is not None:
            self.every, self.own = like.every, like.own
            return
        # Standardized columns are centred, but for what was filled in.
        every = OwnRows(x, None, np.zeros(x.shape[1]) if usable is None else x.mean(0), whole, shown)
        full = np.ones(x.shape[1], dtype=bool) if usable is None else usable.all(0)
        self.every = every if usable is None else None
        self.own = dict.fromkeys(np.flatnonzero(full).tolist(), every)
        if usable is not None:
            for j in np.flatnonzero(~full & usable.any(0)).tolist():
                rows = np.flatnonzero(usable[:, j])
                places = None if among is None else sorted({j, *among[j]})
                seen = x if places is None else x[:, places]
                self.own[j] = OwnRows(seen, rows, seen[rows].mean(0), None, shown, places)

    @property
    def by_covariance(self) -> bool:
        """Whether the covariance of all rows tells the evidence of every variable, which is cheap."""
        return self.noise == "gaussian" and self.every is not None

    def __call__(self, requests: list[tuple[int, Parents]]) -> list[float]:
        """The log evidence of every `(j, parents)`."""
        if not self.by_covariance or self.every is None or len(requests) < 3:
            return [self._evidence(j, sorted(parents)) for j, parents in requests]
        values = [0.0] * len(requests)
        sizes = [len(parents) for _, parents in requests]
        for size in set(sizes):
            places = [place for place, own in enumerate(sizes) if own == size]
            step = max(1, MOST_ENTRIES // max(size**2, 1))
            for k in range(0, len(places), step):
                some = places[k : k + step]
                of_size = self._of_one_size([requests[place] for place in some], self.every).tolist()
                for place, value in zip(some, of_size, strict=True):
                    values[place] = value
        return values

    def _of_one_size(self, requests: list[tuple[int, Parents]], own: OwnRows) -> Array:
        """The BIC of many `(j, parents)` with as many parents each, where all rows count, `[r]`."""
        targets = np.array([j for j, _ in requests])
        p = np.array([sorted(parents) for _, parents in requests], dtype=np.intp).reshape(len(requests), -1)
        shared = own.covariance[p, targets[:, None]]
        weights = np.linalg.solve(own.covariance[p[:, :, None], p[:, None]], shared[..., None])[..., 0]
        variance = own.covariance[targets, targets] - (shared * weights).sum(1)
        return gaussian_likelihood(variance, own.n) - 0.5 * (p.shape[1] + 1) * np.log(own.n)

    def gains(self, j: int, parents: Parents) -> Array:
        r"""The gain that adding each variable may bring, `[d]`, on the high side.

        Exact for Gaussian noise. For Laplace noise the larger of that and of a score test: with \(g\) the
        mean of `x_i` times the sign of the residuals and \(v\) the variance that the parents leave to `x_i`,
        the likelihood gains about \(n g^2 / 2 v\) if the residuals are Laplace, and up to twice that if not.

        Where parents leave over few rows, the best of many variables fits these by chance, and each one added
        makes the next fit better: no more are added.
        """
        own = self.own[j]
        if len(parents) >= own.n - max(own.n // 4, min(SPARE, own.n // 2)):
            return np.full(self.d, NO_GAIN)
        (at,), p = own.at([j]), own.at(sorted(parents))
        explained = own.solved(p, own.covariance[p])
        variance = np.maximum(own.covariance.diagonal() - (own.covariance[p] * explained).sum(0), 1e-12)
        shared = own.covariance[:, at] - own.covariance[:, p] @ explained[:, at]
        gains = -0.5 * own.n * np.log(np.maximum(1 - shared**2 / (variance * variance[at]), 1e-12))
        if self.noise == "laplace":
            residual = absolute_deviations(own.sample[:, p], own.sample[:, at], explained[:, at])
            slope = np.sign(residual) @ own.sample / len(residual)
            shape = len(residual) * slope**2 / variance
            gains = np.maximum(gains, shape + (0 if own.is_whole else gains))
        gains = gains - 0.5 * np.log(own.n) + 1.0
        if own.places is None:
            return gains
        whole = np.full(self.d, NO_GAIN)
        whole[own.places] = gains
        return whole

    def _evidence(self, j: int, parents: list[int]) -> float:
        own = self.own[j]
        (at,), p = own.at([j]), own.at(parents)
        weights = own.weights(at, p)
        penalty = 0.5 * (len(p) + 1) * np.log(own.n)
        variance = own.covariance[at, at] - own.covariance[at, p] @ weights
        gaussian = gaussian_likelihood(variance, own.n) - penalty
        if self.noise == "gaussian":
            return float(gaussian)
        laplace = laplace_likelihood(own.deviation(at, p, weights), len(own.sample))
        if own.is_whole:
            return float(laplace - penalty)
        x, y = own.sample[:, p], own.sample[:, at]
        # All rows say how much is explained; some of them, what the noise looks like.
        left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0] if p else y
        return float(gaussian + laplace - gaussian_likelihood(float(left @ left) / len(y), len(y)))


class OwnRows:
    """Some rows of a table, centred, and their covariance.

    Attributes:
        n: The number of rows that the covariance is of.
        covariance: `[d, d]`.
        sample: The rows that show the shape of noise, `[m, d]`.
        is_whole: Whether these are all.
        places: The columns of the table that these `d` are; None if they are all.
    """

    def __init__(
        self,
        x: Array,
        rows: NDArray[np.intp] | None,
        centre: Array,
        whole: tuple[Array, int] | None,
        shown: NDArray[np.bool_] | None,
        places: list[int] | None = None,
    ) -> None:
        self.places = places
        self._place = None if places is None else {j: place for place, j in enumerate(places)}
        chosen = x - centre if rows is None else x[rows] - centre
        covariance, self.n = whole or (chosen.T @ chosen / len(chosen), len(chosen))
        self.covariance = covariance + 1e-9 * np.eye(x.shape[1])
        self.sample = chosen
        if shown is not None:
            some = chosen[shown if rows is None else shown[rows]]
            self.sample = some if len(some) >= MIN_OWN_ROWS else chosen
        self.is_whole = self.n == len(self.sample)
        self._deviations: dict[tuple[int, ...], float] = {}

    def deviation(self, j: int, p: list[int], weights: NDArray[np.floating]) -> float:
        """The mean of the least absolute deviations of `j` from the columns `p`, as `absolute_deviations`."""
        known = self._deviations.get((j, *p))
        if known is None:
            left = absolute_deviations(self.sample[:, p], self.sample[:, j], weights)
            known = self._deviations[j, *p] = float(np.abs(left).mean())
        return known

    def weights(self, j: int, p: list[int]) -> NDArray[np.floating]:
        """Those of least squares, of the regression of `j` on the columns `p`, `[len(p)]`."""
        return self.solved(p, self.covariance[p, j])

    def solved(self, p: list[int], of: Array) -> Array:
        """The inverse of the covariance of the columns `p`, times `of` `[len(p), ...]`.

        Most sets have at most two columns, for which a solver's call takes longer than all else.
        """
        if not p:
            return of
        if len(p) == 1:
            return np.asarray(of / self.covariance[p[0], p[0]])
        if len(p) == 2:
            return self._solved_by_hand(p[0], p[1], of)
        return np.asarray(np.linalg.solve(self.covariance[p][:, p], of), dtype=np.float64)

    def _solved_by_hand(self, i: int, k: int, of: Array) -> Array:
        """The same for two columns, by elimination."""
        shared, variance = self.covariance[i, k], self.covariance[i, i]
        slope = shared / variance
        second = (of[1] - slope * of[0]) / (self.covariance[k, k] - slope * shared)
        return np.asarray([(of[0] - shared * second) / variance, second])

    def at(self, columns: list[int]) -> list[int]:
        """Where some columns of the table stand here."""
        return columns if self._place is None else [self._place[j] for j in columns]


def gaussian_likelihood(variance: Number, n: int) -> Number:
    """Maximum of the Gaussian log likelihood of `n` residuals with this variance, or with each of several."""
    return -0.5 * n * (np.log(2 * np.pi * np.maximum(variance, 1e-9)) + 1)


def laplace_likelihood(deviation: float, n: int) -> float:
    """Maximum of the Laplace log likelihood of `n` residuals with this mean absolute deviation."""
    return float(-n * (np.log(2 * max(deviation, 1e-5)) + 1))


def absolute_deviations(x: Array, y: Array, weights: NDArray[np.floating], rounds: int = 4) -> Array:
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
