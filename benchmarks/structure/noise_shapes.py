"""Tables under noises of many shapes: SHD of this project, of its network alone and of DirectLiNGAM.

    python benchmarks/structure/noise_shapes.py --tables 10
    python benchmarks/structure/noise_shapes.py --curved --out benchmarks/results/noise_shapes_curved.md

Every node of "own, both signs" has a shape of its own, turned either way; the other rows have one shape for
all nodes. Weights are .5 to 1.5 in size with either sign, two parents a node in the mean; with `--curved`,
they are those of the sine or the hyperbolic tangent of a parent, by turns. DirectLiNGAM's
edges are those with an absolute weight above .1 of standardized rows. Prints Markdown and writes it.
"""

import time
import warnings
from pathlib import Path

import click
import numpy as np
import pandas as pd
from result_rows import mean_errors

import foundation_causal as fc
from discovery.baselines import learn
from foundation_causal.metrics import shd
from foundation_causal.runtime import one_thread

RESULTS = Path("benchmarks/results/noise_shapes.md")
SHAPES = {
    "Gaussian": lambda rng, n: rng.normal(size=n),
    "Laplace": lambda rng, n: rng.laplace(size=n) / np.sqrt(2),
    "exponential": lambda rng, n: rng.exponential(size=n) - 1,
    "minus exponential": lambda rng, n: 1 - rng.exponential(size=n),
    "gamma": lambda rng, n: (rng.gamma(2, size=n) - 2) / np.sqrt(2),
    "Gumbel": lambda rng, n: (rng.gumbel(size=n) - 0.577) / 1.28,
    "uniform": lambda rng, n: rng.uniform(-1.73, 1.73, n),
    "Student, 3 degrees": lambda rng, n: rng.standard_t(3, n) / np.sqrt(3),
    "lognormal": lambda rng, n: rng.lognormal(0, 0.7, n) - 1.28,
}
OWN = "own, both signs"


def table(shape: str, d: int, n: int, seed: int, curved: bool = False) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows, columns in any order, and the true adjacency."""
    rng = np.random.default_rng(seed)
    weights = np.triu(rng.choice([-1, 1], (d, d)) * rng.uniform(0.5, 1.5, (d, d)), 1)
    weights *= rng.random((d, d)) < 4 / (d - 1)
    x = np.zeros((n, d))
    for j in range(d):
        drawn = SHAPES[str(rng.choice(list(SHAPES))) if shape == OWN else shape](rng, n)
        sign = rng.choice([-1, 1]) if shape == OWN else 1
        causes = np.where(np.arange(d) % 2, np.sin(1.5 * x), np.tanh(2 * x)) if curved else x
        x[:, j] = causes @ weights[:, j] + sign * rng.uniform(0.5, 1.5) * drawn
    names = [f"x{i}" for i in range(d)]
    frame = pd.DataFrame(x, columns=names)[rng.permutation(names)]
    return frame, pd.DataFrame(weights != 0, names, names)


def errors(frame: pd.DataFrame, truth: pd.DataFrame) -> dict[str, float]:
    """SHD by method, and the seconds of this project."""
    start = time.process_time()
    found = fc.discover(frame, confounders=False)
    seconds = time.process_time() - start
    alone = fc.discover(frame, refine=False, confounders=False)
    names = list(frame)
    lingam = pd.DataFrame(learn("DirectLiNGAM", frame), names, names)
    return {
        "foundation-causal": shd(truth, found.graph),
        "network": shd(truth, alone.graph),
        "DirectLiNGAM": shd(truth, lingam.loc[truth.index, truth.index]),
        "seconds": seconds,
    }


@click.command()
@click.option("--tables", default=10, show_default=True)
@click.option("--columns", default=10, show_default=True)
@click.option("--rows", default=500, show_default=True)
@click.option("--curved", is_flag=True, help="Sines and hyperbolic tangents instead of lines.")
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@one_thread()
def main(tables: int, columns: int, rows: int, curved: bool, out: Path) -> None:
    """Print a row for every shape, and write them to OUT."""
    warnings.simplefilter("ignore")
    mean_errors(
        "noise",
        (*SHAPES, OWN),
        lambda shape, k: errors(*table(shape, columns, rows, k, curved)),
        (tables, columns, rows),
        out,
    )


if __name__ == "__main__":
    main()
