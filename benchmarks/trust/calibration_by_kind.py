"""Do probabilities, intervals and samples hold what they promise, kind of table by kind of table?

Of each kind (`kinds_of_tables.py`) some tables are discovered, and of some of them mechanisms are fitted on
the true graph. The table says, over all tables of a kind: the calibration error of the edges (ten bins, as in
`foundation_causal.metrics`); of the edges that are more probable than not, how probable and how often true
they are; of the true edges, how probable the likelier direction is and how often right; how often a 90%
interval holds the true effect; and how many of the samples' posterior predictive p-values are extreme.

    python benchmarks/trust/calibration_by_kind.py             # goes on where it stopped, prints the table
    python benchmarks/trust/calibration_by_kind.py --tables 5 --models 2 --minutes 10
    python benchmarks/trust/calibration_by_kind.py --table-only

A posterior predictive p-value is the share of 20 simulated tables that have at least as large a mean, spread,
5% and 95% quantile of a column, or correlation of a cause and its effect. It is extreme below .025 or above
.975, that is where no simulated table, or each of them, goes as far as the data.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
import warnings
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))

import networkx as nx
import numpy as np
import pandas as pd
from kinds_of_tables import KINDS, Table, pair_and_values, seed_of, table

import foundation_causal as fc
from foundation_causal.runtime import measured_on

LOG = Path(__file__).parents[1] / "results/calibration_by_kind.jsonl"
REPLICATES = 20
TOO_MUCH = 0.05
COLUMNS = {
    "tables": "tables",
    "error": "calibration error",
    "said": "edges: said",
    "true": "true",
    "count": "of",
    "direction": "directions: said",
    "right": "right",
    "held": "intervals hold",
    "extreme": "extreme p-values",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=LOG)
    parser.add_argument("--tables", type=int, default=30, help="of each kind that are discovered")
    parser.add_argument("--models", type=int, default=10, help="of each kind whose mechanisms are fitted")
    parser.add_argument("--minutes", type=float, default=math.inf)
    parser.add_argument("--kind", help="this one only")
    parser.add_argument("--table-only", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if not options.table_only:
        chosen = [options.kind] if options.kind else [*KINDS]
        end = time.monotonic() + 60 * options.minutes
        fill(options.out, chosen, {"graph": options.tables, "model": options.models}, end)
    print(measured_on(), *report(rows_of(options.out)), sep="\n\n")


def fill(log: Path, kinds: list[str], most: dict[str, int], end: float) -> None:
    """Add the rows that the log lacks, in turn of all kinds."""
    done = {(row["part"], row["kind"], row["seed"]) for row in rows_of(log)}
    parts = {"graph": discovered, "model": fitted}
    tasks = [
        (part, kind, seed)
        for seed in range(max(most.values()))
        for part in parts
        for kind in kinds
        if seed < most[part] and (part, kind, seed) not in done
    ]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        for part, kind, seed in tasks:
            if time.monotonic() > end:
                break
            own = seed_of(kind, seed)
            row = {"part": part, "kind": kind, "seed": seed, **parts[part](table(KINDS[kind], own), own)}
            file.write(json.dumps(row) + "\n")
            file.flush()


def rows_of(log: Path) -> list[dict[str, Any]]:
    """The whole lines of the log."""
    return (
        [json.loads(line) for line in log.read_text(encoding="utf-8").split("\n")[:-1]]
        if log.exists()
        else []
    )


def discovered(made: Table, seed: int) -> dict[str, Any]:
    """Familiarity, and of every pair of columns: both probabilities and the truth (1, -1 or 0)."""
    try:
        prediction = fc.discover(made.frame)
    except fc.InputError as error:
        return {"refused": str(error)}
    p, names = prediction.probabilities.to_numpy(), list(prediction.probabilities.columns)
    truth = nx.to_numpy_array(made.graph, nodelist=names, weight=None)
    pairs = [
        [round(float(p[i, j]), 3), round(float(p[j, i]), 3), int(truth[i, j] - truth[j, i])]
        for i in range(len(p))
        for j in range(i + 1, len(p))
    ]
    return {"familiarity": round(prediction.familiarity or 0.0, 3), "pairs": pairs}


def fitted(made: Table, seed: int) -> dict[str, Any]:
    """Whether the interval of an effect holds the truth, and the samples' p-values, true graph given."""
    graph: Any = made.graph
    if made.hidden:
        graph = fc.MixedGraph(made.graph, nx.Graph(made.hidden))
    row: dict[str, Any] = {}
    try:
        model = fc.infer(made.frame, graph)
        chosen = pair_and_values(made, seed)
        if chosen is not None:
            x, y, low, high = chosen
            truth = made.effect(x, y, low, high)
            if math.isfinite(truth):
                answer = model.effect(x, y, (low, high)).iloc[-1]
                row["effect"] = [float(answer["lower"]), float(answer["upper"]), truth]
        row["p"] = p_values(model, made)
    except fc.InputError as error:
        row["refused"] = str(error)
    return row


