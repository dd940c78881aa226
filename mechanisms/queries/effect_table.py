r"""The answer about an effect: a table that knows how it was found, and how hidden confounders would move it.

A hidden confounder that explains the share a of what the covariates leave of the treatment, and b of what
they and the treatment leave of the outcome, moves a difference by at most

.. math:: S \sqrt{b \, \frac{a}{1 - a}}

(Cinelli and Hazlett 2020, "Making sense of sensitivity: extending omitted variable bias", where S
is the estimate's standard error times the root of its degrees of freedom; Chernozhukov et al. 2022, "Long
story short", for estimates by machine learning).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, stdtr

from foundation_causal.columns.schema import Column, in_days
from foundation_causal.errors import InputError
from foundation_causal.table_files import WritableTable
from foundation_causal.types import Array
from mechanisms.adjusted.mean_outcomes import t_quantiles

HOURS = 24  # of a day
MAX_SHARE = 0.99  # that a hidden confounder explains, however strong the covariate it is compared with
PER_DEVIATION = 0.91  # log risk ratio for a difference of a standard deviation (VanderWeele and Ding 2017)


@dataclass(frozen=True)
class Confounding:
    """What a hidden confounder is measured by.

    Attributes:
        scale: S for each difference, shape `[k - 1]`.
        ratio_margin: From the logarithm of each ratio of means to the end of its interval, shape `[k - 1]`;
            NaN where a mean is too near 0 for ratios.
        spread: Standard deviation of the outcome.
        binary: Whether the outcome is 0 or 1, so that its means are risks.
        benchmarks: A row for each covariate, see :func:`benchmarks`.
    """

    scale: Array
    ratio_margin: Array
    spread: float
    binary: bool
    benchmarks: pd.DataFrame


class EffectTable(WritableTable):
    """A row for each value of the treatment, then one for each difference from the first value.

    The columns are value, baseline (the value that is compared with; NaN where none is), mean, lower and
    upper. Of an outcome that is a date the last three hold dates under the values and spans of time as
    differences, of one that is a span of time both are; NaT stands for what leaves the years 1677 to 2262.
    Parquet and Feather get text where a column holds both.

    Attributes:
        treatment, outcome: The variable that is set, and the one that is looked at; None if it is not known.
        method: How the means and intervals were found: "augmented balancing weights", "stacked regressions"
            without weights, "plug-in", which averages draws of the model as it is, "posterior draws of the
            estimand" where the graph has hidden causes, or "no path".
        reason: Why there is no effect, in a sentence, where no path leads from the treatment to the outcome;
            of a mediation, what it rests on.
        adjusted_for: The variables that were adjusted for; None unless the means were corrected.
        plug_in: The means without correction, in the order of the rows; None likewise.
        overlap: For a treatment of few values, a row for each: rows that have it, the least propensity, and
            how many rows it is worth after weighting; None otherwise.
        confounding: What :meth:`sensitivity` needs; None unless the means were corrected.
        event: The label of the outcome whose probability the means are, where it has two; None otherwise.
        monte_carlo_error: By how much the column mean hangs on the seed, as a standard error, in the order of
            the rows, in days where the outcome is a date or a span of time; None where it is not found by
            draws. More draws make it smaller and leave intervals.
        through: The mediators of a mediation; None otherwise.
        estimand: Where the graph has hidden causes, what the effect is in terms of the rows; None otherwise.
    """

    _metadata = [  # noqa: RUF012 -- as pandas wants it
        "treatment",
        "outcome",
        "method",
        "reason",
        "adjusted_for",
        "plug_in",
        "overlap",
        "confounding",
        "event",
        "monte_carlo_error",
        "through",
        "estimand",
    ]

    treatment: str | None = None
    outcome: str | None = None
    method: str = "plug-in"
    reason: str | None = None
    adjusted_for: tuple[str, ...] | None = None
    plug_in: Array | None = None
    overlap: pd.DataFrame | None = None
    confounding: Confounding | None = None
    event: Any = None
    monte_carlo_error: Array | None = None
    through: tuple[str, ...] | None = None
    estimand: str | None = None

    @property
    def _constructor(self) -> Callable[..., EffectTable]:
        return EffectTable

    def _repr_html_(self) -> str:
        from foundation_causal.plots.html_views import table_view

        if self.treatment is None:  # such as a part of the table
            return table_view(pd.DataFrame(self))
        how = f"Effect of {self.treatment} on {self.outcome}: {self.reason or self.method}"
        if self.adjusted_for is not None:
            how += f", adjusted for {', '.join(self.adjusted_for) or 'nothing'}"
        return table_view(pd.DataFrame(self), how)

    def labelled(self, treatment: Column, outcome: Column) -> None:
        """Call values and means as the user does, where they have labels or are dates."""
        if outcome.unit:
            # Seconds tell enough of intervals of hours, and can be read.
            shown = "s" if (self["upper"] - self["lower"]).max() * HOURS >= 1 else "ns"
            for name in ("mean", "lower", "upper"):
                days = self._dated(self[name].to_numpy(dtype=float), outcome, shown)
                self[name] = pd.Series(days, index=self.index, dtype=object)
            if self.plug_in is not None:
                self.plug_in = np.array([*self._dated(self.plug_in, outcome, shown), None], dtype=object)[:-1]
        self._name_values(treatment)

    def _dated(self, days: Array, outcome: Column, shown: str) -> list[Any]:
        """Of each row a date, or a span of time, rounded to a unit of time; NaT where there is none."""

        def dated(number: float, is_difference: bool) -> Any:
            try:
                return (pd.Timedelta(days=number) if is_difference else outcome.label(number)).round(shown)
            except (ValueError, OverflowError):  # dates end in 1677 and 2262, and spans after 292 years
                return pd.NaT

        return [
            dated(float(number), not pd.isna(baseline))
            for number, baseline in zip(days, self["baseline"], strict=True)
        ]

    def _numbers(self) -> pd.DataFrame:
        """The rows with means and intervals in days, where they are dates or spans of time."""
        columns = {name: [in_days(value) for value in self[name]] for name in ("mean", "lower", "upper")}
        return pd.DataFrame(self).assign(**columns)

    def _name_values(self, column: Column) -> None:
        if not (column.has_labels or column.unit):
            return
        tables: list[tuple[pd.DataFrame, str]] = [(self, "value"), (self, "baseline")]
        if self.overlap is not None:
            self.overlap = WritableTable(self.overlap.copy())
            tables.append((self.overlap, "value"))
        for table, name in tables:
            numbers = table[name].to_numpy(dtype=float)
            table[name] = [np.nan if np.isnan(number) else column.label(float(number)) for number in numbers]

    def ratios(self) -> pd.DataFrame:
        """Ratios of the means to that under the first value: of a 0/1 outcome, risk ratios.

        The intervals are those of Student's t on the scale of logarithms, with the standard error that the
        influence functions of the means give (the delta method).

        Returns:
            A row for each value but the first, with the columns value, baseline, ratio, lower and upper; NaN
            where one of the means is not above 0, or so near it that its standard error is more than twice
            as large.

        Raises:
            InputError: Means that were not corrected, or are dates, or rows that are missing.
        """
        if self.confounding is None:
            raise InputError(
                f'The effect was found by "{self.method}", which gives no ratios; ask for the effect by '
                'method="orthogonal", of one level at a time.'
            )
        if isinstance(self["mean"].iloc[0], pd.Timestamp):
            raise InputError(
                f"'{self.outcome}' is a date, and dates have no ratios; look at the differences."
            )
        numbers = self._numbers()
        differences = numbers[self["baseline"].notna()].reset_index(drop=True)
        means = numbers.loc[self["baseline"].isna(), "mean"].to_numpy()
        if len(differences) != len(self.confounding.ratio_margin):
            raise InputError("Rows of this table are missing; ask the table that `effect` returned.")
        positive = (means[0] > 0) & (means[1:] > 0) & np.isfinite(self.confounding.ratio_margin)
        ratio = np.where(positive, means[1:] / np.where(means[0] == 0, np.nan, means[0]), np.nan)
        margin = np.exp(self.confounding.ratio_margin)
        found = {"ratio": ratio, "lower": ratio / margin, "upper": ratio * margin}
        return WritableTable(differences[["value", "baseline"]].join(pd.DataFrame(found)))

    def sensitivity(self, share: float = 1.0) -> pd.DataFrame:
        """How strong a hidden confounder would have to be to explain the differences.

        Args:
            share: How much of each difference it is to explain, above 0 and at most 1.

        Returns:
            A row for each difference, with the columns value, baseline, mean (in days where the outcome is
            a date or a span of time, as benchmark_mean is), and

            - partial_r2: the share that the treatment explains of what the covariates leave of the outcome;
            - robustness, robustness_interval: the robustness value. A confounder explains the difference, or
              moves the interval to zero, if it explains this share of what is left both of the treatment and
              of the outcome;
            - e_value, e_value_interval: likewise as risk ratios of the confounder with both (VanderWeele and
              Ding 2017); 1 says that none is needed, NaN that a risk is too near 0 for ratios. For an outcome
              that is not 0 or 1 the risk ratio is approximated from the difference in standard deviations;
            - benchmark, benchmark_treatment, benchmark_outcome, benchmark_mean: the covariate without which
              the difference would move most, the shares that a hidden confounder as strong as it explains,
              and the mean after it had moved the difference towards zero or beyond.

        Raises:
            InputError: Means that were not corrected, rows that are missing, or a share out of bounds.
        """
        if self.confounding is None:
            raise InputError(
                f'The effect was found by "{self.method}", whose sensitivity to hidden confounders is '
                'not known; ask for the effect by method="orthogonal".'
            )
        if not 0 < share <= 1:
            raise InputError(f"The share to be explained is {share!r}; give a number above 0, at most 1.")
        numbers = self._numbers()
        differences = numbers[self["baseline"].notna()].reset_index(drop=True)
        if len(differences) != len(self.confounding.scale):
            raise InputError("Rows of this table are missing; ask the table that `effect` returned.")
        risks = numbers.loc[self["baseline"].isna(), "mean"].to_numpy()
        rows = [self._sensitivity(differences.iloc[j], j, risks, share) for j in range(len(differences))]
        return WritableTable(differences[["value", "baseline", "mean"]].join(pd.DataFrame(rows)))

    def _sensitivity(self, difference: pd.Series, j: int, risks: Array, share: float) -> dict[str, object]:
        """The columns of the j-th difference, where the means are risks if the outcome is 0 or 1."""
        assert self.confounding is not None
        known, mean = self.confounding, abs(difference["mean"])
        scale = max(float(known.scale[j]), 1e-300)
        nearest = "lower" if difference["mean"] >= 0 else "upper"
        margin = abs(difference["mean"] - difference[nearest])
        if known.binary:
            positive = min(risks[0], risks[j + 1]) > 0 and bool(np.isfinite(known.ratio_margin[j]))
            log_ratio = abs(np.log(risks[j + 1] / risks[0])) if positive else np.nan
            log_margin = float(known.ratio_margin[j])
        else:
            log_ratio, log_margin = PER_DEVIATION * np.array([mean, margin]) / max(known.spread, 1e-300)
        strength = mean / scale
        return {
            "partial_r2": strength**2 / (1 + strength**2),
            "robustness": robustness_value(share * strength),
            "robustness_interval": robustness_value(share * strength - margin / scale),
            "e_value": e_value(share * log_ratio),
            "e_value_interval": e_value(share * log_ratio - log_margin),
            **self._benchmark(float(difference["mean"]), scale),
        }

    def _benchmark(self, mean: float, scale: float) -> dict[str, object]:
        """The strongest covariate as a yardstick; nothing where there is no covariate."""
        assert self.confounding is not None
        table = self.confounding.benchmarks
        if not len(table):
            return {}
        treatment, outcome = table["treatment"].to_numpy(), table["outcome"].to_numpy()
        moves = scale * np.sqrt(outcome * treatment / (1 - treatment))
        strongest = int(moves.argmax())
        return {
            "benchmark": table["covariate"].iloc[strongest],
            "benchmark_treatment": float(treatment[strongest]),
            "benchmark_outcome": float(outcome[strongest]),
            "benchmark_mean": mean - float(np.copysign(moves[strongest], mean)),
        }


def robustness_value(strength: float) -> float:
    """The share r, of treatment and of outcome, that moves a difference of so many S to zero.

    Cinelli and Hazlett 2020: r / sqrt(1 - r) is the strength.

    Example:
        >>> round(robustness_value(4.184 / 783**0.5), 3)  # their study of violence in Darfur
        0.139
    """
    square = max(float(strength), 0.0) ** 2
    return float((np.sqrt(square**2 + 4 * square) - square) / 2)


def e_value(log_ratio: float) -> float:
    """The risk ratio that a confounder must have with treatment and outcome to explain a ratio of risks.

    Example:
        >>> round(e_value(np.log(10.73)), 2)  # smoking and lung cancer, VanderWeele and Ding 2017
        20.95
    """
    ratio = float(np.exp(np.maximum(log_ratio, 0)))
    return ratio + float(np.sqrt(ratio * (ratio - 1)))


def benchmarks(outcome: Array, treatment: Array, covariates: Array, names: Sequence[str]) -> pd.DataFrame:
    """What a hidden confounder explains that is as strong as each covariate, by linear regressions.

    The bounds of Cinelli and Hazlett 2020 with k = 1, where shares can exceed 1; they are cut there, that of
    the treatment at .99.

    Args:
        outcome: Shape `[n]`.
        treatment: Shape `[n]`.
        covariates: Shape `[n, p]`.
        names: Of the covariates.

    Returns:
        The columns covariate, treatment and outcome: shares of what is left of both; no row if there are not
        more rows than columns.
    """
    columns = np.column_stack([outcome, treatment, covariates])
    spread = columns.std(0)
    varying = spread > 1e-12 * np.maximum(np.abs(columns).max(0), 1e-300)
    if not varying[:2].all() or len(columns) <= columns.shape[1] + 1 or not varying[2:].any():
        return pd.DataFrame({"covariate": [], "treatment": [], "outcome": []})
    standardized = (columns[:, varying] - columns[:, varying].mean(0)) / spread[varying]
    among = standardized.T @ standardized / len(standardized)
    treated, reached = (_partial_r2(matrix) for matrix in (among[1:, 1:], among))
    treated, reached = treated[1:], reached[2:]
    odds = treated / (1 - treated)
    overlapping = np.minimum(treated**2 / (1 - treated) ** 2, MAX_SHARE)
    outcome_share = ((1 + np.sqrt(overlapping)) ** 2 / (1 - overlapping)) * reached / (1 - reached)
    return pd.DataFrame(
        {
            "covariate": np.array(names, dtype=object)[varying[2:]],
            "treatment": np.minimum(odds, MAX_SHARE),
            "outcome": np.minimum(outcome_share, 1.0),
        }
    )


def _partial_r2(correlations: Array) -> Array:
    """The squared partial correlations of the first variable with each, given all others, shape `[p]`."""
    precision = np.linalg.pinv(correlations, hermitian=True)
    square = precision[0] ** 2 / np.maximum(precision[0, 0] * np.diag(precision), 1e-300)
    return np.minimum(square, MAX_SHARE)


def draws_table(
    drawn: Array, values: Array, level: float, members: NDArray[np.intp] | None = None
) -> EffectTable:
    """Means and quantiles over draws: of the outcome under each value, then of the differences.

    Args:
        drawn: Shape `[draws, k]`; draws with NaN are left out.
        values: Shape `[k]`.
        level: The share of the draws inside the intervals.
        members: As for :func:`over_draws`.
    """
    rows, errors = over_draws(drawn @ contrasts(len(values)).T, level, members)
    table = _table(values, rows)
    table.monte_carlo_error = errors
    return table


def over_draws(drawn: Array, level: float, members: NDArray[np.intp] | None = None) -> tuple[Array, Array]:
    """Means and intervals over draws, and the Monte Carlo errors of the means.

    Draws are independent of each other, each with functions and noise of its own, so that the error of their
    mean is their standard deviation over the root of their number. Of several models each has its share of
    the draws, so that what lies between them is no chance: only deviations from each model's mean count.

    Args:
        drawn: Shape `[draws, r]`; draws with NaN are left out.
        level: The share of the draws inside the intervals.
        members: The model that each draw is of, `[draws]`; one for all by default.

    Returns:
        Mean, lower and upper end, `[r, 3]`, and the errors, `[r]`: NaN for a single draw.
    """
    known = np.isfinite(drawn).all(1)
    columns = drawn[known]
    tails = (1 - level) / 2, (1 + level) / 2
    whose = np.zeros(len(columns), dtype=np.intp) if members is None else members[known]
    found, place = np.unique(whose, return_inverse=True)
    own = np.stack([columns[place == m].mean(0) for m in range(len(found))])[place]
    free = len(columns) - len(found)
    variance = np.square(columns - own).sum(0) / free if free else np.full(columns.shape[1], np.nan)
    rows = np.column_stack([columns.mean(0), *np.quantile(columns, tails, axis=0)])
    return rows, np.sqrt(variance / len(columns))


def estimates_table(
    means: Sequence[Array],
    errors: Sequence[Array],
    weights: Sequence[float],
    values: Array,
    level: float,
    degrees: Sequence[Array] | None = None,
) -> EffectTable:
    """Means and intervals of estimates, by Student's t or by a mixture of it.

    Args:
        means: For each part of the mixture the means of all rows, shape `[r]`.
        errors: Likewise their standard errors.
        weights: Weights of the parts, which sum to 1.
        values: Values of the treatment, shape `[k]`, which make 2 k - 1 = r rows.
        level: The probability of the intervals.
        degrees: Likewise the degrees of freedom of the errors; by default these are known.
    """
    return _table(values, mixture(means, errors, weights, level, degrees))


def estimates_tables(
    means: Sequence[Array],
    errors: Sequence[Array],
    weights: Sequence[float],
    values: Array,
    level: float,
    labels: Sequence[object],
    degrees: Sequence[Array],
) -> EffectTable:
    """The same for each of m labels, which are in the column row; what is given has shape `[m, r]`."""
    means, errors, degrees = ([part.ravel() for part in parts] for parts in (means, errors, degrees))
    r = 2 * len(values) - 1
    table = _table(values, mixture(means, errors, weights, level, degrees), len(labels))
    table.insert(0, "row", pd.Series([label for label in labels for _ in range(r)], index=table.index))
    return table


def mixture(
    means: Sequence[Array],
    errors: Sequence[Array],
    weights: Sequence[float],
    level: float,
    degrees: Sequence[Array] | None = None,
) -> Array:
    """Mean, lower and upper end of mixtures of Student's t, shape `[r, 3]`; see :func:`estimates_table`."""
    tails = [(1 - level) / 2, (1 + level) / 2]
    free = [np.full_like(error, np.inf) for error in errors] if degrees is None else degrees
    if len(means) == 1:
        away = np.column_stack([np.zeros(len(free[0])), *(t_quantiles(tail, free[0]) for tail in tails)])
        return np.asarray(means[0][:, None] + errors[0][:, None] * away)
    rows = []
    for centre, error, own in zip(*(np.transpose(part) for part in (means, errors, free)), strict=True):
        ends = [_quantile(centre, error, own, weights, tail) for tail in tails]
        rows.append([float(centre @ np.asarray(weights)), *ends])
    return np.array(rows)


