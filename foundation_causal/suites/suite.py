"""Frozen test suites: the same data sets for every table, made again from their seeds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from foundation_causal.errors import InputError, quoted, said
from foundation_causal.suites.cases import Case, Cell, SCMCase, TableCase, codes
from foundation_causal.suites.definitions import SUITES
from foundation_causal.types import Array

FROZEN = Path(__file__).with_name("frozen.json")
DIGITS = 6  # of a column's standard deviation that the checksum covers


@dataclass(frozen=True)
class Suite:
    """Data sets in labelled cells. Iterating draws them anew, one after another.

    Attributes:
        name: As in `suite_names`.
        cells: Labels of each cell, and what draws its cases.
    """

    name: str
    cells: tuple[Cell, ...]

    @property
    def purpose(self) -> str:
        """The purpose of the suite, in one line."""
        return SUITES[self.name].purpose

    def __iter__(self) -> Iterator[Case]:
        for _, cases in self.cells:
            yield from cases(self.name)

    def only(self, /, **labels: str | int | Sequence[str | int]) -> Suite:
        """The suite with its cells of these labels only.

        Args:
            labels: The value of a label, or several, which are alternatives.

        Raises:
            InputError: A label that the suite does not have, or no such cell.

        Example:
            >>> [labels["d"] for labels, _ in load_suite("cond-fip").only(mechanism="LIN", d=(10, 20)).cells]
            [10, 20, 10, 20]
        """
        keys = list(self.cells[0][0])
        unknown = sorted(set(labels) - set(keys))
        if unknown:
            raise InputError(f"The suite '{self.name}' has no label {quoted(unknown)}; use {quoted(keys)}.")
        cells = self.cells
        for key, wanted in labels.items():
            values = {str(v) for v in (wanted if isinstance(wanted, list | tuple) else [wanted])}
            options = {str(cell[key]): None for cell, _ in self.cells}
            odd = sorted(values - set(options))
            if odd:
                raise InputError(
                    f"The suite '{self.name}' has no {key} {quoted(odd)}; use {quoted(list(options))}."
                )
            cells = tuple(cell for cell in cells if str(cell[0][key]) in values)
        if not cells:
            raise InputError(f"No cell of the suite '{self.name}' has all of these labels; ask for fewer.")
        return Suite(self.name, cells)

    def first(self, number: int | None) -> Suite:
        """The suite with the first so many cases of each cell; all of them if None. The others are not drawn.

        Example:
            >>> [case.name for case in load_suite("csuite").only(configuration="lingauss").first(1)]
            ['csuite/lingauss-2-400/0']
        """

        def of(cases: Callable[[str], Iterator[Case]]) -> Callable[[str], Iterator[Case]]:
            return lambda suite: islice(cases(suite), number)

        return Suite(self.name, tuple((labels, of(cases)) for labels, cases in self.cells))

    def checksum(self) -> str:
        """SHA-256 of all data sets, in hexadecimal; values count to `DIGITS` digits of their column's spread.

        The digits beyond are left to the machine: processors differ in the last bits of a cosine.
        """
        digest = hashlib.sha256()
        for case in self:
            digest.update(fingerprint(case))
        return digest.hexdigest()

    def frozen(self) -> dict[str, str | int]:
        """The number of `cases` and their `sha256` as the package has them."""
        facts: dict[str, str | int] = json.loads(FROZEN.read_text(encoding="utf-8"))[self.name]
        return facts


def suite_names() -> list[str]:
    """The names that `load_suite` knows."""
    return list(SUITES)


def load_suite(name: str) -> Suite:
    """Make a frozen suite, whose data sets are drawn when they are iterated over.

    Args:
        name: One of :func:`suite_names`.

    Raises:
        InputError: An unknown name.

    Example:
        >>> case = next(iter(load_suite("csuite").only(configuration="nonlin_simpson")))
        >>> case.name, case.frame.shape, sorted(case.graph.successors("x0"))
        ('csuite/nonlin_simpson-4-400/0', (400, 4), ['x1', 'x2'])
    """
    if not isinstance(name, str) or name not in SUITES:
        raise InputError(f"There is no suite {said(name)}; use one of {', '.join(suite_names())}.")
    suite = SUITES[name]
    return Suite(name, tuple(suite.make(suite.seed)))


def fingerprint(case: Case) -> bytes:
    """Everything of a case that a table can hang on, as bytes."""
    if isinstance(case, SCMCase):
        return b"|".join(_scm_parts(case))
    if isinstance(case, TableCase):
        return b"|".join(_table_parts(case))
    raise TypeError(f"A case of the type {type(case).__name__} has no fingerprint.")


def _scm_parts(case: SCMCase) -> list[bytes]:
    parts = [case.name.encode(), np.packbits(case.scm.adjacency[0].cpu().numpy()).tobytes()]
    spread = case.context.std(0) if len(case.context) > 1 else np.ones(case.context.shape[1])
    parts += [_digits(rows, spread) for rows in (case.context, case.query, case.noise)]
    for intervened in case.interventions:
        do = np.array([intervened.do.get(name, 0.0) for name in case.scm.names])
        parts += [repr(sorted(intervened.do)).encode(), _digits(do[None], spread)]
        parts += [_digits(rows, spread) for rows in (intervened.rows, intervened.noise)]
    return parts


def _table_parts(case: TableCase) -> list[bytes]:
    parts = [case.name.encode(), np.packbits(case.truth.astype(bool)).tobytes()]
    parts += [f"{name} {_type_words(column)}".encode() for name, column in case.frame.items()]
    context, query = codes(case.frame).to_numpy(), codes(case.query).to_numpy()
    # Codes and counts are whole numbers, and count as they are.
    whole = np.array([dtype.kind != "f" for dtype in case.frame.dtypes])
    spread = np.where(whole, 1.0, context.std(0))
    parts += [_digits(rows, spread) for rows in (context, query)]
    for name, probabilities in case.probabilities.items():
        parts += [name.encode(), _digits(probabilities, np.ones(probabilities.shape[1]))]
    for name, means in case.means.items():
        parts += [name.encode(), _digits(means, context[:, list(case.frame).index(name)].std())]
    return parts


def _type_words(column: pd.Series) -> str:
    """The type of a column, of a category with its levels and whether they are ordered."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return f"{list(column.cat.categories)} {column.cat.ordered}"
    return str(column.dtype)


def _digits(rows: Array, spread: Array | float) -> bytes:
    return np.rint(rows / spread * 10**DIGITS).astype("<i8").tobytes()
