"""From raw rows to interventions: what a wrong graph costs, and what averaging over graphs gives back.

    python benchmarks/effects/end_to_end.py                # goes on where it was stopped
    python benchmarks/effects/end_to_end.py --peers 2      # two data sets of each cell for the peers, too
    python benchmarks/effects/end_to_end.py --table-only   # print the tables of what has been run

400 rows of context, no graph. A random variable that has effects is set to its 90% quantile. Judged by

- the RMSE of counterfactuals: abduct the noise of 400 other rows, act, predict; over all variables but the
  one that is set, in units of the context's standard deviations;
- the MMD of samples under the intervention against true ones, in the same units, with one bandwidth for all.

Chains: the true graph, the discovered one, averages over weighted DAGs, each with the kernel model; a
classical method's graph with DoWhy's mechanisms; and "nothing else changes", which leaves every other
variable as it was. One JSON object a line for each data set. The peers need the extra `baselines`.
"""

import json
import time
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, zip_longest
from pathlib import Path
from typing import NamedTuple

import click
import networkx as nx
import numpy as np
import pandas as pd
import torch

from discovery import discover
from discovery.baselines import learn
from discovery.preparation import standardized
from discovery.search.dags import most_probable_dag
from foundation_causal.graphs import adjacency, from_adjacency
from foundation_causal.metrics import mmd
from foundation_causal.observations import Observations, observations
from foundation_causal.runtime import measured_on
from foundation_causal.suites import Case, load_suite
from mechanisms import CausalModel, infer
from mechanisms.averaged_model import AveragedModel, average_models
from mechanisms.dowhy_bridge import fit_dowhy
from mechanisms.mechanism_model import predict

Model = CausalModel | AveragedModel
RESULTS = Path("benchmarks/results/end_to_end.jsonl")
AVERAGES = (5, 10, 20)
PEERS = ("DirectLiNGAM", "BOSS")
LEVEL = 0.9
NOTHING = "nothing else changes"
FIRST = {20: 2, 50: 1, 100: 1}  # data sets of each cell of cond-fip with so many variables; all if not here


class Question(NamedTuple):
    """An intervention on a data set, and the true answers.

    Attributes:
        target, value: what is set, and to what.
        rows: the factual rows in their counterfactual state, `[m, d]`.
        samples: fresh rows under the intervention, `[m, d]`.
        reached: bool `[d]`, the true descendants of the target.
    """

    target: str
    value: float
    rows: np.ndarray
    samples: np.ndarray
    reached: np.ndarray


@click.command()
@click.option("--suite", "suites", multiple=True, default=("csuite", "cond-fip"), show_default=True)
@click.option(
    "--d", "sizes", multiple=True, type=int, default=(10, 20), show_default=True, help="Of cond-fip."
)
@click.option("--peers", default=0, show_default=True, help="Data sets of each cell that the peers get.")
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@click.option("--table-only", is_flag=True)
def main(
    suites: tuple[str, ...], sizes: tuple[int, ...], peers: int, results: Path, table_only: bool
) -> None:
    """Run what has not been run yet, then print the tables."""
    if not table_only:
        run(suites, sizes, peers, results)
    done = read(results)
    if not done:
        raise click.ClickException(f"{results} holds no results: run this without --table-only first.")
    click.echo(tables(scores_of(done)))


def run(suites: tuple[str, ...], sizes: tuple[int, ...], peers: int, results: Path) -> None:
    """Append a line for every data set that has none."""
    seen = {(line["data"], line["chains"]) for line in read(results)}
    for suite in suites:
        for chains, chosen in (("ours", None), ("peers", peers)):
            for case in cases(suite, sizes, chosen):
                asked = None if (case.name, chains) in seen else question(case)
                if asked is None:
                    continue
                models = ours(case) if chains == "ours" else the_peers(case)
                found = dict(answers(case, asked, models))
                line = {"data": case.name, "chains": chains, **labels(case), "target": asked.target}
                results.parent.mkdir(parents=True, exist_ok=True)
                with results.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({**line, "on": measured_on(), "scores": found}) + "\n")
                click.echo(f"{case.name}: {chains}", err=True)


def cases(suite: str, sizes: tuple[int, ...], first: int | None) -> Iterator[Case]:
    """The data sets to run, at most so many of each cell: the first of every cell, then the second."""
    chosen = load_suite(suite)
    if suite.startswith("cond-fip"):
        chosen = chosen.only(d=sizes)
    drawn = [
        islice(draw(suite), FIRST.get(int(cell["d"])) if first is None and "mechanism" in cell else first)
        for cell, draw in chosen.cells
    ]
    for row in zip_longest(*drawn):
        yield from (case for case in row if case is not None)


