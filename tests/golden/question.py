"""A question to the package, and how far its answer may lie from the recorded one."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.golden.summaries import Answer, plain

CLOSED = 1e-6  # of what has a closed form
NETWORK = (
    2e-4  # of what a network has a part in, and of draws from a posterior: processors differed by 1.4e-4
)


@dataclass(frozen=True)
class Question:
    """How to find an answer, and its tolerance."""

    ask: Callable[[], Any]
    tolerance: float

    def answer(self) -> Answer:
        """The answer in the types of JSON; what it warns of does not count."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return plain(self.ask())
