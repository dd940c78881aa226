"""Frozen suites on the command line: chosen by their labels, described, and written to files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from foundation_causal.errors import InputError, quoted

if TYPE_CHECKING:
    import numpy as np

    from foundation_causal.suites import Case, Intervened, Suite


def read_suite(name: str, cells: Mapping[str, Sequence[str]]) -> Suite:
    """A frozen suite, or those of its cells that have these labels.

    Raises:
        InputError: an unknown suite or label, or no such cell.
    """
    from foundation_causal.suites import load_suite

    suite = load_suite(name)
    known = list(suite.cells[0][0])
    # Labels become keyword arguments from here on, where some words are taken.
    unknown = [label for label in cells if label not in known]
    if unknown:
        raise InputError(f"The suite '{name}' has no label {quoted(unknown)}: use {quoted(known)}.")
    return suite.only(**cells)


def cell_name(labels: Mapping[str, str | int]) -> str:
    """The folder of a cell, as in the names of its data sets.

    >>> cell_name({"mechanism": "LIN", "distribution": "IN", "d": 10, "n": 400})
    'LIN-IN-10-400'
    """
    return "-".join(str(value) for value in labels.values())


def write_case(case: Case, folder: Path) -> None:
    """Fill a new folder with one data set and everything that is true of it."""
    from foundation_causal.files import write_graph

    folder.mkdir(parents=True)
    write_graph(case.graph, folder / "graph.json")
    _write_json({"name": case.name, "labels": dict(case.labels)}, folder / "labels.json")
    _write_rows(case, case.context, folder / "context.csv")
    if len(case.query):
        _write_rows(case, case.query, folder / "query.csv")
        _write_rows(case, case.noise, folder / "noise.csv")
    if case.interventions:
        _write_interventions(case, folder)


def _write_interventions(case: Case, folder: Path) -> None:
    """One table of rows for each intervention, and `do.json`, which says what was set in which."""
    from cli.parsing import file_names

    names = file_names([intervened.do for intervened in case.interventions])
    listed = []
    for name, intervened in zip(names, case.interventions, strict=True):
        noise = "noise.csv" if _has_noise_of_query(intervened, case) else f"noise_{name}"
        _write_rows(case, intervened.rows, folder / name)
        if noise != "noise.csv":
            _write_rows(case, intervened.noise, folder / noise)
        listed.append({"do": intervened.do, "rows": name, "noise": noise})
    _write_json(listed, folder / "do.json")


def _has_noise_of_query(intervened: Intervened, case: Case) -> bool:
    import numpy as np

    return bool(np.array_equal(intervened.noise, case.noise))


def _write_rows(case: Case, rows: np.ndarray, path: Path) -> None:
    import pandas as pd

    from foundation_causal.files import write_table

    write_table(pd.DataFrame(rows, columns=list(case.scm.names)), path)


def _write_json(document: object, path: Path) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