def p_values(model: Any, made: Table) -> list[float]:
    """The posterior predictive p-values of one model."""
    n = len(made.frame)
    drawn = model.sample(REPLICATES * n, seed=1)
    numeric = made.frame.select_dtypes("number").columns
    edges = [(x, y) for x, y in made.graph.edges if x in numeric and y in numeric]
    seen = statistics(made.frame[numeric], edges)
    replicates = [
        statistics(
            drawn[numeric].iloc[k * n : (k + 1) * n].where(made.frame[numeric].notna().to_numpy()), edges
        )
        for k in range(REPLICATES)
    ]
    above = [np.mean([(r[i] > s) + 0.5 * (r[i] == s) for r in replicates]) for i, s in enumerate(seen)]
    return [round(float(p), 3) for p in above if math.isfinite(p)]


def statistics(frame: pd.DataFrame, edges: list[tuple[str, str]]) -> list[float]:
    """Means, spreads and two quantiles of all columns, and correlations along the edges."""
    columns = [frame.mean(), frame.std(), frame.quantile(0.05), frame.quantile(0.95)]
    correlations = [frame[x].corr(frame[y], method="spearman") for x, y in edges]
    return [*np.concatenate([column.to_numpy(float) for column in columns]).round(9), *correlations]


class Promise(NamedTuple):
    """How much more was said than was true, of one kind, and the standard error of that over its tables."""

    gap: float
    error: float

    def __str__(self) -> str:
        return f"{self.gap:+.2f} ± {self.error:.2f}"


def promise(tables: list[np.ndarray]) -> Promise:
    """From `[k, 2]` said and true of each table; by the jackknife over tables."""
    sums = np.array([[*part.sum(0), len(part)] for part in tables if len(part)]).reshape(-1, 3)
    said, true, count = sums.sum(0)
    if count == 0:
        return Promise(math.nan, math.nan)
    left = sums.sum(0) - sums
    left = left[left[:, 2] > 0]
    gaps = (left[:, 0] - left[:, 1]) / left[:, 2]
    error = math.sqrt((len(gaps) - 1) * float(gaps.var())) if len(gaps) > 1 else math.nan
    return Promise(float((said - true) / count), error)


def edges_of(pairs: np.ndarray, above: float = 0.5) -> np.ndarray:
    """Said and true of the ordered pairs that are more probable than that, `[k, 2]`."""
    both = ordered(pairs)
    return both[both[:, 0] > above]


def ordered(pairs: np.ndarray) -> np.ndarray:
    """Said and true of all ordered pairs, `[2 pairs, 2]`."""
    p, q, truth = pairs.T
    return np.concatenate([np.stack([p, truth == 1], 1), np.stack([q, truth == -1], 1)])


def directions_of(pairs: np.ndarray) -> np.ndarray:
    """Of the true edges: how probable the likelier direction is, given an edge, and whether it is right."""
    p, q, truth = pairs[pairs[:, 2] != 0].T
    said = np.maximum(p, q) / np.maximum(p + q, 1e-9)
    right = np.where(p == q, 0.5, (p > q) == (truth == 1))
    return np.stack([np.maximum(said, 0.5), right], 1)


