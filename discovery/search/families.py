"""The families of scores of a numeric table, and the one under which a DAG has the most evidence.

Nearly all that this costs are Gaussian processes, which are fitted in steps. So they are looked at once
before the first step: where linear evidence leads by more than steps have ever made up for, linear it is.
`benchmarks/speed/family_choice.py` counts how often that is not what the last step would have said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from discovery.search.curved.nonlinear_score import ROWS_OF_LOSS, ProcessScore, Request
from discovery.search.local_scores import Cached, LinearScore, Parents
from discovery.search.shaped_score import ShapedScore
from discovery.search.typed.point_masses import split_at_piles
from foundation_causal.types import Array

# Nats by which noise of any shape must win: of Gaussian noise it would read directions that nobody can tell.
SHAPED_MARGIN = 3.0
# Nats, for each variable with parents, by which linear evidence must lead at the first look, for 400 rows.
LEAD = 12.0
# Times as much, by which Gaussian processes must lead to be taken without asking where a linear search ends.
CLEAR = 2.0


class Families:
    """The families of scores of some rows.

    Args:
        x: Standardized rows `[n, d]`, all columns numeric.
        prior: Log prior odds of every edge, `[d, d]`.
        usable: Bool `[n, d]`: the rows that count for each variable's own regression; all of them if None.
        power: Of the data's part.
        among: The columns that may be parents of each variable; all of them if None.

    Attributes:
        linear: The linear families by name.
        nonlinear: Gaussian processes.
    """

    def __init__(
        self,
        x: Array,
        prior: Array,
        usable: NDArray[np.bool_] | None = None,
        power: float = 1.0,
        among: Sequence[Parents] | None = None,
    ) -> None:
        points, usable = split_at_piles(x, usable)
        gaussian = LinearScore(x, "gaussian", usable, among=among)
        parts = {
            "linear gaussian": gaussian,
            "linear laplace": LinearScore(x, "laplace", usable, like=gaussian),
            "linear non-gaussian": ShapedScore(x, usable, like=gaussian),
        }
        self.linear = {
            name: Cached(part, prior, usable, part.gains, power, points) for name, part in parts.items()
        }
        self.process = ProcessScore(x, usable=usable)
        self.nonlinear = Cached(self.process, prior, usable, None, power, points)

    def tempered(self, power: float) -> Families:
        """The same with another power; what has been fitted stays fitted."""
        if power == self.nonlinear.power:
            return self
        other = object.__new__(Families)
        other.process = self.process
        other.linear = {name: score.tempered(power) for name, score in self.linear.items()}
        other.nonlinear = self.nonlinear.tempered(power)
        return other

    def adopt(self, other: Families) -> None:
        """Take over what is known of the same rows, some columns of which are others there."""
        shared = self.process.shared_with(other.process)
        for name, score in self.linear.items():
            known = other.linear[name].known.items()
            score.known |= {request: value for request, value in known if shared(request)}
        self.process.adopt(other.process)

    def best(self, parents: list[Parents]) -> tuple[str, Cached]:
        """The family under which a DAG has the most evidence, prior included, and its score."""
        name, evidence = self._best_linear(parents)
        if self.is_open(parents) and self.nonlinear.total(parents) > evidence:
            return "nonlinear", self.nonlinear
        return name, self.linear[name]

    def best_after(
        self, parents: list[Parents], search: Callable[[Cached], list[Parents]]
    ) -> tuple[str, Cached]:
        """The same for a DAG that may have wrong edges, which curves explain better than lines do.

        Where Gaussian processes do not lead clearly, they must also have more evidence than a linear score
        where that one's search ends.

        Args:
            parents: The DAG.
            search: Takes a linear score to the best DAG that it finds.
        """
        name, evidence = self._best_linear(parents)
        best = self.best(parents)
        if best[0] != "nonlinear":
            return best
        curved = self.nonlinear.total(parents)
        if curved - evidence > CLEAR * self._lead(parents):
            return best
        line = self.linear[name]
        found = search(line)
        if line.total(found) - _margin(name) > max(curved, self.nonlinear.total(found)):
            return name, line
        return best

    def _lead(self, parents: list[Parents]) -> float:
        """Nats by which a family leads clearly."""
        return LEAD * max(1.0, self.process.n / ROWS_OF_LOSS) * max(1, sum(map(bool, parents)))

    def is_open(self, parents: list[Parents]) -> bool:
        """Whether Gaussian processes have to be fitted to tell if they have the most evidence.

        Where a single variable is described better even at the first look, steps may make much of it.
        """
        name, evidence = self._best_linear(parents)
        caused = [(j, pa) for j, pa in enumerate(parents) if pa]
        if any(
            look > line
            for look, line in zip(self._looks(caused), self.linear[name].many(caused), strict=True)
        ):
            return True
        return evidence - sum(self._looks(list(enumerate(parents)))) < self._lead(parents)

    def evidence(self, parents: list[Parents]) -> float:
        """The evidence of a DAG in nats, prior included, under the family that has the most."""
        name, score = self.best(parents)
        return score.total(parents) - _margin(name)

    def evidence_at_first_look(self, parents: list[Parents]) -> float:
        """The same before Gaussian processes are fitted; not more than that."""
        return max(self._best_linear(parents)[1], sum(self._looks(list(enumerate(parents)))))

    def _best_linear(self, parents: list[Parents]) -> tuple[str, float]:
        totals = {name: score.total(parents) - _margin(name) for name, score in self.linear.items()}
        best = max(totals, key=lambda name: totals[name])
        return best, totals[best]

    def _looks(self, requests: list[Request]) -> list[float]:
        """What Gaussian processes score where they would start, prior included."""
        shown = [request for request in requests if request[0] not in self.nonlinear.silent]
        looks = dict(zip(shown, self.process.first_look(shown), strict=True))
        score = self.nonlinear
        prior = [float(score.prior[list(pa), j].sum()) for j, pa in requests]
        return [
            score.power * (looks.get(r, 0.0) + point) + p
            for r, point, p in zip(requests, score.at_points(requests), prior, strict=True)
        ]


def _margin(name: str) -> float:
    return SHAPED_MARGIN if name == "linear non-gaussian" else 0.0
