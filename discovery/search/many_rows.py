"""The nonlinear score on many rows: what is hopeless on few of them is given up there, the rest sees all.

Evidence for true edges grows with the rows, and so does what it costs. Most sets of parents that a search
asks for are far from the best, which a thousand rows show as well; the others climb on from the
hyperparameters found there, on all rows and with more landmarks, as few would leave too much unexplained.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from discovery.search.nonlinear_score import Fitted, ProcessScore, Request
from foundation_causal.types import Array

LANDMARKS = 96
STEPS = (3, 1)


class ManyRowsScore(ProcessScore):
    """Log evidence on all rows, for sets of parents that fewer rows do not rule out.

    The evidence of a set that they rule out is that of the set it started from, less what the few rows show,
    times how many there are for each of them.

    Args:
        few: The score on some of the rows.
        x: All rows, standardized as the few are, `[n, d]`.
        usable: Bool `[n, d]`: the rows that count for each variable's own regression; all of them if None.
    """

    def __init__(self, few: ProcessScore, x: Array, usable: NDArray[np.bool_] | None = None) -> None:
        device = str(few.x.device)
        super().__init__(x, landmarks=LANDMARKS, steps=STEPS, usable=usable, device=device)
        self.few, self.ratio = few, (self.rows / few.rows.clamp_min(1)).tolist()

    def __call__(self, requests: list[Request]) -> list[float]:
        """The log evidence of every `(j, parents)`."""
        self.few(requests)
        wanted = [request for request in dict.fromkeys(requests) if request not in self.fitted]
        lost = [request for request in wanted if self._is_lost(request)]
        super().__call__([request for request in wanted if request not in set(lost)])
        for request in lost:
            self._extrapolate(request)
        return [self.fitted[request].evidence for request in requests]

    def _is_lost(self, request: Request) -> bool:
        return self.few.fitted[request].given_up

    def _extrapolate(self, request: Request) -> None:
        """Keep what the few rows say of a set, as if all were like them."""
        fit = self.few.fitted[request]
        assert fit.start is not None
        below = fit.evidence - self.few.fitted[fit.start].evidence
        evidence = self([fit.start])[0] + self.ratio[request[0]] * below
        self.fitted[request] = fit._replace(evidence=evidence)

    def _known(self, request: Request, start: Request | None) -> Fitted:
        """Where to start: where the set before ended on all rows, and for new parents on the few."""
        j, parents = request
        found = self.few.fitted[request]
        bends = [bend * self.ratio[j] for bend in found.curvature]
        if start is None:
            return found._replace(curvature=bends)
        before = self.fitted[start]
        known = dict(zip(sorted(before.log_length), before.curvature, strict=False))
        found_bends = dict(zip(sorted(found.log_length), bends, strict=False))
        order = sorted(parents)
        return Fitted(
            math.nan,
            {i: before.log_length.get(i, found.log_length[i]) for i in order},
            before.log_ratio,
            [*(known.get(i, found_bends[i]) for i in order), before.curvature[-1]],
        )