def calibration_error(tables: list[np.ndarray], bins: int = 10) -> float:
    """Of all ordered pairs of all tables of a kind together."""
    both = np.concatenate([ordered(pairs) for pairs in tables])
    place = np.minimum((both[:, 0] * bins).astype(int), bins - 1)
    gaps = np.bincount(place, weights=both[:, 0] - both[:, 1], minlength=bins)
    return float(np.abs(gaps).sum() / len(both))


def line(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of one kind."""
    tables = [np.array(row["pairs"], dtype=float) for row in rows if "pairs" in row]
    edges, turned = [edges_of(pairs) for pairs in tables], [directions_of(pairs) for pairs in tables]
    all_edges, all_turned = (
        np.concatenate(parts) if parts else np.zeros((0, 2)) for parts in (edges, turned)
    )
    effects = np.array([row["effect"] for row in rows if "effect" in row]).reshape(-1, 3)
    held = (effects[:, 0] <= effects[:, 2]) & (effects[:, 2] <= effects[:, 1])
    p = np.concatenate([row["p"] for row in rows if "p" in row] or [np.zeros(0)])
    return {
        "tables": len(tables),
        "error": calibration_error(tables) if tables else math.nan,
        "said": all_edges[:, 0].mean() if len(all_edges) else math.nan,
        "true": all_edges[:, 1].mean() if len(all_edges) else math.nan,
        "count": len(all_edges),
        "direction": all_turned[:, 0].mean() if len(all_turned) else math.nan,
        "right": all_turned[:, 1].mean() if len(all_turned) else math.nan,
        "held": f"{held.sum()} of {len(held)}" if len(held) else "",
        "extreme": f"{((p < 0.025) | (p > 0.975)).mean():.0%}" if len(p) else "",
        "promise": promise(edges),
        "turned": promise(turned),
        "familiarity": np.median([row["familiarity"] for row in rows if "familiarity" in row] or [math.nan]),
        "refused": sum("refused" in row for row in rows),
    }


def lines(rows: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in KINDS:
        of_kind = [row for row in rows if row["kind"] == kind]
        if of_kind:
            yield kind, line(of_kind)


def report(rows: list[dict[str, Any]]) -> list[str]:
    """The table, the kinds that promise too much, and the worst."""
    figures = dict(lines(rows))
    table = [f"| kind | {' | '.join(COLUMNS.values())} |", "|---" * (len(COLUMNS) + 1) + "|"]
    table += [
        f"| {kind} | {' | '.join(shown(row[key]) for key in COLUMNS)} |" for kind, row in figures.items()
    ]
    told = ["\n".join(table)]
    for what, key in (("Edges", "promise"), ("Directions", "turned")):
        order = sorted(figures, key=lambda kind: -np.nan_to_num(figures[kind][key].gap, nan=-9.0))
        over = [kind for kind in order if figures[kind][key].gap > TOO_MUCH]
        sure = [kind for kind in over if figures[kind][key].gap - 2 * figures[kind][key].error > TOO_MUCH]
        told.append(
            f"{what} are promised more than {TOO_MUCH} too often in {len(over)} of {len(figures)} kinds, "
            f"by two standard errors more in {len(sure)}; worst: "
            + "; ".join(f"{kind} ({figures[kind][key]})" for kind in order[:5])
        )
    told.append(by_familiarity(rows))
    told.append(f"Tables that were refused: {sum(row['refused'] for row in figures.values())}.")
    return told


def by_familiarity(rows: list[dict[str, Any]]) -> str:
    """What edges above one half promise, by how familiar their tables are: could that lower the rest?"""
    found = [row for row in rows if "pairs" in row]
    table = ["| familiarity | tables | edges | said | true |", "|---" * 5 + "|"]
    for low, high in pairwise((0.0, 0.05, 0.2, 0.5, 1.01)):
        part = [np.array(row["pairs"], dtype=float) for row in found if low <= row["familiarity"] < high]
        if not part:
            continue
        edges = np.concatenate([edges_of(pairs) for pairs in part])
        said, true = (edges[:, k].mean() if len(edges) else math.nan for k in (0, 1))
        table.append(
            f"| {low:g} to {min(high, 1):g} | {len(part)} | {len(edges)} | {shown(said)} | {shown(true)} |"
        )
    return "\n".join(table)


def shown(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
    return str(value)


if __name__ == "__main__":
    main()
