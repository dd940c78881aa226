"""What a table still holds of the survey, the sheet or the database that it was exported from.

Codes that stand for missing values, a row of totals or means below the rows, columns that name units of which
several rows come, and labels that are written in more than one way. A table is read as it is all the same;
what is found is said.

**Codes.** Statistical packages and surveys write a missing value as a number that no measurement reaches:
nines, eights or sevens, with a minus or without, or -1. Such a number is taken for a code where it stands
apart: it is the only negative value, several times there; or as far from all others as these are from one
another; or, beside levels such as 1 to 5, at least three from them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from foundation_causal.columns import Finding, FindingKind
from foundation_causal.columns.schema import Column
from foundation_causal.columns.type_inference import leave_out
from foundation_causal.errors import (
    AlikeLabelsWarning,
    DataWarning,
    MissingCodeWarning,
    RepeatedUnitsWarning,
    RowCounterWarning,
    TotalsRowWarning,
    counted,
    quoted,
)
from foundation_causal.observations import Observations
from foundation_causal.types import Array

NINES = {float(digit * length) for digit in "987" for length in range(1, 10)}
CODES = NINES | {-code for code in NINES} | {-1.0}
MOST_CODES = 0.5  # share of a column's values; more are no gaps but what the column is about
MIN_REPEATS = 3  # times that a code is there which is apart by its sign alone
MIN_OF_LEVEL = 5  # times that a code is there which could be a level
FEW_LEVELS = 10  # different values of a column whose codes could be levels
NEXT = 3.0  # how far a code is from such levels, at least; a level with no row may lie between two
FEW_UNITS = 10  # different names; a column with no more is one of groups
ROWS_A_UNIT = 1.5  # on average, from which units are said to have several rows
SAME = 1e-9  # by how much a sum may differ from another sum of the same numbers, as a share of it
# fmt: off
TOTALS = frozenset((
    "total", "totals", "grand total", "subtotal", "sub total", "sum", "sums", "overall", "average", "mean",
    "summe", "gesamt", "insgesamt", "mittelwert", "durchschnitt",
    "somme", "moyenne", "totale", "media", "suma", "promedio",
))
# fmt: on
IS_NAME = re.compile(r"(?i)(?:.*[\W_])?(?:id|ids|uuid|guid)(?:[\W_]?(?:no|nr|number|num|code))?")
IS_CAMEL = re.compile(r".*[a-z0-9](?:ID|Id)")  # as in ParticipantID, and not in COVID
WARNINGS: Mapping[FindingKind, type[DataWarning]] = {
    "missing code": MissingCodeWarning,
    "row of totals": TotalsRowWarning,
    "identifier": RowCounterWarning,
    "repeated units": RepeatedUnitsWarning,
    "alike labels": AlikeLabelsWarning,
}
ALIKE: Mapping[str, str] = {"y": "yes", "n": "no", "t": "true", "f": "false"}
OTHER: Mapping[str, frozenset[str]] = {  # without which N and NO are north and north-west, or elements
    "n": frozenset({"y", "yes"}),
    "t": frozenset({"f", "false"}),
    "f": frozenset({"t", "true"}),
}
# Between letters, or letters and digits: 1.0 and 1-0 differ, and so do the marks A and A-.
BETWEEN = re.compile(r"(?<=[^\W\d_])[\s._-]+(?=\w)|(?<=\d)[\s._-]+(?=[^\W\d_])|\s+")


def is_name(column: str) -> bool:
    """Whether the name of a column says that it names the rows or their units.

    >>> [name for name in ("id", "patient_id", "ParticipantID", "ID no", "acid", "COVID") if is_name(name)]
    ['id', 'patient_id', 'ParticipantID', 'ID no']
    """
    return bool(IS_NAME.fullmatch(column.strip()) or IS_CAMEL.fullmatch(column.strip()))


def export_warnings(table: Observations) -> Iterator[DataWarning]:
    """What this module finds, as warnings."""
    for finding in about_exports(table):
        yield WARNINGS[finding.kind](finding.sentence)


def about_exports(table: Observations) -> Iterator[Finding]:
    """All that this module looks for."""
    yield from about_codes(table)
    yield from about_totals(table)
    yield from about_units(table)
    yield from about_spelling(table)


def about_codes(table: Observations) -> Iterator[Finding]:
    """Numbers that stand for missing values; columns with the same ones share a finding."""
    groups = defaultdict[tuple[float, ...], list[int]](list)
    for j, column in enumerate(table.schema):
        if not column.has_labels and not column.unit:
            groups[codes_of(table.values[:, j])].append(j)
    groups.pop((), None)
    for codes, places in groups.items():
        yield _of_codes([table.names[j] for j in places], table.values[:, places], codes)


def _of_codes(names: list[str], values: Array, codes: tuple[float, ...]) -> Finding:
    """The finding about columns `[n, k]` that hold the same codes."""
    coded = np.isin(values, codes)
    rows, others = coded.sum(0), values[~coded & ~np.isnan(values)]
    least, most = int(rows.min()), int(rows.max())
    count = counted(most, "row") if least == most else f"{least:,} to {most:,} rows"
    written = ", ".join(f"{code:.0f}" for code in codes)
    one = f"data['{names[0]}']"
    return Finding(
        "missing code",
        tuple(names),
        f"{quoted(names)} {'is' if len(names) == 1 else 'are'} {written} in {count}, apart from all others "
        f"({others.min():g} to {others.max():g}), as codes for missing values are, and these are taken for "
        f"measurements: empty such cells ({one}.mask({one}.isin([{written}]))).",
        float(coded.sum() / max((~np.isnan(values)).sum(), 1)),
    )


def codes_of(values: Array) -> tuple[float, ...]:
    """The codes for missing values among the values `[n]` of a column of numbers, the outermost first.

    >>> codes_of(np.array([1.0, 2.0, 3.0, 4.0, 5.0] * 9 + [9.0] * 6)), codes_of(np.arange(100.0))
    ((9.0,), ())
    """
    low, high = float(np.fmin.reduce(values)), float(np.fmax.reduce(values))
    if low not in CODES and high not in CODES:
        return ()  # as in nearly every column, which need not be sorted
    value, count = np.unique(values[~np.isnan(values)], return_counts=True)
    first, last, found = 0, len(value), list[float]()
    while last - first > 2:
        if _is_code(value[first:last], count[first:last]):
            last -= 1
            found.append(float(value[last]))
        elif _is_code(-value[first:last][::-1], count[first:last][::-1], turned=True):
            found.append(float(value[first]))
            first += 1
        else:
            break
    share = 1 - count[first:last].sum() / count.sum()
    return tuple(found) if share <= MOST_CODES else ()


def _is_code(value: Array, count: NDArray[np.integer], *, turned: bool = False) -> bool:
    """Whether the last of the sorted, different values stands for missing ones.

    Args:
        value: At least three.
        count: How often each of them is there.
        turned: Whether the signs are turned round, so that the smallest value of the column is the last.
    """
    code, others, times = float(value[-1]), value[:-1], int(count[-1])
    if (-code if turned else code) not in CODES:
        return False
    gap, spread = code - others[-1], others[-1] - others[0]
    # A single number may be a measurement, unless it is of several nines.
    sure = times > 1 or (code in NINES and str(code)[0] == "9" and code >= (99 if turned else 999))
    if code > 9 and gap >= spread and sure:
        return True
    if len(others) < FEW_LEVELS:
        apart = np.flatnonzero(np.diff(others) != 1)
        run = int(apart[0]) + 1 if len(apart) else len(others)  # levels one after another
        rest = -others[run:] if turned else others[run:]  # such as 8 beside 9
        codes = all(float(level) in CODES for level in rest)
        return run > 1 and codes and code - others[run - 1] >= NEXT and times >= MIN_OF_LEVEL
    # The last degree of frost in a mild winter is rarer than the one above it.
    only_negative = turned and bool(others[-1] <= 0) and (gap > 1 or times > count[-2])
    return only_negative and (times >= MIN_REPEATS or (sure and code > 9))


def about_totals(table: Observations) -> Iterator[Finding]:
    """A last row that holds the sums of the rows above it, or their means, or is called a total.

    >>> import pandas as pd
    >>> from foundation_causal.observations import observations
    >>> sold = pd.DataFrame(np.random.default_rng(0).integers(5, 90, (30, 2)), columns=["tea", "rice"])
    >>> (found,) = about_totals(observations(pd.concat([sold, sold.sum().to_frame().T])))
    >>> found.sentence
    "The last row holds the sums of 'tea', 'rice' over the rows above it: leave it out."
    """
    called = _called_total(table)
    for word, names in _summed_up(table):
        if len(names) >= (1 if called else 2):
            yield Finding(
                "row of totals",
                names,
                f"The last row holds the {word} of {quoted(names)} over the rows above it: leave it out.",
                float(len(names)),
            )
            return
    if called:
        column, label = called
        yield Finding(
            "row of totals",
            (column,),
            f"The last row, and no other, is called '{label}' in '{column}': leave it out if it sums up the "
            "others.",
            1.0,
        )


def _called_total(table: Observations) -> tuple[str, str] | None:
    """A column, and its label in the last row alone, where that is a word for totals or means."""
    for column, values in zip(table.schema, table.values.T, strict=True):
        if column.has_labels and not np.isnan(values[-1]) and (values == values[-1]).sum() == 1:
            label = str(column.label(float(values[-1])))
            if label.strip(" :").casefold() in TOTALS:
                return column.name, label
    return None


def _summed_up(table: Observations) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The columns of which the last row holds the sum, and those of which it holds the mean.

    Neither is believed where it holds that of less than half of the columns of numbers.
    """
    of_numbers = [column.kind in ("continuous", "count") and not column.unit for column in table.schema]
    places = np.flatnonzero(np.array(of_numbers) & ~np.isnan(table.values[-1]))
    above, last = table.values[:-1, places], table.values[-1, places]
    known = np.nan_to_num(above)
    sums, counts = known.sum(0), np.maximum((~np.isnan(above)).sum(0), 1)
    beyond = np.abs(last) > np.abs(known).max(0, initial=0.0)
    # A mean that is a possible value of its column may be one.
    own = ~(above == last).any(0) & ((known != np.rint(known)).any(0) | (last != np.rint(last)))
    for word, expected, odd in (("sums", sums, beyond), ("means", sums / counts, own)):
        hits = odd & (np.abs(last - expected) <= SAME * np.abs(expected))
        if 2 * hits.sum() >= len(places):
            yield word, tuple(table.names[j] for j in places[hits])