def joined_tables(tables: Sequence[EffectTable], name: str, labels: Sequence[object]) -> EffectTable:
    """Tables of one kind, one below the other, told apart by labels in a first column of this name."""
    joined = EffectTable(pd.concat([pd.DataFrame(table) for table in tables], ignore_index=True))
    column = pd.Series(
        [label for label, t in zip(labels, tables, strict=True) for _ in range(len(t))], index=joined.index
    )
    joined.insert(0, name, column)
    first = tables[0]
    joined.method, joined.adjusted_for, joined.overlap = first.method, first.adjusted_for, first.overlap
    errors = [table.monte_carlo_error for table in tables]
    known = [error for error in errors if error is not None]
    joined.monte_carlo_error = np.concatenate(known) if len(known) == len(errors) else None
    return joined


def contrasts(k: int) -> Array:
    """What makes of k means the rows of a table: means, then differences from the first; `[2 k - 1, k]`."""
    differences = np.eye(k)[1:]
    differences[:, 0] = -1
    return np.vstack([np.eye(k), differences])


def _quantile(centre: Array, error: Array, degrees: Array, weights: Sequence[float], share: float) -> float:
    """The value below which a mixture of Student's t has this share."""
    ends = centre + error * t_quantiles(share, degrees)
    low, high = float(ends.min()), float(ends.max())
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        return low

    known = np.isfinite(degrees)

    def excess(x: float) -> float:
        away = (x - centre) / np.maximum(error, 1e-300)
        below = np.where(known, stdtr(np.where(known, degrees, 1.0), away), ndtr(away))
        return float(below @ np.asarray(weights)) - share

    return float(brentq(excess, low, high))


def _table(values: Array, rows: Array, times: int = 1) -> EffectTable:
    """A row for each value and for each difference, `[2 k - 1, 3]`, or so many times."""
    first = np.tile([*values, *values[1:]], times)
    baseline = np.tile([*[np.nan] * len(values), *[values[0]] * (len(values) - 1)], times)
    frame = EffectTable({"value": first, "baseline": baseline})
    frame[["mean", "lower", "upper"]] = rows
    return frame
