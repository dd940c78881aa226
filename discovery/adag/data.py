"""A family of domains: tables with the same columns, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.errors import InputError, quoted
from foundation_causal.observations import observations
from foundation_causal.table_files import read_table
from foundation_causal.types import Array

MIN_DOMAIN_ROWS = 5
SUFFIXES = (".csv", ".tsv", ".parquet")  # in a folder of tables; notes may lie beside them
MIN_DOMAINS = 2


def read_domains(sources: Sequence[str | Path]) -> dict[str, pd.DataFrame]:
    """Read one table per domain.

    Args:
        sources: Tables, or folders whose tables are all taken, in the order of their names.

    Returns:
        The tables by their path.

    Raises:
        InputError: A file or folder that is not there or cannot be read, or a folder without a table.
    """
    paths: list[Path] = []
    for source in map(Path, sources):
        if not source.exists():
            raise InputError(f"There is no file or folder '{source}'; check the name and the folder.")
        tables = [source]
        if source.is_dir():
            tables = sorted(path for path in source.iterdir() if path.suffix.lower() in SUFFIXES)
        if not tables:
            raise InputError(
                f"The folder '{source}' holds no {', '.join(SUFFIXES)} file; put a table per domain into it."
            )
        paths.extend(tables)
    return {str(path): read_table(path) for path in paths}


def family(
    domains: Sequence[pd.DataFrame] | Mapping[str, pd.DataFrame],
) -> tuple[list[str], list[Array]]:
    """Check the domains of a family.

    Args:
        domains: Tables with the same columns in any order; a mapping names them in error messages.

    Returns:
        The column names in the order of the first domain, and each domain's rows `[n, d]` in that order.

    Raises:
        InputError: Fewer than two domains, a domain that is no usable table, or one with other columns.
    """
    named = domains if isinstance(domains, Mapping) else {f"domain {k + 1}": x for k, x in enumerate(domains)}
    if len(named) < MIN_DOMAINS:
        raise InputError(
            f"ADAG learns from a family of domains and was given {len(named)}; "
            f"give at least {MIN_DOMAINS} tables with the same columns."
        )
    tables = {name: domain_frame(frame, name) for name, frame in named.items()}
    first, *others = tables
    columns = [str(column) for column in tables[first]]
    for name in others:
        lacking = [column for column in columns if column not in tables[name]]
        extra = [column for column in tables[name] if column not in columns]
        if lacking or extra:
            difference = f"lacks {quoted(lacking)}" if lacking else f"has {quoted(extra)} besides"
            raise InputError(f"'{name}' {difference}, unlike '{first}'; give all domains the same columns.")
    return columns, [frame[columns].to_numpy() for frame in tables.values()]


def domain_frame(frame: pd.DataFrame | NDArray[np.generic], name: str = "") -> pd.DataFrame:
    """Check a domain's table and turn it into float64, all values finite, no column constant.

    Raises:
        InputError: A table that cannot be used, with the domain's name in front.
    """
    try:
        return observations(frame, min_rows=MIN_DOMAIN_ROWS).frame
    except InputError as error:
        message = str(error)
        if name:
            message = f"'{name}' cannot be used: {message[0].lower()}{message[1:]}"
        raise InputError(message) from None
