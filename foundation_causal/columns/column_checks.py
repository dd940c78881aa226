"""What is odd about single columns, and about columns that hold the same as others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc

from foundation_causal.columns import Finding
from foundation_causal.columns.export_checks import codes_of
from foundation_causal.columns.linear_dependence import Dependence, dependences
from foundation_causal.columns.schema import Column
from foundation_causal.errors import counted, quoted
from foundation_causal.observations import Observations
from foundation_causal.spoiled_values import FAR as SPOILED
from foundation_causal.types import Array

NEARLY_CONSTANT = 0.98  # share of the rows that hold one value
MUCH_MISSING = 0.2  # share of a column's values
MIN_TOGETHER = 5  # values that are missing in the same rows
FAR = 30.0  # median absolute deviations from the median
HIDING = 1e4  # of these, from which a value makes all others of its column look alike
FEW_FAR = 0.02  # share of the rows; more are no outliers but a tail
PILED = 0.05  # share of the rows at the smallest or the largest value
MIN_PILED = 10  # rows there
MIN_DIFFERENT = 20  # values of a column before a pile at its bound is odd
FEWEST_ROWS = 30
QUICK = 100  # rows that show of most columns that there is nothing odd about them
LEAST_EXPECTED = 5.0  # gaps, and values, in a group of rows
FALSE_ALARMS = 0.001  # of tables with gaps at random of which one is said to depend on a column


def about_counters(frame: pd.DataFrame) -> Iterator[Finding]:
    """Columns that go up or down by one from row to row."""
    counting = tuple(
        name for name, column in zip(frame.columns, frame.to_numpy().T, strict=True) if _counts(column)
    )
    if counting:
        yield Finding(
            "row counter",
            counting,
            f"{quoted(counting)} only counts the rows: leave it out unless that is a measurement.",
            float(len(frame)),
        )


def _counts(column: Array) -> bool:
    """Whether values `[n]` go up by one from each to the next, or down; most columns show at once."""
    for part in (column[:QUICK], column):
        steps = np.diff(part)
        if not ((steps == 1).all() or (steps == -1).all()):
            return False
    return True


def about_identifiers(frame: pd.DataFrame) -> Iterator[Finding]:
    """Columns that hold every whole number of a range once, in no order."""
    for name, values in zip(frame.columns, frame.to_numpy().T, strict=True):
        # Fractions, and so gaps, are no identifiers.
        if any((part != np.rint(part)).any() for part in (values[:QUICK], values)):
            continue
        column = np.sort(values)
        unordered = not (np.abs(np.diff(values)) == 1).all()
        if unordered and column[0] == np.rint(column[0]) and (np.diff(column) == 1).all():
            yield Finding(
                "identifier",
                (name,),
                f"'{name}' holds each whole number from {column[0]:.0f} to {column[-1]:.0f} once, as row "
                "numbers or ranks do: leave it out unless that is a measurement.",
                float(len(column)),
            )


def about_repeats(frame: pd.DataFrame) -> Iterator[Finding]:
    """Columns with the values of an earlier one."""
    seen: defaultdict[bytes, list[tuple[str, Array]]] = defaultdict(list)  # by their first values
    for name, values in zip(frame.columns, frame.to_numpy().T, strict=True):
        others = seen[(values[:QUICK] + 0.0).tobytes()]  # -0.0 becomes 0.0
        same = next((other for other, known in others if np.array_equal(known, values)), None)
        if same is None:
            others.append((name, values))
            continue
        both = (same, name)
        yield Finding(
            "repeated column", both, f"{quoted(both)} hold the same values: leave one of them out.", 1.0
        )


def about_dependences(table: Observations) -> Iterator[Finding]:
    """Exact linear dependences among columns, other than repeated columns."""
    for found in dependences(table):
        if found.coefficients == (1.0,) and found.constant == 0:
            continue
        yield _of_dependence(table, found)


def _of_dependence(table: Observations, found: Dependence) -> Finding:
    names = tuple(name for name in table.names if name in found.members)
    figure = float(len(names))
    if found.is_sum and found.constant == 1 and table.frame[list(names)].isin([0, 1]).to_numpy().all():
        sentence = (
            f"In every row one of {quoted(names)} is 1 and the others are 0: they are the levels of one "
            "variable, so give it as one column of labels."
        )
        return Finding("one-hot block", names, sentence, figure)
    if found.is_sum and len(names) > 2:
        sentence = (
            f"{' + '.join(names)} = {found.constant:g} in every row: what one part gains the others lose, so "
            "that edges between them tell of the sum and not of causes; give amounts in place of shares, or "
            "leave out the part that matters least."
        )
        return Finding("constant sum", names, sentence, figure)
    sentence = (
        f"{found.equation} in every row: rows cannot tell which follows from the others; leave one out."
    )
    return Finding("dependent columns", names, sentence, figure)


def about_values(table: Observations) -> Iterator[Finding]:
    """What is odd about the values of single columns."""
    for name, column in zip(table.names, table.values.T, strict=True):
        known = column[~np.isnan(column)]
        column_type = table.schema[name]
        if not column_type.has_labels and (codes := codes_of(known)):
            known = known[~np.isin(known, codes)]  # what `about_codes` tells of is neither far out nor a pile
        value, count = np.unique(known, return_counts=True)
        yield from _about_constancy(name, value, count)
        if column_type.is_discrete:
            # The last of a column of whole numbers may well stand in one row.
            if column_type.has_labels or not column_type.is_ordered:
                yield from _about_levels(table, name)
        elif column_type.kind == "continuous":
            yield from _about_outliers(name, known)
            yield from _about_bounds(name, value, count)


def _about_constancy(name: str, value: Array, count: NDArray[np.integer]) -> Iterator[Finding]:
    share = float(count.max() / count.sum())
    if share >= NEARLY_CONSTANT and len(value) > 1:
        yield Finding(
            "nearly constant",
            (name,),
            f"'{name}' is {value[count.argmax()]:g} in {share:.1%} of the rows: its edges rest on the "
            f"{counted(int(count.sum() - count.max()), 'other row')}; leave it out or give more of these.",
            share,
        )


def _about_levels(table: Observations, name: str) -> Iterator[Finding]:
    column = table.schema[name]
    codes = column.codes(table.frame[name].to_numpy())
    rows = np.bincount(codes[codes >= 0], minlength=len(column.labels))
    rare = [label for label, number in zip(column.labels, rows, strict=True) if number == 1]
    if rare:
        yield Finding(
            "rare level",
            (name,),
            f"Of {quoted(rare)} in '{name}' there is one row each: merge such levels, or leave the rows out.",
            float(len(rare)),
        )


def _about_outliers(name: str, known: Array) -> Iterator[Finding]:
    far = np.abs(known - np.median(known))
    spread = 1.4826 * float(np.median(far))
    beyond = far > FAR * spread
    number = int(beyond.sum())
    if spread > 0 and 0 < number <= max(1, FEW_FAR * len(known)):
        worst = float(known[far.argmax()])
        yield Finding(
            "outliers",
            (name,),
            f"'{name}' has {counted(number, 'value')} more than {FAR:g} standard deviations from the others, "
            f"such as {worst:g}: correct typing errors and codes for missing values, or take logarithms.",
            float(far.max() / spread),
        )


def _about_bounds(name: str, value: Array, count: NDArray[np.integer]) -> Iterator[Finding]:
    if len(value) < MIN_DIFFERENT:
        return
    for place, words in ((0, "smallest"), (-1, "largest")):
        others = np.delete(count, place)
        share = float(count[place] / count.sum())
        if count[place] >= MIN_PILED and share >= PILED and count[place] > 3 * others.max():
            yield Finding(
                "piling up",
                (name,),
                f"'{name}' is at its {words} value {value[place]:g} in {share:.1%} of the rows: values "
                "beyond it may have been cut off, which bends what its causes do; give those before the cut.",
                share,
            )


def about_hiding(table: Observations) -> Iterator[Finding]:
    """Outliers so far out that the others of their column look alike, but those that count as spoiled.

    >>> from foundation_causal.observations import observations
    >>> frame = pd.DataFrame({"a": np.arange(40) ** 1.5, "b": np.arange(40) ** 0.5})
    >>> frame.loc[3, "a"] = 1e30
    >>> [finding.columns for finding in about_hiding(observations(frame))]
    [('a',)]
    """
    for j, (name, values) in enumerate(zip(table.names, table.values.T, strict=True)):
        if table.schema[name].kind != "continuous" or table.spoiled[:, j].any():
            continue
        known = values[~np.isnan(values)]
        for finding in _about_outliers(name, known[~np.isin(known, codes_of(known))]):  # codes have a warning
            if finding.figure > HIDING:
                yield finding


def about_spoiled(table: Observations) -> Iterator[Finding]:
    """Values that look like errors of measurement, far out and followed by no other column."""
    found = table.spoiled
    if found.any():
        number, names = int(found.sum()), tuple(table.names[j] for j in np.flatnonzero(found.any(axis=0)))
        verb, them = ("is", "it") if number == 1 else ("are", "them")
        yield Finding(
            "spoiled values",
            names,
            f"{counted(number, 'value')} of {quoted(names)} {verb} more than {SPOILED:g} standard deviations "
            f"from the middle, and no other column follows {them}: correct or remove {them}.",
            float(number),
        )


def about_missing(frame: pd.DataFrame) -> Iterator[Finding]:
    """Columns with many missing values, and columns that are missing in the same rows."""
    missing = frame.isna().to_numpy()
    share = missing.mean(0)
    many = tuple(frame.columns[share > MUCH_MISSING])
    if many:
        yield Finding(
            "missing values",
            many,
            f"Up to {share.max():.0%} of the values are missing in {quoted(many)}: they are "
            "filled in from the rest of their rows, as if at random; leave out what is mostly missing.",
            float(share.max()),
        )
    together: defaultdict[bytes, list[str]] = defaultdict(list)
    for name, column in zip(frame.columns, missing.T, strict=True):
        if column.sum() >= MIN_TOGETHER:
            together[column.tobytes()].append(name)
    for names in together.values():
        if len(names) > 1:
            rows = int(frame[names[0]].isna().sum())
            yield Finding(
                "missing together",
                tuple(names),
                f"{quoted(names)} are missing in the same {counted(rows, 'row')}: if the reason has to do "
                "with their values, edges at them mislead.",
                rows / len(frame),
            )


def about_dependent_gaps(table: Observations) -> Iterator[Finding]:
    """Columns whose gaps depend on another column, by chi-square tests corrected for their number.

    Numbers are cut at their quartiles. Groups of rows count in which at least `LEAST_EXPECTED` gaps and as
    many values are expected (Cochran 1954).
    """
    missing = table.frame.isna().to_numpy()
    gappy = np.flatnonzero(missing.any(0) & ~missing.all(0))
    if not len(gappy):
        return
    chance = np.ones((len(gappy), len(table.names)))
    for k, column in enumerate(table.schema):
        groups = _groups(column, table.values[:, k])
        chance[:, k] = _gap_chances(missing[:, gappy], groups)
        if groups.shape[1] == 2:  # a column that says where the gaps are is no reason for them
            chance[(missing[:, gappy] == groups[:, [1]]).all(0), k] = 1.0
    chance[np.arange(len(gappy)), gappy] = 1.0
    tests = max(int((chance < 1).sum()), 1)
    for j, others in zip(gappy, chance * tests, strict=True):
        k = int(others.argmin())
        if others[k] < FALSE_ALARMS:
            name, other = table.names[j], table.names[k]
            yield Finding(
                "dependent gaps",
                (name, other),
                f"The gaps of '{name}' depend on '{other}' (p = {max(others[k], 1e-99):.1g}), so that rows "
                f"without gaps are not like the others: keep '{other}', have the gaps filled in and leave "
                "out no rows, which is right unless they depend on the missing values, too.",
                float(others[k]),
            )


def _groups(column: Column, values: Array) -> NDArray[np.bool_]:
    """The rows with each level, or in each quarter of the numbers, bool `[n, K]`."""
    if column.is_discrete:
        return np.asarray(column.codes(values)[:, None] == np.arange(len(column.numbers)))
    cuts = np.unique(np.nanquantile(values, [0.25, 0.5, 0.75]))
    place = np.where(np.isnan(values), -1, np.searchsorted(cuts, values))
    return np.asarray(place[:, None] == np.arange(len(cuts) + 1))


def _gap_chances(missing: NDArray[np.bool_], groups: NDArray[np.bool_]) -> Array:
    """The p-values of chi-square tests that each column of gaps `[n, m]` is alike in groups `[n, K]`; `[m]`.

    They are 1 where fewer than two groups count.
    """
    sizes = np.broadcast_to(groups.sum(0).astype(float), (missing.shape[1], groups.shape[1]))
    gaps = missing.T.astype(float) @ groups
    share = gaps.sum(1, keepdims=True) / np.maximum(sizes.sum(1, keepdims=True), 1)
    counts = (sizes * np.minimum(share, 1 - share)) >= LEAST_EXPECTED
    gaps, sizes = gaps * counts, sizes * counts
    share = gaps.sum(1, keepdims=True) / np.maximum(sizes.sum(1, keepdims=True), 1)
    variance = np.where(counts & (share > 0) & (share < 1), sizes * share * (1 - share), np.inf)
    statistic = (np.square(gaps - sizes * share) / variance).sum(1)
    degrees = counts.sum(1) - 1
    return np.where(degrees > 0, chdtrc(np.maximum(degrees, 1), statistic), 1.0)


def about_size(frame: pd.DataFrame) -> Iterator[Finding]:
    """Few rows, by themselves or for the columns."""
    n, d = frame.shape
    if n < max(FEWEST_ROWS, d):
        yield Finding(
            "few rows",
            tuple(frame.columns),
            f"{counted(n, 'row')} for {counted(d, 'column')} leave a graph uncertain: look at the "
            "probabilities, not only at the edges.",
            n / d,
        )
