"""The data sets of ACTIVA's tables: observations, and true rows under an intervention on each variable.

Four cells are those of the suite "activa"; two are drawn on demand by SERGIO, which the extra `simulators`
brings. The last four are closer to what users ask: SCMs from P_IN, standardized, each variable set to a value
that is rare in the data, but within their reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import networkx as nx
import numpy as np
import pandas as pd
import torch

from foundation_causal.errors import InputError, quoted
from foundation_causal.simulate import Random, p_in
from foundation_causal.simulate.named_priors import Kind
from foundation_causal.simulate.systems.sergio import ACTIVA, ACTIVA_OUT, Ranges, sergio
from foundation_causal.suites import Case, load_suite
from foundation_causal.suites.cases import set_each

SET_TO, SPREAD = 5.0, 0.1  # of the suite "activa"
RARE = 2.0  # standard deviations above the observed mean
ROWS = 100  # of an SCM from P_IN
IN_REACH_SEEDS = 80_400_000
KINDS: dict[str, Kind] = {"lin": "linear", "rff": "rff"}
CELLS_EACH = 30  # cells of a SERGIO condition
SCMS = 100  # of a cell
# Numbers from here on are for testing; whoever trains on SERGIO draws below.
SERGIO_SEEDS = {"sergio": 80_000_000, "sergio-ood": 80_100_000}


@dataclass(frozen=True, eq=False)
class Asked:
    """An intervention and rows under it.

    Attributes:
        do: the variable that is set, and to what.
        rows: true rows, [m, d].
        again: as many rows drawn anew from the same SCM, or None.
    """

    do: dict[str, float]
    rows: pd.DataFrame
    again: pd.DataFrame | None = None


@dataclass(frozen=True, eq=False)
class Task:
    """Observations and what is asked about them.

    Attributes:
        name: as "gauss-2/0".
        data: observations, [n, d].
        graph: the true DAG.
        asked: an intervention on each variable.
        spread: the standard deviation of the rows around the value that is set.
        model: the ACTIVA that is trained for such data.
    """

    name: str
    data: pd.DataFrame
    graph: nx.DiGraph
    asked: tuple[Asked, ...]
    spread: float
    model: str

    def with_spread(self, rows: pd.DataFrame, do: dict[str, float], seed: int) -> pd.DataFrame:
        """An answer's rows, with set variables spread as in the true rows, alike for every method."""
        random = np.random.default_rng([seed, 1])  # not the stream that the answer was drawn from
        drawn = {name: value + self.spread * random.normal(size=len(rows)) for name, value in do.items()}
        return rows.assign(**drawn)


def _linear(noise: str, d: int) -> Iterator[Task]:
    for case in load_suite("activa").only(noise=noise, d=d):
        number = case.name.rsplit("/", 1)[1]
        again = set_each(case.scm, SET_TO, SPREAD, len(case.context), _anew(number, noise, d))
        asked = tuple(
            Asked(one.do, _frame(case, one.rows), _frame(case, other.rows))
            for one, other in zip(case.interventions, again, strict=True)
        )
        cell = f"{noise}-{d}"
        yield Task(f"{cell}/{number}", case.frame, case.graph, asked, SPREAD, f"activa-{cell}")


def _anew(number: str, noise: str, d: int) -> Random:
    """Randomness that the suite has not used."""
    return Random.seeded(80_200_000 + 1000 * d + (500 if noise == "beta" else 0) + int(number), torch.float64)


def _frame(case: Case, rows: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(case.scm.names))


def _genes(cell: str, d: int, ranges: Ranges) -> Iterator[Task]:
    for number in range(SCMS):
        drawn = sergio(d=d, n=CELLS_EACH, seed=SERGIO_SEEDS[cell] + number, ranges=ranges)
        asked = tuple(Asked({gene: 0.0}, rows) for gene, rows in drawn.knocked_out.items())
        yield Task(f"{cell}/{number}", drawn.observed, drawn.graph, asked, 0.0, "activa-sergio")


def _in_reach(kind: str, d: int) -> Iterator[Task]:
    """Everything in observed standard deviations from the observed mean; n rows of each intervention."""
    seed = IN_REACH_SEEDS + 1000 * d + 500 * (kind == "rff")
    scms = p_in([KINDS[kind]]).draw(scms=SCMS, d=d, n=ROWS, seed=seed, dtype=torch.float64)
    random = Random.seeded(seed + 1, torch.float64)
    for number in range(SCMS):
        scm = scms.take([number])
        spread, mean = torch.std_mean(scm.data, 1, keepdim=True, correction=0)
        frame = partial(_frame_in_units, list(scm.names), mean, spread)
        asked = []
        for name, value in zip(scm.names, (mean + RARE * spread)[0, 0].tolist(), strict=True):
            do = scm.do({name: value})
            rows = (scm.generate(scm.fresh_noise(ROWS, random.generator), do) for _ in range(2))
            asked.append(Asked({name: RARE}, *map(frame, rows)))
        yield Task(f"{kind}-{d}/{number}", frame(scm.data), scm.graph(0), tuple(asked), 0.0, "activa")


def _frame_in_units(
    names: list[str], centre: torch.Tensor, scale: torch.Tensor, rows: torch.Tensor
) -> pd.DataFrame:
    """Rows `[1, n, d]`, measured from `centre` by `scale`, `[1, 1, d]` each."""
    return pd.DataFrame(((rows - centre) / scale)[0].numpy(), columns=names)


CELLS: dict[str, Callable[[], Iterator[Task]]] = {
    **{f"{noise}-{d}": partial(_linear, noise, d) for d in (2, 8) for noise in ("gauss", "beta")},
    "sergio": partial(_genes, "sergio", 8, ACTIVA),
    "sergio-ood": partial(_genes, "sergio-ood", 11, ACTIVA_OUT),
    **{f"{kind}-{d}": partial(_in_reach, kind, d) for d in (2, 5) for kind in KINDS},
}
"""The cells of the paper's Tables 1 and 2, and those within the reach of the data; 100 SCMs each."""


def tasks(cell: str) -> Iterator[Task]:
    """The tasks of a cell, drawn one after the other.

    Raises:
        InputError: an unknown cell, or no SERGIO.

    Example:
        >>> task = next(tasks("gauss-2"))
        >>> task.data.shape, [one.do for one in task.asked]
        ((40, 2), [{'X1': 5.0}, {'X2': 5.0}])
    """
    if cell not in CELLS:
        raise InputError(f"There is no cell '{cell}'; use one of {quoted(list(CELLS))}.")
    return CELLS[cell]()