def labels(case: Case) -> dict[str, str | int]:
    """Which cell of the table the data set belongs to."""
    if "configuration" in case.labels:
        return {"cell": str(case.labels["configuration"]), "d": int(case.labels["d"])}
    return {"cell": f"{case.labels['mechanism']} {case.labels['distribution']}", "d": int(case.labels["d"])}


def question(case: Case) -> Question | None:
    """A random variable that has effects, set to its 90% quantile; None in a graph without edges."""
    names = list(case.scm.names)
    causes = [name for name in names if case.graph.out_degree(name)]
    if not causes:
        return None
    random = np.random.default_rng(zlib.crc32(case.name.encode()))
    target = causes[random.integers(len(causes))]
    value = float(np.quantile(case.context[:, names.index(target)], LEVEL))
    do = case.scm.do({target: value})
    rows = case.scm.generate(torch.from_numpy(case.noise)[None], do)[0].numpy()
    fresh = case.scm.fresh_noise(len(case.query), int(random.integers(2**31)))
    reached = np.isin(names, list(nx.descendants(case.graph, target)))
    return Question(target, value, rows, case.scm.generate(fresh, do)[0].numpy(), reached)


def ours(case: Case) -> Iterator[tuple[str, nx.DiGraph, Callable[[], Model]]]:
    """Name, graph and model of our chains."""
    table = observations(case.frame)
    yield "true graph", case.graph, lambda: infer(table, case.graph)
    prediction = discover(table)
    yield "discovered", prediction.graph, lambda: infer(table, prediction.graph)
    graphs = prediction.weighted_graphs(max(AVERAGES))
    fitted: dict[frozenset[tuple[str, str]], CausalModel] = {}

    def largest() -> AveragedModel:
        averaged = average_models(table, graphs)
        fitted.update({frozenset(model.graph.edges): model for model in averaged.models})
        return averaged

    def smaller(few: list[tuple[nx.DiGraph, float]]) -> AveragedModel:
        """Its graphs are among those of the largest average, because they are chosen one by one."""
        return AveragedModel([fitted[frozenset(g.edges)] for g, _ in few], [weight for _, weight in few])

    yield f"average of {max(AVERAGES)}", graphs[0][0], largest
    for k in AVERAGES[:-1]:
        few = prediction.weighted_graphs(k)
        yield f"average of {k}", few[0][0], partial(smaller, few)


def the_peers(case: Case) -> Iterator[tuple[str, nx.DiGraph, Callable[[], Model]]]:
    """The graphs of classical methods, with DoWhy's mechanisms."""
    table = observations(case.frame)
    for name in PEERS:
        graph = from_adjacency(extension(learn(name, standardized(table.values))), table.names)
        yield f"{name}, DoWhy", graph, partial(dowhy, table, graph)


def dowhy(table: Observations, graph: nx.DiGraph) -> CausalModel:
    """DoWhy's mechanisms, whose noise is what they leave over of the context."""
    model = fit_dowhy(table, graph)
    noise = table.values - predict(model, table.values)
    return CausalModel(model, list(noise.T))


def extension(pattern: np.ndarray) -> np.ndarray:
    """A DAG of the class that the pattern `[d, d]` stands for (Dor and Tarsi, 1992); where there is none, one
    that keeps as many edges as a greedy choice can."""
    open_edges, arrows = pattern == 0.5, pattern == 1
    dag, left = arrows.copy(), set(range(len(pattern)))
    while left:
        sinks = (j for j in sorted(left) if _can_be_last(j, left, open_edges, arrows))
        last = next(sinks, None)
        if last is None:
            return most_probable_dag(pattern, 0.4)
        inside = np.isin(np.arange(len(pattern)), list(left))
        dag[:, last] |= open_edges[:, last] & inside
        left.remove(last)
    return dag


def _can_be_last(j: int, left: set[int], open_edges: np.ndarray, arrows: np.ndarray) -> bool:
    if any(arrows[j, k] for k in left):
        return False
    joined = (arrows | arrows.T | open_edges)[:, sorted(left)]
    beside = [k for k in left if arrows[k, j] or open_edges[k, j]]
    others = np.isin(sorted(left), beside)
    return all((joined[k][others] | (np.array(beside) == k)).all() for k in beside if open_edges[k, j])