def about_units(table: Observations) -> Iterator[Finding]:
    """Columns that by their names name units, of which the table has several rows each, or one."""
    for column, values in zip(table.schema, table.values.T, strict=True):
        if not is_name(column.name) or column.kind == "binary" or column.unit:
            continue
        known = values[~np.isnan(values)]
        if not (known == np.rint(known)).all():
            continue
        units = len(np.unique(known))
        if units == len(known):
            if not _is_range(known):  # which `about_identifiers` says
                yield Finding(
                    "identifier",
                    (column.name,),
                    f"'{column.name}' has another number in every row, and by its name only names them: "
                    f"{leave_out(column.name)}.",
                    float(units),
                )
        else:
            yield from about_repeated_units(column.name, units, len(known))


def about_repeated_units(name: str, units: int, rows: int) -> Iterator[Finding]:
    """What is to be said of a column that has so many different values in so many rows, if it names units."""
    if is_name(name) and units > FEW_UNITS and rows >= ROWS_A_UNIT * units:
        yield Finding(
            "repeated units",
            (name,),
            f"'{name}' by its name names {units:,} units, in {rows:,} rows: those of one unit are not "
            "independent, so that probabilities and intervals are too sure; keep one row of each, such as "
            f"its mean, and {leave_out(name)}.",
            rows / units,
        )


