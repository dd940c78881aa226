"""How good the networks' own probabilities are where columns have types, without the search.

    python benchmarks/structure/network_types.py                              # all tables
    python benchmarks/structure/network_types.py --tables mixed --first 2     # a first look

Held-out tables of the prior "mixed" and of two priors of numbers (d = 10, n = 500; another seed than training
and its validation), and those of the suites "mixed" (d = 5 and 10, n = 1000) and "bnlearn" (up to 20 columns,
n = 1000), which other simulators made. AUPRC and F1 (edges above one half) are means over tables; the
calibration error is that of all pairs of a kind of table together, and "sure" the share of edges among the
pairs whose probability is above 0.9. Columns that do not vary are left out.
"""

from collections.abc import Iterator
from pathlib import Path

import click
import networkx as nx
import numpy as np
import pandas as pd
from result_rows import markdown

from discovery.network.answers import edge_probabilities
from discovery.preparation import Rows, rows_of
from foundation_causal import observations
from foundation_causal.metrics import auprc
from foundation_causal.metrics.probabilities import count_pairs, reliability
from foundation_causal.networks.pretrained import WEIGHTS
from foundation_causal.runtime import measured_on, one_thread
from foundation_causal.simulate import Gaussian, p_in, prior
from foundation_causal.suites import load_suite
from foundation_causal.types import Array

SEED = 91_000_000
D, N = 10, 500
SHARES = {"all discrete": (1.0, 1.0), "30-70% discrete": (0.3, 0.7), "odd numbers": (0.0, 0.0)}
NUMBERS = {"wide": prior("wide"), "rff-gaussian": p_in(["rff"], noises=[Gaussian((0.2, 2.0))])}
NETWORKS = ("asia", "cancer", "earthquake", "survey", "sachs", "child")
MODELS = ("edge-transformer", "edge-transformer-types")

Table = tuple[str, Rows, Array]  # kind, rows, true adjacency


@click.command()
@click.option("--tables", type=click.Choice(["prior", "numbers", "mixed", "bnlearn"]), multiple=True)
@click.option("--first", default=40, show_default=True, help="Tables of each kind.")
@click.option("--model", "models", multiple=True, default=MODELS, help="A bundled model or a folder.")
def main(tables: tuple[str, ...], first: int, models: tuple[str, ...]) -> None:
    """Print a table of scores of every model on every kind of table."""
    rows = []
    drawn = list(_tables(tables or ("prior", "numbers", "mixed", "bnlearn"), first))
    for kind in dict.fromkeys(table[0] for table in drawn):
        for model in models:
            rows.append({"tables": kind, "model": Path(model).name, **_scores(kind, drawn, model)})
    print(measured_on())
    print(markdown(pd.DataFrame(rows), 3))


def _scores(kind: str, drawn: list[Table], model: str) -> dict[str, float]:
    """Means over the tables of a kind, and the calibration of all of their pairs."""
    # By its folder, since a name may stand for the model that suits the table.
    source = WEIGHTS / model if (WEIGHTS / model).is_dir() else Path(model)
    areas, f1s, counts = [], [], []
    for other, rows, truth in drawn:
        if other == kind:
            with one_thread():
                found = edge_probabilities(rows, source)
            areas.append(auprc(truth, found))
            hits = float(truth[found > 0.5].sum())
            f1s.append(2 * hits / max(truth.sum() + (found > 0.5).sum(), 1))
            counts.append(count_pairs(truth, found))
    curve = reliability(counts)
    gaps = (curve.probability - curve.share).abs()
    sure = curve[curve.probability > 0.9]
    return {
        "number": len(areas),
        "AUPRC": float(np.nanmean(areas)),
        "F1": float(np.mean(f1s)),
        "calibration error": float((gaps * curve.pairs).sum() / curve.pairs.sum()),
        "sure": float(sure.share.iloc[0]) if len(sure) else float("nan"),
        "sure pairs": int(sure.pairs.sum()),
    }


def _tables(wanted: tuple[str, ...], first: int) -> Iterator[Table]:
    if "prior" in wanted:
        for name, share in SHARES.items():
            batch = prior("mixed").draw(scms=first, d=D, n=N, seed=SEED, share=share)
            for b in range(first):
                types = dict.fromkeys(batch.names, "continuous") | batch.types(b)
                yield _table(f"mixed: {name}", batch.frame(b), batch.graph(b), types)
    if "numbers" in wanted:
        for name, numbers in NUMBERS.items():
            drawn = numbers.draw(scms=first, d=D, n=N, seed=SEED)
            for b in range(first):
                yield _table(name, drawn.frame(b), drawn.graph(b), dict.fromkeys(drawn.names, "continuous"))
    if "mixed" in wanted:
        for case in load_suite("mixed").only(d=(5, 10), n=1000).first(first):
            yield _table(f"suite: {case.labels['mix']}", case.frame, case.graph)
    if "bnlearn" in wanted:
        for case in load_suite("bnlearn").only(network=NETWORKS, n=1000).first(first):
            yield _table("bnlearn", case.frame, case.graph)


def _table(kind: str, frame: pd.DataFrame, graph: nx.DiGraph, types: dict[str, str] | None = None) -> Table:
    varied = [name for name in frame if frame[name].nunique() > 1]
    known = None if types is None else {name: types[name] for name in varied}
    truth = nx.to_numpy_array(graph, nodelist=varied, weight=None)
    return kind, rows_of(observations(frame[varied], types=known)), truth


if __name__ == "__main__":
    main()