def answers(
    case: Case, asked: Question, chains: Iterator[tuple[str, nx.DiGraph, Callable[[], Model]]]
) -> Iterator[tuple[str, dict[str, float]]]:
    """The scores of every chain; seconds are those of the processor, for mechanisms and both answers, where
    the smaller averages take their mechanisms from the largest one."""
    at = list(case.scm.names).index(asked.target)
    truth = adjacency(case.graph, list(case.scm.names))
    unmoved, rows = case.query.copy(), case.context.copy()
    unmoved[:, at] = rows[:, at] = asked.value
    empty = {"shd": float(truth.sum()), "edges": 0.0, "seconds": 0.0}
    yield NOTHING, {**errors(case, asked, unmoved, rows), **empty}
    for name, graph, fitted in chains:
        start = time.process_time()
        model = fitted()
        changed = model.counterfactual(case.query, {asked.target: asked.value}).to_numpy()
        samples = model.do({asked.target: asked.value}).sample(len(asked.samples)).to_numpy()
        seconds = time.process_time() - start
        found = adjacency(graph, list(case.scm.names))
        wrong = (found != truth) | (found != truth).T
        size = {"shd": float(np.triu(wrong).sum()), "edges": float(found.sum()), "seconds": seconds}
        yield name, {**errors(case, asked, changed, samples), **size}


def errors(case: Case, asked: Question, rows: np.ndarray, samples: np.ndarray) -> dict[str, float]:
    """RMSE of counterfactual rows, over all variables but the target, its descendants and the rest; MMD."""
    scale = case.context.std(0)
    square = (((rows - asked.rows) / scale) ** 2).mean(0)
    others = np.array(case.scm.names) != asked.target
    true, drawn = asked.samples / scale, samples / scale
    distance = np.sqrt(((true[:, None, :] - true[None]) ** 2).sum(2))
    bandwidth = float(np.median(distance[np.triu_indices(len(true), 1)]))
    rest = others & ~asked.reached
    return {
        "rmse": float(np.sqrt(square[others].mean())),
        "rmse_reached": float(np.sqrt(square[asked.reached].mean())),
        "rmse_rest": float(np.sqrt(square[rest].mean())) if rest.any() else float("nan"),
        "mmd": mmd(true, drawn, bandwidth=bandwidth),
    }


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def scores_of(lines: list[dict]) -> pd.DataFrame:
    """One row for each data set and chain."""
    keys = ("data", "chains", "cell", "d")
    return pd.DataFrame(
        [
            {**{key: line[key] for key in keys}, "chain": chain, **score}
            for line in lines
            for chain, score in line["scores"].items()
            if not (line["chains"] == "peers" and chain == NOTHING)
        ]
    )


def tables(scores: pd.DataFrame) -> str:
    """The means of every cell, of all data sets, and, where peers took part, of those that they had too."""
    d, order = scores["d"].astype(str), list(dict.fromkeys(scores["chain"]))
    order.sort(key=lambda chain: int(chain.split()[-1]) if chain.startswith("average") else 0)
    shown = [chain for chain in order if "DoWhy" not in chain] + [
        chain for chain in order if "DoWhy" in chain
    ]
    scores["chain"] = pd.Categorical(scores["chain"], shown)
    scores = scores.assign(where=np.where(scores["cell"].str.contains(" "), "cond-fip, d = " + d, "csuite"))
    mine = scores[scores["chains"] == "ours"]
    parts = [
        f"### {title}\n\n{grid(mine, measure)}"
        for measure, title in (("rmse", "RMSE of counterfactuals"), ("mmd", "MMD of samples under do"))
    ]
    parts.append(f"### What is wrong where\n\n{overview(mine)}")
    shared = scores[scores["data"].isin(scores.loc[scores["chains"] == "peers", "data"])]
    if len(shared):
        parts.append(f"### Beside other chains, on the data sets that all of them had\n\n{overview(shared)}")
    return "\n\n".join(parts)


def grid(scores: pd.DataFrame, measure: str) -> str:
    """One line a cell, one column a chain."""
    cells = scores.groupby(["where", "cell", "chain"], observed=True)[measure].mean().unstack()
    counts = scores.groupby(["where", "cell"], sort=False)["data"].nunique()
    lines = [
        f"| suite | cell | data sets | {' | '.join(cells.columns)} |",
        "|---" * (3 + cells.shape[1]) + "|",
    ]
    for (where, cell), row in cells.reindex(counts.index).iterrows():
        shown = " | ".join(f"{value:.3f}" for value in row)
        lines.append(f"| {where} | {cell} | {counts[where, cell]} | {shown} |")
    return "\n".join(lines)


def overview(scores: pd.DataFrame) -> str:
    """Means over the data sets of every suite and size."""
    measures = ["rmse", "rmse_reached", "rmse_rest", "mmd", "shd", "edges", "seconds"]
    heads = ["RMSE", "of descendants", "of the rest", "MMD", "SHD", "edges", "seconds"]
    lines = [f"| suite | data sets | chain | {' | '.join(heads)} |", "|---" * (3 + len(heads)) + "|"]
    for (where, chain), rows in scores.groupby(["where", "chain"], observed=True):
        shown = [f"{rows[m].mean():.{1 if m in ('shd', 'edges', 'seconds') else 3}f}" for m in measures]
        lines.append(f"| {where} | {len(rows)} | {chain} | {' | '.join(shown)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
