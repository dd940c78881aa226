"""Priors on the command line: found by name or file, drawn from, and their SCMs written to files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from foundation_causal.errors import InputError, quoted

if TYPE_CHECKING:
    from foundation_causal.simulate import Prior, SCMBatch
    from foundation_causal.simulate.systems.equations import Equations

MOST_NUMBERS = 100_000_000  # in all data sets of one size together; beyond, memory is likely to run out


@dataclass(frozen=True)
class Sizes:
    """What is asked for: SCMs, and variables and rows of each; None leaves a size to the prior."""

    scms: int
    d: int | None = None
    n: int | None = None
    interventional: int = 0


def find_prior(name: str) -> Prior | Equations:
    """A named prior, a C-Suite configuration, or a prior in a JSON file.

    Raises:
        InputError: neither of them, or a file that holds no prior.
    """
    from foundation_causal.simulate import PRIORS
    from foundation_causal.simulate.prior_files import read_prior
    from foundation_causal.simulate.systems.csuite import CSUITE, csuite

    if name in CSUITE:
        return csuite(name)
    if name in PRIORS or Path(name).suffix == ".json":
        return read_prior(name)
    raise unknown(name)


def unknown(name: str) -> InputError:
    """That there is no such prior, and what there is instead."""
    from foundation_causal.simulate import PRIORS
    from foundation_causal.simulate.systems.csuite import CSUITE

    if near := get_close_matches(name.lower(), [*PRIORS, *CSUITE]):
        return InputError(f"There is no prior {quoted([name])}; the nearest names are {quoted(near)}.")
    return InputError(
        f"There is no prior {quoted([name])}; give a .json file, or a name that `foundation-causal priors` "
        "lists."
    )


def draw_scms(prior: Prior | Equations, sizes: Sizes, seed: int) -> Iterator[SCMBatch]:
    """`sizes.scms` SCMs as batches of one.

    With `d` and `n` given they are those of `Prior.draw`. Otherwise each SCM has its own size, and sizes and
    SCMs come in turn from one generator.

    Raises:
        InputError: settings that the prior cannot meet.
    """
    from foundation_causal.simulate import Prior

    if not isinstance(prior, Prior):
        return _configuration(prior, sizes, seed)
    if sizes.interventional and prior.interventions is None:
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


def _own_sizes(prior: Prior, sizes: Sizes, seed: int) -> Iterator[SCMBatch]:
    import torch

    # One stream for both: two generators from the same integer would tie sizes and SCMs together.
    random = torch.Generator().manual_seed(seed)
    for _ in range(sizes.scms):
        d, n = prior.size(random)
        d, n = sizes.d or d, sizes.n or n
        _check_memory(1, d, n + sizes.interventional)
        yield prior.draw(scms=1, d=d, n=n, n_interventional=sizes.interventional, seed=random)


def _configuration(equations: Equations, sizes: Sizes, seed: int) -> Iterator[SCMBatch]:
    d = len(equations.noises)
    if sizes.d not in (None, d):
        raise InputError(f"This SCM of C-Suite has {d} variables, not {sizes.d}; leave --d out.")
    if sizes.n is None:
        raise InputError("An SCM of C-Suite has no number of rows of its own; give --n.")
    if sizes.interventional:
        raise InputError("An SCM of C-Suite has no interventions of its own; leave --interventional out.")
    _check_memory(sizes.scms, d, sizes.n)
    return _each(equations.draw(n=sizes.n, scms=sizes.scms, seed=seed))


def _each(batch: SCMBatch) -> Iterator[SCMBatch]:
    return (batch.take([b]) for b in range(len(batch)))


def _check_memory(scms: int, d: int, rows: int) -> None:
    if scms * d * max(d, rows) > MOST_NUMBERS:
        raise InputError(
            f"{d:,} variables, {rows:,} rows and --scms {scms} are too much to draw at once; ask for less, "
            "and for the rest with another --seed."
        )


def write_scm(scm: SCMBatch, folder: Path) -> None:
    """Fill a new folder with a batch of one: data.csv, noise.csv, graph.json, intervened.csv.

    The last one marks the values that an intervention set, and is left out where there is none.
    """
    import pandas as pd

    from foundation_causal.files import write_graph, write_table

    folder.mkdir(parents=True)
    for what, values in (("data", scm.data), ("noise", scm.noise)):
        # In the precision of the simulator: twice the digits would say nothing more.
        write_table(pd.DataFrame(values[0].numpy(), columns=list(scm.names)), folder / f"{what}.csv")
    write_graph(scm.graph(0), folder / "graph.json")
    if bool(scm.intervened.any()):
        mask = pd.DataFrame(scm.intervened[0].int().numpy(), columns=list(scm.names))
        write_table(mask, folder / "intervened.csv")
