"""ACTIVA's answer to a query: observations and an intervention in, the interventional distribution out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, log
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy.stats import skew

from foundation_causal.checks import MOST_DRAWS, check_count, check_seed
from foundation_causal.errors import ExtrapolationWarning, InputError, SubsampleWarning, warn
from foundation_causal.networks.pretrained import shared_pretrained
from foundation_causal.observations import Observations, observations, row_order
from foundation_causal.runtime import one_thread
from foundation_causal.types import Array
from mechanisms.graph_free.activa.network import Activa, Query
from mechanisms.graph_free.distribution import InterventionalDistribution
from mechanisms.graph_free.query import check_do
from mechanisms.logarithms import Logs, in_logs, log_columns, named_logs
from mechanisms.methods import refuse_categories
from mechanisms.queries.extrapolation import FAR, Ranges, shown

SKEWED = 1.5  # skewness from which on a positive column is read in logarithms
COUNTED = 6.0  # standard deviations above its mean that a count reaches in a part of an answer
BROADEST = 2.0  # largest standard deviation of a logarithm in an answer, in observed standard deviations


def interventional_distribution(
    data: pd.DataFrame | NDArray[np.generic] | Observations,
    do: Mapping[str, float],
    *,
    model: str | Path = "activa",
    draws: int = 50,
    logs: Logs = "auto",
    seed: int = 0,
    other_sizes: bool = False,
) -> InterventionalDistribution:
    """The distribution of all variables under an intervention, from observations and no graph.

    Nothing is trained. Latent codes are drawn from the model's prior, each stands for a structural causal
    model that may have made the data, and what they decode to makes one uniform mixture (ACTIVA, section
    4.1). Where there are more rows than the model was trained on, as many are drawn at random; rows in which
    anything was set by intervention do not take part. The order of rows and columns does not matter. Columns
    of levels and counts are read as numbers, and samples hold none but the numbers that these have.

    Args:
        data: n rows of d variables, in any units.
        do: One variable and the value it is set to.
        model: A bundled name, a folder or a hub id.
        draws: How many codes to draw; the paper's tables have 1.
        logs: Columns to read in logarithms, all of them (True) or none (False), whose samples then stay
            positive. "auto" takes the positive, skewed ones (:func:`mechanisms.logarithms.log_columns`), but
            none that is set to 0 or less and none that logarithms do not make more even; a model that was
            trained on raw values takes none.
        seed: Seed of the draws.
        other_sizes: Answer for numbers of rows and variables that the model was not trained on, too, as the
            paper does in its Table 2.

    Raises:
        InputError: Data, intervention, draws or seed cannot be used, there are categories of more than two
            levels, the model was trained on other sizes or values, or its weights cannot be read.

    Warns:
        ExtrapolationWarning: The value lies far outside the observations, or farther from their mean than
            any that the model was trained on.
        SubsampleWarning: There are more rows than the model was trained on.
    """
    draws = check_count("draws", draws, 1, MOST_DRAWS)
    seed = check_seed(seed)
    table, network = observations(data, min_rows=1).untouched(least=1), shared_pretrained(Activa, model)
    refuse_categories(table.schema, "ACTIVA", "go by a graph (fc.infer, the command `simulate` or `run`)")
    name, value = _checked_do(do, table.names)
    _check_value(network, value, str(model))
    if not other_sizes:
        _check_size(network, len(table.values), len(table.names), str(model))
    within = in_logs(table, _logs(logs, network, table, name, value))
    values, chosen = within.data.values, frozenset(np.asarray(table.names)[within.logs].tolist())
    at = log(value) if name in chosen else value
    most = network.rows[1]
    if len(values) > most:
        number = f"{most:,} of the {len(values):,} rows"
        warn(SubsampleWarning(f"The answer is read from {number}, drawn at random."))
    if network.encoding == "value":
        _warn_if_far(network.reach, within.data, name, value, at)
    # The draws must not depend on the order of columns or rows.
    by_name = np.argsort(np.asarray(table.names))
    rows = values[row_order(values, table.names, seed)][:most, by_name]
    target = np.asarray(table.names)[by_name] == name
    weights, means, covariances = _draw(network, rows, target, at, int(draws), seed)
    back = np.argsort(by_name)
    means, covariances = means[:, back], covariances[:, back][:, :, back]
    if name in chosen:
        means[:, table.names.index(name)] = value
    bounded = _bounded(covariances, values, within.logs)
    highest = means + COUNTED * np.sqrt(np.diagonal(bounded, axis1=1, axis2=2))
    levels = _levels(table, means.min(0), highest.max(0))
    return InterventionalDistribution(table.names, {name: value}, weights, means, bounded, chosen, levels)


def _levels(table: Observations, lowest: Array, highest: Array) -> dict[str, Sequence[float]]:
    """The values that discrete columns take: their levels, and whole numbers as far as answers reach.

    Args:
        table: The observations.
        lowest: The smallest mean of a part, shape `[d]`.
        highest: Hardly surpassed by any part, shape `[d]`.
    """
    least = np.maximum(np.minimum(table.values.min(0), np.floor(lowest)), 0)
    most = np.maximum(table.values.max(0), highest)
    levels: dict[str, Sequence[float]] = {}
    for j, column in enumerate(table.schema):
        if column.is_discrete:
            levels[column.name] = column.numbers
        elif column.kind == "count":
            levels[column.name] = range(int(least[j]), ceil(most[j]) + 1)
    return levels


def _logs(logs: Logs, network: Activa, table: Observations, name: str, value: float) -> list[str]:
    """The columns to read in logarithms."""
    requested = named_logs(logs, table)
    if network.encoding == "index":
        if requested:
            raise InputError(
                "The model was trained on raw values; request no logarithms, or use the model 'activa'."
            )
        return []
    if requested is None:
        evened = [column for column in log_columns(table) if _evened(table.frame[column])]
        return [column for column in evened if column != name or value > 0]
    if name in requested and value <= 0:
        raise InputError(
            f"'{name}' is to be read in logarithms and set to {value:g}; give a value above 0, or leave "
            f"'{name}' out of the logarithms."
        )
    return list(requested)


def _evened(column: pd.Series) -> bool:
    """Whether the logarithm takes away a long tail, and brings no other; here no likelihood decides."""
    raw, logarithm = skew(column), skew(np.log(column))
    return bool(raw > SKEWED and abs(logarithm) < raw)


def _draw(
    network: Activa, rows: Array, target: NDArray[np.bool_], value: float, draws: int, seed: int
) -> tuple[Array, Array, Array]:
    """Weights `[m]`, means `[m, d]` and covariances `[m, d, d]` of the mixture."""
    query = Query(
        torch.from_numpy(rows)[None],
        torch.from_numpy(target)[None],
        torch.tensor([value], dtype=torch.float64),
    )
    with one_thread(), torch.inference_mode(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        parts = network.decode(network.prior(query).sample((draws,)).squeeze(1), query)
        weights = (parts.logits.softmax(-1) / draws).flatten().numpy()
        means, covariances = (x.flatten(0, 1).numpy() for x in (parts.means, parts.covariances))
    return weights / weights.sum(), means, covariances


def _checked_do(do: Mapping[str, float], names: list[str]) -> tuple[str, float]:
    """The variable that is set, and its value."""
    checked = check_do(do, names)
    if len(checked) > 1:
        raise InputError(
            f"{len(checked)} variables are set, and ACTIVA was trained on one at a time; set one, or go by a "
            "graph."
        )
    ((name, value),) = checked.items()
    return name, value


def _check_value(network: Activa, value: float, model: str) -> None:
    if network.encoding == "index" and value != network.value:
        raise InputError(
            f"The value is {value:g}, and the model '{model}' was trained on {network.value:g} alone; set "
            "that, or use the model 'activa'."
        )


def _check_size(network: Activa, n: int, d: int, model: str) -> None:
    """Refuse sizes that the model was not trained on."""
    fewest, (least, most) = network.rows[0], network.variables
    trained = f"{least} variables" if least == most else f"{least} to {most} variables"
    if not least <= d <= most:
        raise InputError(
            f"The data have {d} variables, and the model '{model}' was trained on {trained}; give so many "
            "columns, or go by a graph."
        )
    if n < fewest:
        raise InputError(
            f"There are {n} rows without interventions, and the model '{model}' was trained on {fewest} or "
            "more; give more rows."
        )


def _warn_if_far(reach: float, within: Observations, name: str, value: float, at: float) -> None:
    """Warn of a value far outside the observations, or farther from their mean than any in training.

    Both are in the coordinates that the network reads, where `value` is `at`.
    """
    ranges, j = Ranges(within), within.names.index(name)
    column = within.values[:, j]
    away, outside = abs(at - column.mean()) / column.std(), ranges.beyond(j, np.array(at)) > FAR
    if outside and at == value:
        ranges.warn_of_clamps({j: value})
    elif outside or away > reach:
        mean = "observed mean" if at == value else "mean observed logarithm"
        trained = f", and the model was trained on at most {reach:g}" if away > reach else ""
        warn(
            ExtrapolationWarning(
                f"The intervention sets '{name}' to {ranges.said(j, value)}, {shown(away)} standard "
                f"deviations from the {mean}{trained}: what follows is extrapolation."
            )
        )


def _bounded(covariances: Array, values: Array, logs: NDArray[np.bool_]) -> Array:
    """Covariances with no logarithm more than `BROADEST` times as broad as it was observed, `[m, d, d]`.

    A part that is, however little it weighs, makes the mean of the exponential by its tail alone.
    """
    spread = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    most = np.where(logs, BROADEST * values.std(0), np.inf)
    factor = np.minimum(1, most / np.maximum(spread, np.finfo(float).tiny))
    return covariances * factor[:, :, None] * factor[:, None, :]
