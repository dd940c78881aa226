"""Simulated data on the command line: priors and suites by their names, and their data sets as files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from foundation_causal.errors import InputError, quoted

if TYPE_CHECKING:
    import pandas as pd

    from foundation_causal.simulate import MixedPrior, Prior, SCMBatch, TypedBatch
    from foundation_causal.simulate.systems.equations import Equations
    from foundation_causal.suites import Case, Intervened, SCMCase, Suite, TableCase
    from foundation_causal.types import Array

MOST_NUMBERS = 100_000_000  # in all data sets of one size together; beyond, memory is likely to run out


@dataclass(frozen=True)
class Sizes:
    """How much to draw.

    Attributes:
        scms: How many SCMs.
        d: Variables of each; None leaves them to the prior.
        n: Rows of each; None leaves them to the prior.
        interventional: Further rows of each, under interventions.
    """

    scms: int
    d: int | None = None
    n: int | None = None
    interventional: int = 0


def find_prior(name: str) -> Prior | MixedPrior | Equations:
    """The prior or the SCM of C-Suite of that name, or the prior in a JSON file.

    Raises:
        InputError: There is no such name, or the file holds no prior.
    """
    from foundation_causal.simulate import PRIORS, TYPED_PRIORS
    from foundation_causal.simulate.prior_files import read_prior
    from foundation_causal.simulate.systems.csuite import CSUITE, csuite

    if name in CSUITE:
        return csuite(name)
    known = [*PRIORS, *TYPED_PRIORS]
    if name in known or Path(name).suffix == ".json":
        return read_prior(name)
    remedy = "give a .json file, or a name that `foundation-causal priors` lists"
    if near := get_close_matches(name.lower(), [*known, *CSUITE]):
        remedy = f"the nearest names are {quoted(near)}"
    raise InputError(f"There is no prior {quoted([name])}; {remedy}.")


def draw_scms(
    prior: Prior | MixedPrior | Equations, sizes: Sizes, seed: int
) -> Iterator[SCMBatch | TypedBatch]:
    """Draw `sizes.scms` SCMs, as batches of one.

    With `d` and `n` given, they are those of `Prior.draw`. Otherwise each SCM has its own size, and sizes and
    SCMs come in turn from one generator.

    Raises:
        InputError: The prior cannot meet the sizes.
    """
    from foundation_causal.simulate import MixedPrior, Prior

    if not isinstance(prior, Prior | MixedPrior):
        return _configuration(prior, sizes, seed)
    if sizes.interventional and isinstance(prior, Prior) and prior.interventions is None:
        raise InputError(
            "This prior says nothing of interventions; leave --interventional out, or use a .json file whose "
            'interventions are {"kind": "Interventions"}.'
        )
    if sizes.d is None or sizes.n is None:
        return _own_sizes(prior, sizes, seed)
    _check_memory(sizes.scms, sizes.d, sizes.n + sizes.interventional)
    return _each(
        prior.draw(scms=sizes.scms, d=sizes.d, n=sizes.n, n_interventional=sizes.interventional, seed=seed)
    )


def _own_sizes(prior: Prior | MixedPrior, sizes: Sizes, seed: int) -> Iterator[SCMBatch | TypedBatch]:
    import torch

    # One stream for both: two generators from the same integer would tie sizes and SCMs together.
    random = torch.Generator().manual_seed(seed)
    for _ in range(sizes.scms):
        d, n = prior.size(random)
        d, n = sizes.d or d, sizes.n or n
        _check_memory(1, d, n + sizes.interventional)
        yield prior.draw(scms=1, d=d, n=n, n_interventional=sizes.interventional, seed=random)


def _configuration(equations: Equations, sizes: Sizes, seed: int) -> Iterator[SCMBatch | TypedBatch]:
    d = len(equations.noises)
    if sizes.d not in (None, d):
        raise InputError(f"This SCM of C-Suite has {d} variables, not {sizes.d}; leave --d out.")
    if sizes.n is None:
        raise InputError("An SCM of C-Suite has no number of rows of its own; give --n.")
    if sizes.interventional:
        raise InputError("An SCM of C-Suite has no interventions of its own; leave --interventional out.")
    _check_memory(sizes.scms, d, sizes.n)
    return _each(equations.draw(n=sizes.n, scms=sizes.scms, seed=seed))


def _each(batch: SCMBatch | TypedBatch) -> Iterator[SCMBatch | TypedBatch]:
    return (batch.take([b]) for b in range(len(batch)))


def _check_memory(scms: int, d: int, rows: int) -> None:
    if scms * d * max(d, rows) > MOST_NUMBERS:
        raise InputError(
            f"{d:,} variables, {rows:,} rows and --scms {scms} are too much to draw at once; ask for less, "
            "and for the rest with another --seed."
        )


def write_scm(scm: SCMBatch | TypedBatch, folder: Path) -> None:
    """Fill a new folder with a batch of one: data.csv, noise.csv, graph.json, intervened.csv.

    The last one marks the values that an intervention set, and is left out where there is none. Where columns
    have types, types.json says them, and there is no noise.csv.
    """
    from foundation_causal.graph_files import write_graph
    from foundation_causal.simulate import TypedBatch

    folder.mkdir(parents=True)
    # In the precision of the simulator: twice the digits would say nothing more.
    _write_rows(scm.data[0].numpy(), scm.names, folder / "data.csv")
    if isinstance(scm, TypedBatch):
        _write_json(scm.types(0), folder / "types.json")
    else:
        _write_rows(scm.noise[0].numpy(), scm.names, folder / "noise.csv")
    write_graph(scm.graph(0), folder / "graph.json")
    if bool(scm.intervened.any()):
        _write_rows(scm.intervened[0].int().numpy(), scm.names, folder / "intervened.csv")


def read_suite(name: str, cells: Mapping[str, Sequence[str]]) -> Suite:
    """A frozen suite with all of its cells, or those that have these labels.

    Raises:
        InputError: An unknown suite or label, or no such cell.
    """
    from foundation_causal.suites import load_suite

    suite = load_suite(name)
    known = list(suite.cells[0][0])
    # Labels become keyword arguments from here on, where some words are taken.
    unknown = [label for label in cells if label not in known]
    if unknown:
        raise InputError(f"The suite '{name}' has no label {quoted(unknown)}; use {quoted(known)}.")
    return suite.only(**cells)


def cell_name(labels: Mapping[str, str | int]) -> str:
    """The name of a cell's folder, as in the names of its data sets.

    >>> cell_name({"mechanism": "LIN", "distribution": "IN", "d": 10, "n": 400})
    'LIN-IN-10-400'
    """
    return "-".join(str(value) for value in labels.values())


def write_case(case: Case, folder: Path) -> None:
    """Fill a new folder with a data set of a suite and everything that is true of it."""
    from foundation_causal.graph_files import write_graph
    from foundation_causal.suites import SCMCase, TableCase
    from foundation_causal.table_files import write_table

    folder.mkdir(parents=True)
    write_graph(case.graph, folder / "graph.json")
    _write_json({"name": case.name, "labels": dict(case.labels)}, folder / "labels.json")
    write_table(case.frame, folder / "context.csv")
    if isinstance(case, TableCase):
        _write_table_truth(case, folder)
    elif isinstance(case, SCMCase):
        _write_scm_truth(case, folder)


def _write_table_truth(case: TableCase, folder: Path) -> None:
    """Write the types of the columns and, where there are rows to predict, these and what is true of them."""
    import pandas as pd

    from foundation_causal.table_files import write_table

    _write_json({str(name): _type_of(column) for name, column in case.frame.items()}, folder / "types.json")
    if not len(case.query):
        return
    write_table(case.query, folder / "query.csv")
    levels = {name: _levels_of(case.frame[name]) for name in case.probabilities}
    columns = {
        f"{name}={level}": case.probabilities[name][:, k]
        for name, each in levels.items()
        for k, level in enumerate(each)
    }
    for title, values in (("probabilities", columns), ("means", dict(case.means))):
        if values:
            write_table(pd.DataFrame(values), folder / f"{title}.csv")


def _type_of(column: pd.Series) -> dict[str, object]:
    import pandas as pd

    if not isinstance(column.dtype, pd.CategoricalDtype):
        return {"type": str(column.dtype)}
    return {"type": "category", "levels": _levels_of(column), "ordered": bool(column.dtype.ordered)}


def _levels_of(column: pd.Series) -> list[str]:
    """The levels of a category or of bool, in the order of their probabilities."""
    return ["False", "True"] if column.dtype == bool else [str(level) for level in column.cat.categories]


def _write_scm_truth(case: SCMCase, folder: Path) -> None:
    if len(case.query):
        _write_rows(case.query, case.scm.names, folder / "query.csv")
        _write_rows(case.noise, case.scm.names, folder / "noise.csv")
    if case.interventions:
        _write_interventions(case, folder)


def _write_interventions(case: SCMCase, folder: Path) -> None:
    """Write a table of rows for each intervention, and `do.json`, which says what was set in which."""
    from cli.parsing import file_names

    names = file_names([intervened.do for intervened in case.interventions])
    listed = []
    for name, intervened in zip(names, case.interventions, strict=True):
        noise = "noise.csv" if _has_noise_of_query(intervened, case) else f"noise_{name}"
        _write_rows(intervened.rows, case.scm.names, folder / name)
        if noise != "noise.csv":
            _write_rows(intervened.noise, case.scm.names, folder / noise)
        listed.append({"do": intervened.do, "rows": name, "noise": noise})
    _write_json(listed, folder / "do.json")


def _has_noise_of_query(intervened: Intervened, case: SCMCase) -> bool:
    import numpy as np

    return bool(np.array_equal(intervened.noise, case.noise))


def _write_rows(rows: Array, names: Sequence[str], path: Path) -> None:
    import pandas as pd

    from foundation_causal.table_files import write_table

    write_table(pd.DataFrame(rows, columns=list(names)), path)


def _write_json(document: object, path: Path) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
