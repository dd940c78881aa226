"""Does the simulator draw what AVICI's own generator draws? Statistics of both, for every class of graphs.

    python benchmarks/simulators/simulator_agreement.py --avici-python /path/to/venv/bin/python  # resumes
    python benchmarks/simulators/simulator_agreement.py --table-only  # print the tables of what has been run

`avici_worker.py` says how to install AVICI into an environment of its own. It draws from the configurations
that the package ships, in raw units, and tells the noise. Here are drawn
- "same settings": the configuration's, built from this package's parts;
- "AVICI's graphs": the same, with the graphs of `avici_graphs.py`;
- "P_IN": this package's prior of that name, which shares one noise scale among the nodes of a linear SCM.
All statistics are computed here, by the same lines for both sides. Intervals are bootstraps over SCMs.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np
import pandas as pd
from avici_graphs import EXAMPLES
from simulator_worker import GRAPHS, like_avici
from workers import Worker, machine

from foundation_causal.simulate import p_in

SEED = 40_000_000
RESULTS = Path("benchmarks/results/simulator_agreement.csv")
CONFIGS = ("train/neurips-linear", "train/neurips-rff", "examples/lin-gauss", "examples/rff-gauss")
RESAMPLES = 1000
STATISTICS = {
    "edges": "edges per node",
    "path": "longest path",
    "causes": "most parents",
    "effects": "most children",
    "variance10": "log10 variance, 10%",
    "variance50": "50%",
    "variance90": "90%",
    "linear": "R2, linear",
    "function": "R2, true function",
    "root": "sd of root means",
}


@click.command()
@click.option("--avici-python", type=click.Path(path_type=Path), help="The Python that has AVICI.")
@click.option("--scms", default=1000, show_default=True, help="On each side, for each class of graphs.")
@click.option("--d", default=20, show_default=True)
@click.option("--n", default=400, show_default=True)
@click.option("--config", "configs", multiple=True, default=CONFIGS, show_default=True)
@click.option("--seed", default=SEED, show_default=True)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@click.option("--table-only", is_flag=True)
def main(
    avici_python: Path | None,
    scms: int,
    d: int,
    n: int,
    configs: tuple[str, ...],
    seed: int,
    results: Path,
    table_only: bool,
) -> None:
    """Run every cell that RESULTS lacks, then print the tables and write them beside it."""
    if not table_only:
        if avici_python is None:
            raise click.UsageError("Give --avici-python, the Python of an environment that has AVICI.")
        with Worker(avici_python, "avici_worker.py") as avici:
            versions = {**avici.ask(job="about"), **machine(seed)}
            about = {name: str(versions[name]) for name in ("avici", "torch", "processor", "date")}
            for number, (config, graph, prior) in enumerate(cells()):
                done = read(results)
                size = {"scms": scms, "d": d, "n": n, "seed": seed + number}
                key: dict[str, Any] = {"config": config, "graph": graph or "all", "prior": prior, **size}
                known = len(done) and bool((done[list(key)] == pd.Series(key)).all(axis=1).any())
                if config not in configs or known:
                    continue
                click.echo(f"{config}, {graph or 'all graphs'}, {prior}", err=True)
                table = compared(avici, config, graph, prior, size).assign(**key, **about)
                results.parent.mkdir(parents=True, exist_ok=True)
                pd.concat([done, table]).to_csv(results, index=False, float_format="%.6g")
    done = read(results)
    if not len(done):
        raise click.ClickException(f"{results} holds no results: run this without --table-only first.")
    tables = report(done)
    results.with_suffix(".md").write_text(tables + "\n", encoding="utf-8")
    print(tables)


def cells() -> Iterator[tuple[str, str | None, str]]:
    """Configuration, class of graphs (None: all, as AVICI weighs them), and what is drawn here."""
    for config in CONFIGS:
        train = config.startswith("train/")
        graphs = (None, *GRAPHS[config.split("/")[0]])
        yield from ((config, graph, "same settings") for graph in graphs)
        yield from ((config, graph, "AVICI's graphs") for graph in (() if train else graphs))
        if config == "train/neurips-linear":
            yield config, None, "P_IN"


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path) if path.exists() else pd.DataFrame()


def compared(avici: Worker, config: str, graph: str | None, prior: str, size: dict[str, int]) -> pd.DataFrame:
    """One row for each statistic: both values and their difference, each with a 95% interval."""
    with TemporaryDirectory() as folder:
        out = str(Path(folder) / "drawn.npz")
        avici.ask(job="draw", config=config, graph=graph, out=out, **size)
        with np.load(out) as drawn:
            theirs = per_scm(drawn["adjacency"], drawn["data"], drawn["noise"])
    ours = per_scm(*drawn_here(config, graph, prior, size))
    random = np.random.default_rng(size["seed"])
    at_once = [(values, summary(values), resampled(values, random)) for values in (theirs, ours)]
    (_, their_value, their_draws), (_, our_value, our_draws) = at_once
    columns = {
        "theirs": (their_value, their_draws),
        "ours": (our_value, our_draws),
        "difference": (our_value - their_value, our_draws - their_draws),
    }
    table = pd.DataFrame({"statistic": list(STATISTICS)})
    for name, (value, draws) in columns.items():
        low, high = np.percentile(draws, [2.5, 97.5], axis=0)
        table = table.assign(**{name: value, f"{name}_low": low, f"{name}_high": high})
    return table


def drawn_here(
    config: str, graph: str | None, prior: str, size: dict[str, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Adjacency `[B, d, d]`, raw data and noise `[B, n, d]`, in float64, as AVICI's."""
    import torch

    if prior == "P_IN":
        settings = p_in(["linear" if "lin" in config else "rff"])
    else:
        settings = like_avici(config, graph, EXAMPLES if prior == "AVICI's graphs" else None)
    batch = settings.draw(scms=size["scms"], d=size["d"], n=size["n"], seed=size["seed"], dtype=torch.float64)
    return batch.adjacency.numpy(), batch.data.numpy(), batch.noise.numpy()


