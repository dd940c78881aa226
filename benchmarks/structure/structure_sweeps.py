"""How accuracy, time and memory go with rows and columns; what missing values, knowledge, interventions do.

    python benchmarks/structure/structure_sweeps.py               # everything; resumes where it was stopped
    python benchmarks/structure/structure_sweeps.py --sweep rows  # one sweep
    python benchmarks/structure/structure_sweeps.py --draw-only   # table and picture of what has been run

Fresh SCMs of P_IN, one (`--scms`) of each of LIN and RFF with Gaussian and Laplace noise; the same ones all
along a sweep, but for that of columns. Every point has a process of its own for each method, whose peak
memory is measured, with what the libraries take; seconds are those of the processor on one thread, after
imports.
"""

import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
import pandas as pd
from result_rows import append, read

from discovery import discover
from discovery.structure_methods import OURS
from foundation_causal import Knowledge
from foundation_causal.files import replacing
from foundation_causal.graphs import adjacency
from foundation_causal.metrics.all_scores import pattern_scores
from foundation_causal.runtime import one_thread
from foundation_causal.simulate import Gaussian, Interventions, Laplace, p_in

SEED = 78_000_000
RESULTS = Path("benchmarks/results/structure_sweeps.jsonl")
PICTURE = Path("docs/structure-sweeps.png")
D, N, MOST_ROWS = 20, 400, 5000
LAWS = {"Gaussian": Gaussian((0.2, 2.0)), "Laplace": Laplace((0.2, 2.0))}
KINDS = [(mechanism, law) for mechanism in ("linear", "rff") for law in LAWS]


class Point(NamedTuple):
    """One place on a sweep: what is swept, and everything that a run depends on."""

    sweep: str
    value: float
    d: int = D
    n: int = N


SWEEPS = {
    "rows": [Point("rows", n, n=n) for n in (50, 100, 200, 400, 1000, 2000, 5000)],
    "columns": [Point("columns", d, d=d) for d in (2, 5, 10, 20, 50, 100, 200)],
    "columns, 1,000 rows": [Point("columns, 1,000 rows", 100, d=100, n=1000)],
    "missing values": [Point("missing values", share) for share in (0.0, 0.1, 0.3)],
    "known pairs": [Point("known pairs", share) for share in (0.0, 0.1, 0.3)],
    "interventional rows": [Point("interventional rows", share) for share in (0.0, 0.25)],
}


class Task(NamedTuple):
    """One run."""

    point: Point
    kind: int  # of `KINDS`
    index: int
    method: str
    model: str

    @property
    def key(self) -> tuple[str, float, int, int, str]:
        return (self.point.sweep, self.point.value, self.kind, self.index, self.method)


@click.command()
@click.option("--sweep", "sweeps", type=click.Choice(list(SWEEPS)), multiple=True, default=tuple(SWEEPS))
@click.option("--method", "methods", type=click.Choice(list(OURS)), multiple=True, default=tuple(OURS))
@click.option("--scms", type=click.IntRange(1), default=1, show_default=True, help="Of each of four kinds.")
@click.option("--largest", type=int, help="Leave out points with more columns than this.")
@click.option("--model", default="edge-transformer", show_default=True)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@click.option("--picture", type=click.Path(path_type=Path), default=PICTURE, show_default=True)
@click.option("--draw-only", is_flag=True)
def main(
    sweeps: tuple[str, ...],
    methods: tuple[str, ...],
    scms: int,
    largest: int | None,
    model: str,
    results: Path,
    picture: Path,
    draw_only: bool,
) -> None:
    """Run what has not been run, print a table, and draw curves to PICTURE."""
    seen = {key_of(row) for row in read(results)}
    points = [point for sweep in sweeps for point in SWEEPS[sweep] if largest is None or point.d <= largest]
    for point, method in [] if draw_only else product(points, methods):
        tasks = [
            Task(point, kind, index, method, model) for index in range(scms) for kind in range(len(KINDS))
        ]
        tasks = [task for task in tasks if task.key not in seen]
        # A fresh process, because a process never forgets its peak.
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
            for row in pool.map(measured, tasks):
                append(results, [six_digits(row)])
    done = read(results)
    if not done:
        raise click.ClickException(f"{results} holds no results: run this without --draw-only first.")
    table = means(done)
    print_table(table)
    from sweep_pictures import draw_sweeps

    with replacing(picture) as temporary:
        draw_sweeps(temporary, table)


