"""Effects where causes are hidden: bias, error and coverage on graphs whose effects are identified.

    python benchmarks/effects/hidden_causes.py --runs 20

Each row of the table is over so many tables of 500 rows. The truth is that of the simulated equations, by
200,000 rows with the treatment set. `naive` is the regression of y on t by least squares, or the difference
of means; it says how large the confounding is that is to be undone.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

import foundation_causal as fc
from foundation_causal import MixedGraph

ROWS = 500
GRAPHS = {
    "front door": MixedGraph([("t", "m"), ("m", "y")], [("t", "y")]),
    "napkin": MixedGraph([("w", "r"), ("r", "t"), ("t", "y")], [("w", "t"), ("w", "y")]),
    "adjustable": MixedGraph([("z", "t"), ("z", "y"), ("t", "y")], [("z", "t"), ("t", "v")], ["v"]),
}


def simulate(
    graph: str, world: str, n: int, random: np.random.Generator, do: float | None = None
) -> pd.DataFrame:
    """Rows of the visible variables of one of the graphs, perhaps with the treatment set."""
    curve: Callable[[np.ndarray], np.ndarray] = (lambda x: x) if world == "linear" else _bent
    h, k = random.normal(size=(2, n))
    e = dict(zip("trmywvz", random.normal(size=(7, n)), strict=True))

    def treated(latent: np.ndarray) -> np.ndarray:
        natural = (latent > 0).astype(float) if world == "binary" else latent
        return natural if do is None else np.full(n, do)

    if graph == "front door":
        t = treated(h + e["t"])
        m = curve(t) + 0.7 * e["m"]
        y = 1.5 * curve(m) - 1.5 * h + e["y"]
        frame = pd.DataFrame({"t": t, "m": m, "y": y})
    elif graph == "napkin":
        w = h + k + 0.5 * e["w"]
        r = 0.8 * curve(w) + e["r"]
        t = treated(0.8 * r + h + e["t"])
        y = 1.2 * curve(t) + 1.5 * k + e["y"]
        frame = pd.DataFrame({"w": w, "r": r, "t": t, "y": y})
    else:
        z = h + e["z"]
        t = treated(curve(z) + h + k + e["t"])
        v = k + e["v"]
        y = 1.2 * curve(t) + 1.5 * curve(z) + e["y"]
        frame = pd.DataFrame({"v": v, "z": z, "t": t, "y": y})
    return frame.astype({"t": int}) if world == "binary" else frame


def _bent(x: np.ndarray) -> np.ndarray:
    return 1.5 * np.tanh(x) + 0.3 * x


def naive(data: pd.DataFrame) -> float:
    """The slope of y on t, which is the difference of means where t is binary."""
    return float(np.polyfit(data["t"], data["y"], 1)[0])


def row(graph: str, world: str, runs: int, draws: int) -> dict[str, object]:
    """Bias, root mean squared error and coverage of 90% intervals over so many tables."""
    far = np.random.default_rng(10**6)
    state = far.bit_generator.state
    means = []
    for value in (0.0, 1.0):
        far.bit_generator.state = state  # the same noise
        means.append(simulate(graph, world, 200_000, far, do=value)["y"].mean())
    truth = means[1] - means[0]
    found, inside, rough, seconds, method = [], [], [], [], ""
    for run in range(runs):
        data = simulate(graph, world, ROWS, np.random.default_rng(run))
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = fc.infer(data, GRAPHS[graph]).effect("t", "y", (0, 1), draws=draws)
        seconds.append(time.process_time() - start)
        last, method = table.iloc[-1], table.method
        found.append(last["mean"])
        inside.append(last["lower"] < truth < last["upper"])
        rough.append(naive(data))
    error, plain = np.array(found) - truth, np.array(rough) - truth
    return {
        "graph": graph,
        "world": world,
        "truth": truth,
        "naive bias": plain.mean(),
        "bias": error.mean(),
        "its error": error.std(ddof=1) / np.sqrt(runs),
        "RMSE": np.sqrt((error**2).mean()),
        "coverage": np.mean(inside),
        "CPU s": np.mean(seconds),
        "method": method,
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--graphs", nargs="+", choices=[*GRAPHS], default=[*GRAPHS])
    chosen = parser.parse_args()
    for graph in chosen.graphs:
        for world in ("linear", "nonlinear", "binary"):
            line = row(graph, world, chosen.runs, chosen.draws)
            cells = [f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in line.values()]
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