def per_scm(adjacency: np.ndarray, x: np.ndarray, noise: np.ndarray) -> dict[str, np.ndarray]:
    """What the statistics need: one number a graph `[B]`, or one a node `[B, d]`, NaN where it has none."""
    causes = adjacency.sum(1)
    root = causes == 0
    function = (x - noise).var(1)
    return {
        "edges": causes.mean(1),
        "path": longest_path(adjacency),
        "causes": causes.max(1),
        "effects": adjacency.sum(2).max(1),
        "variance": np.log10(x.var(1)),
        "linear": linear_fit(adjacency, x),
        "function": np.where(root, np.nan, function / (function + noise.var(1))),
        "root": np.where(root, x.mean(1), np.nan),
    }


def longest_path(adjacency: np.ndarray) -> np.ndarray:
    """Edges of the longest directed path, `[B]`."""
    level = np.zeros(adjacency.shape[:2], dtype=int)
    for _ in range(adjacency.shape[1]):
        level = (adjacency * (level + 1)[:, :, None]).max(1)
    return level.max(1)


def linear_fit(adjacency: np.ndarray, x: np.ndarray) -> np.ndarray:
    """R2 of least squares of every node on its parents, with a constant, `[B, d]`; NaN for roots."""
    result = np.full(adjacency.shape[:2], np.nan)
    centred = x - x.mean(1, keepdims=True)
    for b, j in np.argwhere(adjacency.any(1)):
        parents, y = centred[b][:, adjacency[b, :, j]], centred[b, :, j]
        parents = parents / parents.std(0)
        left = y - parents @ np.linalg.lstsq(parents, y, rcond=None)[0]
        result[b, j] = 1 - left.var() / y.var()
    return result


def summary(values: dict[str, np.ndarray]) -> np.ndarray:
    """The statistics in their order."""
    variance = np.quantile(values["variance"], [0.1, 0.5, 0.9])
    graph = [values[key].mean() for key in ("edges", "path", "causes", "effects")]
    fit = [np.nanmean(values[key]) for key in ("linear", "function")]
    return np.array([*graph, *variance, *fit, np.nanstd(values["root"])])


def resampled(values: dict[str, np.ndarray], random: np.random.Generator) -> np.ndarray:
    """The statistics of bootstrap samples of the SCMs, `[RESAMPLES, statistics]`."""
    scms = len(values["edges"])
    choices = (random.integers(scms, size=scms) for _ in range(RESAMPLES))
    return np.array([summary({key: value[kept] for key, value in values.items()}) for kept in choices])


def report(done: pd.DataFrame) -> str:
    """Counts, then a table for each configuration; a difference whose interval leaves out 0 is bold."""
    done = done.sort_values("seed", kind="stable")
    first, last = done.iloc[0], done.iloc[-1]
    groups = list(done.groupby(["config", "prior"], sort=False))
    lines = [
        f"{first['scms']} SCMs on each side of every row, d = {first['d']}, n = {first['n']}, seeds "
        f"{first['seed']} to {last['seed']}; avici {first['avici']}, torch {first['torch']}, "
        f"{first['processor']}, {first['date']}.",
        "Value and half the width of its 95% interval; difference: here less AVICI, with its 95% interval, "
        "bold (outside) where that leaves out 0.",
        *["", "### Differences outside their intervals", ""],
        "| AVICI's | drawn here | differences | outside | without root means | by chance |",
        "|---|---|---|---|---|---|",
    ]
    for (config, prior), rows in groups:
        wrong = outside(rows)
        graded = int(wrong[rows["statistic"] != "root"].sum())
        lines.append(
            f"| {config} | {prior} | {len(rows)} | {int(wrong.sum())} | {graded} | {0.05 * len(rows):.1f} |"
        )
    for (config, prior), rows in groups:
        lines += [*["", f"### {config}, drawn here: {prior}", ""],
                  f"| graphs | | {' | '.join(STATISTICS.values())} |",
                  "|---" * (len(STATISTICS) + 2) + "|"]  # fmt: skip
        for graph, cell in rows.groupby("graph", sort=False):
            ordered = cell.set_index("statistic").loc[list(STATISTICS)]
            lines += [f"| {graph} | AVICI | {' | '.join(values(ordered, 'theirs'))} |",
                      f"| | here | {' | '.join(values(ordered, 'ours'))} |",
                      f"| | difference | {' | '.join(differences(ordered))} |"]  # fmt: skip
    return "\n".join(lines)


def outside(rows: pd.DataFrame) -> pd.Series:
    return (rows["difference_low"] > 0) | (rows["difference_high"] < 0)


def values(rows: pd.DataFrame, side: str) -> list[str]:
    half = (rows[f"{side}_high"] - rows[f"{side}_low"]) / 2
    return [f"{value:.3f} ± {width:.3f}" for value, width in zip(rows[side], half, strict=True)]


def differences(rows: pd.DataFrame) -> list[str]:
    columns = (rows[f"difference{end}"] for end in ("", "_low", "_high"))
    cells = [f"{value:+.3f} [{low:+.3f}, {high:+.3f}]" for value, low, high in zip(*columns, strict=True)]
    return [f"**{cell}**" if bold else cell for cell, bold in zip(cells, outside(rows), strict=True)]


if __name__ == "__main__":
    main()