def measured(task: Task) -> dict[str, Any]:
    """Scores and seconds of one run, and megabytes of the process up to here."""
    rows, settings, truth = data_of(task)
    refine = OURS[task.method]
    told = np.zeros_like(truth, dtype=bool)
    if "knowledge" in settings:
        known = settings["knowledge"].constraints([f"X{j + 1}" for j in range(len(truth))])
        told = (known.required | known.forbidden) & (known.required | known.forbidden).T
    with one_thread():
        small = np.random.default_rng(0).normal(size=(50, 3))
        discover(small, refine=refine, model=task.model)
        before, start = peak_megabytes(), time.process_time()
        prediction = discover(rows, refine=refine, model=task.model, **settings)
        seconds = time.process_time() - start
    found = adjacency(prediction.graph)
    scores = pattern_scores(truth, found.astype(float), prediction.probabilities.to_numpy())
    # What was told is no merit of the method, so these scores are of the other pairs only.
    opened = pattern_scores(truth * ~told, found * ~told * 1.0)
    mechanism, law = KINDS[task.kind]
    return {
        **dict(zip(("sweep", "value", "kind", "index", "method"), task.key, strict=True)),
        **{"mechanism": mechanism, "noise": law, "d": task.point.d, "n": task.point.n},
        **{name: scores[name] for name in ("shd", "f1", "auprc", "ece", "true_edges")},
        **{"shd_open": opened["shd"], "f1_open": opened["f1"]},
        **{"seconds": seconds, "megabytes": peak_megabytes(), "megabytes_before": before},
    }


def data_of(task: Task) -> tuple[np.ndarray, dict[str, Any], np.ndarray]:
    """Rows `[n, d]`, what else `discover` is given, and the truth `[d, d]`."""
    point, (mechanism, law) = task.point, KINDS[task.kind]
    prior = p_in([mechanism], noises=[LAWS[law]])
    seed = SEED + 1000 * task.index + task.kind
    drawn = {"scms": 1, "d": point.d, "seed": seed}
    rng = np.random.default_rng(seed)
    if point.sweep == "interventional rows":
        prior = replace(prior, interventions=Interventions())
        batch = prior.draw(**drawn, n=N, n_interventional=N // 4)
        values, mask = batch.data[0].double().numpy(), batch.intervened[0].numpy()
        active = round(point.value * N)
        kept = np.concatenate(
            [np.flatnonzero(~mask.any(1))[: N - active], np.flatnonzero(mask.any(1))[:active]]
        )
        return values[kept], {"intervened": mask[kept]}, batch.adjacency[0].numpy().astype(int)
    batch = prior.draw(**drawn, n=MOST_ROWS if point.sweep == "rows" else point.n)
    values, truth = batch.data[0].double().numpy()[: point.n], batch.adjacency[0].numpy().astype(int)
    settings: dict[str, Any] = {}
    if point.sweep == "missing values":
        values = np.where(rng.random(values.shape) < point.value, np.nan, values)
    if point.sweep == "known pairs":
        settings["knowledge"] = part_of(truth, point.value, rng)
    return values, settings, truth


def part_of(truth: np.ndarray, share: float, rng: np.random.Generator) -> Knowledge:
    """What is true of a share of the pairs: an edge there, one the other way, or none."""
    pairs = np.argwhere(np.triu(np.ones_like(truth), 1))
    chosen = pairs[rng.permutation(len(pairs))[: round(share * len(pairs))]]
    both = [*map(tuple, chosen), *map(tuple, chosen[:, ::-1])]
    name = "X{}".format
    edges = {True: [], False: []}
    for i, j in both:
        edges[bool(truth[i, j])].append((name(i + 1), name(j + 1)))
    return Knowledge(required=edges[True], forbidden=edges[False])


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # of kilobytes, on Linux


def six_digits(row: dict[str, Any]) -> dict[str, Any]:
    return {k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in row.items()}


def key_of(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("sweep", "value", "kind", "index", "method"))


def means(done: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per sweep, value and method."""
    frame = pd.DataFrame(done)
    frame["shd_per_edge"] = frame["shd"] / frame["true_edges"].clip(lower=1)
    cells = frame.groupby(["sweep", "value", "method"], sort=False)
    scores = ["f1", "f1_open", "shd_per_edge", "auprc", "ece", "seconds", "megabytes", "megabytes_before"]
    table = cells[scores].mean()
    table["megabytes"] = cells["megabytes"].max()
    table.insert(0, "scms", cells.size())
    table["f1_se"] = cells["f1"].sem()
    return table.reset_index()


def print_table(table: pd.DataFrame) -> None:
    heads = ("sweep", "value", "method", "SCMs", "F1", "F1, pairs not told", "SHD per edge", "AUPRC", "ECE")
    print(f"| {' | '.join((*heads, 'seconds', 'MB at most'))} |")
    print("|---" * (len(heads) + 2) + "|")
    for row in table.itertuples():
        scores = (row.f1, row.f1_open, row.shd_per_edge, row.auprc, row.ece, row.seconds)
        numbers = " | ".join(f"{score:.3f}" for score in scores)
        print(
            f"| {row.sweep} | {row.value:g} | {row.method} | {row.scms} | {numbers} | {row.megabytes:.0f} |"
        )


if __name__ == "__main__":
    main()
