"""The columns of a table: which type each has, by which rule, and what in the whole table needs a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

FindingKind: TypeAlias = Literal[
    "copied rows",
    "ordered rows",
    "sorted rows",
    "few rows",
    "row counter",
    "identifier",
    "repeated column",
    "dependent columns",
    "constant sum",
    "one-hot block",
    "constant",
    "nearly constant",
    "rare level",
    "missing values",
    "missing together",
    "dependent gaps",
    "outliers",
    "spoiled values",
    "piling up",
    "missing code",
    "row of totals",
    "repeated units",
    "alike labels",
]


@dataclass(frozen=True)
class Finding:
    """One thing that is to be known of a table.

    Attributes:
        kind: What it is, one of `FindingKind`.
        columns: Where it is; all columns for what is about the rows.
        sentence: What it is, where, and what to do, in one sentence.
        figure: The number behind it, such as the share of rows; the sentence says what it counts.
    """

    kind: FindingKind
    columns: tuple[str, ...]
    sentence: str
    figure: float

    def __str__(self) -> str:
        return self.sentence

    @property
    def begun(self) -> str:
        """The sentence without its full stop, to go on."""
        return self.sentence.removesuffix(".")
