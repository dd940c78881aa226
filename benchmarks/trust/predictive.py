"""Do samples of a fitted mechanism look like the data, and do the fitted rows have a finite likelihood?

For each kind of column y, with the causes a and b, 12 tables of n rows: the share of 1,000 samples of y
further than three ranges of the data away from it, the largest distance in ranges, how far the median of the
samples is off in interquartile ranges, the share of the fitted rows with a likelihood of zero, and
errors.

    python benchmarks/trust/predictive.py                   # prints the table
    python benchmarks/trust/predictive.py --rows 60 --tables 4
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

import networkx as nx
import numpy as np
import pandas as pd

import foundation_causal as fc
from foundation_causal.runtime import measured_on

Make = Callable[[np.ndarray, np.random.Generator], np.ndarray]
KINDS: dict[str, Make] = {
    "Gaussian": lambda z, r: z,
    "clipped": lambda z, r: np.clip(z, -0.5, 0.5),
    "zero-inflated": lambda z, r: np.where(r.random(len(z)) < 0.5, 0.0, np.exp(z)),
    "often zero, by its causes": lambda z, r: np.maximum(z - 1, 0) ** 2,
    "logistic 0/1": lambda z, r: (r.random(len(z)) < 1 / (1 + np.exp(-2 * z))) * 1.0,
    "rare events": lambda z, r: (r.random(len(z)) < 0.04 * np.exp(np.clip(z, -2, 2))) * 1.0,
    "counts": lambda z, r: r.poisson(np.exp(np.clip(z, -3, 3))) * 1.0,
    "heavy tails": lambda z, r: z + r.standard_t(1.5, len(z)),
    "exponentiated": lambda z, r: np.exp(1.5 * z),
    "rounded to five values": lambda z, r: np.clip(np.round(z), -2, 2),
    "rounded to halves": lambda z, r: np.round(2 * z) / 2,
    "constant but for few": lambda z, r: np.where(r.random(len(z)) < 0.97, 1.0, z),
    "two humps": lambda z, r: z + np.where(r.random(len(z)) < 0.5, -6.0, 6.0),
    "dollars": lambda z, r: np.round(np.exp(10 + z) * (r.random(len(z)) < 0.7), 2),
    "scale by its causes": lambda z, r: z + np.exp(1.5 * z) * r.normal(size=len(z)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="*", default=[60, 200, 800])
    parser.add_argument("--tables", type=int, default=12)
    parser.add_argument("--kind", help="this one only")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{measured_on()}; {options.tables} tables for each line, seeds 0 to {options.tables - 1}\n")
    print(
        "| kind | rows | beyond 3 ranges | furthest, in ranges | median off, in IQR | rows at zero | errors |"
    )
    print("|---|---|---|---|---|---|---|")
    for kind in [options.kind] if options.kind else KINDS:
        for n in options.rows:
            print(f"| {kind} | {n} | {' | '.join(line(kind, n, options.tables))} |", flush=True)


def line(kind: str, n: int, tables: int) -> list[str]:
    """The figures of one kind and size."""
    found, errors = [], 0
    for seed in range(tables):
        try:
            found.append(figures(table(kind, n, seed)))
        except fc.InputError:  # a column without variation
            continue
        except Exception:
            errors += 1
    if not found:
        return ["-"] * 4 + [str(errors)]
    beyond, furthest, off, zero = np.array(found).T
    return [
        f"{beyond.mean():.2%}",
        f"{furthest.max():.1f}",
        f"{off.mean():.2f}",
        f"{zero.mean():.2%}",
        str(errors),
    ]


def table(kind: str, n: int, seed: int) -> pd.DataFrame:
    """Two causes and a column of that kind."""
    random = np.random.default_rng(seed)
    a, b = random.normal(size=(2, n))
    return pd.DataFrame({"a": a, "b": b, "y": KINDS[kind](a + b + 0.5 * random.normal(size=n), random)})


def figures(frame: pd.DataFrame) -> tuple[float, float, float, float]:
    """Share beyond three ranges, furthest sample, median off, and share of rows with no likelihood."""
    model = fc.infer(frame, nx.DiGraph([("a", "y"), ("b", "y")]))
    drawn, seen = model.sample(1000, seed=0)["y"].to_numpy(float), frame["y"].to_numpy(float)
    spread = np.ptp(seen)
    away = np.maximum(np.maximum(drawn - seen.max(), seen.min() - drawn), 0) / spread
    middle = max(np.subtract(*np.quantile(seen, [0.75, 0.25])), 0.1 * spread)
    zero = float((~np.isfinite(model.log_likelihood(frame))).mean())
    return float((away > 3).mean()), float(away.max()), abs(np.median(drawn) - np.median(seen)) / middle, zero


if __name__ == "__main__":
    main()