def _is_range(known: Array) -> bool:
    """Whether different whole numbers are all of a range."""
    return bool(known.max() - known.min() == len(known) - 1)


def about_spelling(table: Observations) -> Iterator[Finding]:
    """Labels that differ in nothing but capitals, blanks and full stops, or in being spelled out."""
    for column in table.schema:
        for group in _alike(column):
            yield Finding(
                "alike labels",
                (column.name,),
                f"{quoted(group)} in '{column.name}' look like one label written in {len(group)} ways, and "
                "count as different ones: write it in one.",
                float(len(group)),
            )


def _alike(column: Column) -> list[list[str]]:
    """Groups of labels that look like one."""
    labels = [label for label in column.labels if isinstance(label, str)]
    folded = {label: BETWEEN.sub(" ", label).strip(" .").casefold() for label in labels}
    words = set(folded.values())
    if len(words) == 1 and len(labels) > 2:  # as the genotypes AA, Aa and aa
        return []
    full = {word: ALIKE[word] for word in words & set(ALIKE) if words & OTHER.get(word, words)}
    groups = defaultdict[str, list[str]](list)
    for label, word in folded.items():
        spelled = full.get(word, word)
        groups[spelled if spelled in words else word].append(label)
    return [group for word, group in groups.items() if len(group) > 1 and word]
