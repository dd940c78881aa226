"""Do the intervals of quantile effects and of mediation hold the truth? Coverage on models written down here.

    python benchmarks/effects/quantiles_and_paths.py
    python benchmarks/effects/quantiles_and_paths.py --curves     # only how long curves of 20 values take

Tables of 300 rows, the true graph given. z confounds the treatment t and the outcome y, and in the last four
models m lies between them. The truth comes from 400,000 rows of the same equations under each intervention.
Nominal level 90%; 100 draws for each plug-in answer. "rows" are answers that are read off the rows, where
they can be. "width" is the median width of the intervals in standard deviations of the outcome, "error" the
root mean squared error in the same unit. Prints a Markdown table; the standard error of a coverage near .9 is
.05 for 30 tables.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import click
import networkx as nx
import numpy as np
import pandas as pd
from scipy.special import expit

from foundation_causal.errors import DataWarning, InputError
from foundation_causal.runtime import measured_on
from foundation_causal.types import Array
from mechanisms import CausalModel, infer
from mechanisms.queries.questions import Method

ROWS, TRUTH_ROWS, DRAWS, LEVEL = 300, 400_000, 100, 0.9
SHARES = (0.1, 0.5, 0.9)
CONFOUNDED = [("z", "t"), ("z", "y"), ("t", "y")]
Values = dict[str, Array]
Equation = Callable[[Values, np.random.Generator], Array]


def bernoulli(log_odds: Array, rng: np.random.Generator) -> Array:
    """0 or 1."""
    return (rng.random(len(log_odds)) < expit(log_odds)) * 1.0


def normal(v: Values, rng: np.random.Generator) -> Array:
    """Standard normal noise for every row."""
    return rng.normal(size=len(v["z"]))


@dataclass(frozen=True)
class Model:
    """Equations of t, perhaps m, and y, given z and what stands before them.

    Attributes:
        y, m, t: The equations; m is left out where nothing lies between t and y.
        second: Whether a second covariate, w, acts on y alone.
        values: Of the treatment, the first to compare with.
    """

    y: Equation
    m: Equation | None = None
    t: Equation = field(default=lambda v, rng: bernoulli(v["z"], rng))
    values: tuple[float, float] = (0.0, 1.0)
    second: bool = False

    @property
    def graph(self) -> nx.DiGraph:
        """With m between t and y if there is one."""
        more = [("t", "m"), ("m", "y"), ("z", "m")] if self.m else []
        return nx.DiGraph([*CONFOUNDED, *more, *([("w", "y")] if self.second else [])])

    def rows(self, n: int, seed: int, held: Mapping[str, float | Array] | None = None) -> Values:
        """Rows by the equations; the same seed gives the same noise whatever is held."""
        held = held or {}
        values: Values = {"z": np.random.default_rng([seed, 0]).normal(size=n)}
        if self.second:
            values["w"] = np.random.default_rng([seed, 9]).normal(size=n)
        for k, (name, equation) in enumerate((("t", self.t), ("m", self.m), ("y", self.y)), 1):
            if equation is not None:
                natural = equation(values, np.random.default_rng([seed, k]))
                values[name] = np.broadcast_to(held[name], n) if name in held else natural
        return values


OF_QUANTILES = {
    "additive": Model(lambda v, rng: v["z"] + v["t"] + normal(v, rng)),
    "spread": Model(lambda v, rng: v["z"] + v["t"] + (0.5 + v["t"]) * normal(v, rng)),
    "skewed": Model(lambda v, rng: np.exp(0.5 * (v["z"] + v["t"] + normal(v, rng)))),
    "count": Model(lambda v, rng: rng.poisson(np.exp(0.3 * v["z"] + 0.7 * v["t"] + 0.5)) * 1.0),
    "weak": Model(
        lambda v, rng: 2 * v["z"] + 2 * v["w"] + v["t"] + 4 * normal(v, rng),
        t=lambda v, rng: bernoulli(1.5 * v["z"], rng),
        second=True,
    ),
    "dose": Model(
        lambda v, rng: 1.5 * np.sin(v["t"]) + v["z"] + rng.laplace(size=len(v["z"])),
        t=lambda v, rng: v["z"] + normal(v, rng),
        values=(-1.0, 1.0),
    ),
}
OF_PATHS = {
    "lines": Model(
        lambda v, rng: 0.5 * v["t"] + v["m"] + v["z"] + normal(v, rng),
        lambda v, rng: v["t"] + 0.5 * v["z"] + normal(v, rng),
    ),
    "interaction": Model(
        lambda v, rng: v["t"] + v["m"] + v["t"] * v["m"] + v["z"] + normal(v, rng),
        lambda v, rng: v["t"] + 0.5 * v["z"] + normal(v, rng),
    ),
    "binary": Model(
        lambda v, rng: bernoulli(
            -1 + 0.8 * v["t"] + 1.2 * v["m"] + 0.7 * v["t"] * v["m"] + 0.5 * v["z"], rng
        ),
        lambda v, rng: bernoulli(-0.5 + 1.5 * v["t"] + 0.5 * v["z"], rng),
    ),
    "counts": Model(
        lambda v, rng: rng.poisson(np.exp(0.3 * v["t"] + 0.15 * v["m"] + 0.2 * v["z"])) * 1.0,
        lambda v, rng: rng.poisson(np.exp(0.8 * v["t"] + 0.2 * v["z"])) * 1.0,
    ),
}


def true_quantiles(model: Model) -> dict[str, float]:
    """The quantiles under the second value, and their differences from those under the first."""
    low, high = (
        np.quantile(model.rows(TRUTH_ROWS, 999, {"t": value})["y"], SHARES, method="inverted_cdf")
        for value in model.values
    )
    of_value = {f"quantile {q}": float(x) for q, x in zip(SHARES, high, strict=True)}
    return of_value | {f"effect {q}": float(x) for q, x in zip(SHARES, high - low, strict=True)}


def true_parts(model: Model) -> dict[str, float]:
    """The mean effects along the paths."""
    low, high = model.values
    mediators = {value: model.rows(TRUTH_ROWS, 999, {"t": value})["m"] for value in model.values}

    def mean(t: float, m: float) -> float:
        return float(model.rows(TRUTH_ROWS, 999, {"t": t, "m": mediators[m]})["y"].mean())

    return {
        "total": mean(high, high) - mean(low, low),
        "natural direct": mean(high, low) - mean(low, low),
        "natural indirect": mean(high, high) - mean(high, low),
        "pure indirect": mean(low, high) - mean(low, low),
    }


def answered(model: Model, seed: int) -> pd.DataFrame:
    """The answers for one table, with what each is about in the column asked, and how it was found in how."""
    data = pd.DataFrame(model.rows(ROWS, seed))
    frames = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        fitted = infer(data, model.graph)
        for how, method in (("plug-in", "plug-in"), ("rows", "orthogonal")):
            try:
                frames.append(_asked(fitted, model, method).assign(how=how))
            except InputError:  # the rows do not tell it
                continue
    frame = pd.concat(frames)
    return frame[frame["value"] == model.values[1]]


def _asked(fitted: CausalModel, model: Model, method: Method) -> pd.DataFrame:
    """The answers by one method."""
    if model.m is not None:
        found = fitted.mediation("t", "y", "m", model.values, draws=DRAWS, level=LEVEL, method=method)
        return pd.DataFrame(found).assign(asked=found["effect"])
    found = fitted.effect("t", "y", model.values, quantiles=SHARES, draws=DRAWS, level=LEVEL, method=method)
    kind = np.where(found["baseline"].isna(), "quantile ", "effect ")
    return pd.DataFrame(found).assign(asked=kind + found["quantile"].astype(str))


def cell(name: str, model: Model, tables: int) -> pd.DataFrame:
    """Coverage, error and width over so many tables."""
    truth = true_parts(model) if model.m is not None else true_quantiles(model)
    spread = float(model.rows(TRUTH_ROWS, 999)["y"].std())
    rows = pd.concat([answered(model, seed) for seed in range(tables)])
    rows = rows.assign(truth=rows["asked"].map(truth))
    held = (rows["lower"] <= rows["truth"] + 1e-9) & (rows["truth"] - 1e-9 <= rows["upper"])
    rows = rows.assign(
        held=held, wide=rows["upper"] - rows["lower"], square=(rows["mean"] - rows["truth"]) ** 2
    )
    grouped = rows.groupby(["asked", "how"])
    return pd.DataFrame(
        {
            "model": name,
            "truth": grouped["truth"].first(),
            "covered": grouped["held"].mean(),
            "bias": (grouped["mean"].mean() - grouped["truth"].first()) / spread,
            "error": np.sqrt(grouped["square"].mean()) / spread,
            "width": grouped["wide"].median() / spread,
        }
    ).reset_index()


def curve_seconds(rows: int) -> float:
    """Seconds of the processor for the means under 20 values of a treatment, by 200 draws of functions."""
    model = OF_QUANTILES["dose"]
    fitted = infer(pd.DataFrame(model.rows(rows, 0)), model.graph)
    start = time.process_time()
    fitted.effect("t", "y", np.linspace(-2, 2, 20), method="plug-in")
    return time.process_time() - start


@click.command()
@click.option("--tables", default=30, show_default=True, help="Tables for every model.")
@click.option("--only", multiple=True, help="Only these models.")
@click.option("--curves", is_flag=True, help="Only how long curves of 20 values take.")
def main(tables: int, only: tuple[str, ...], curves: bool) -> None:
    """Print the table."""
    start = time.process_time()
    if curves:
        print(f"{measured_on()}; a curve of 20 values, 200 draws, one run each")
        for rows in (300, 1000):
            print(f"{rows} rows: {curve_seconds(rows):.0f} s of the processor", flush=True)
        return
    print(
        f"{measured_on()}; {tables} tables of {ROWS} rows for every model, seeds 0 to {tables - 1}\n",
        flush=True,
    )
    print(
        "| model | asked | how | truth | covered | bias | error | width |\n|---|---|---|---|---|---|---|---|",
        flush=True,
    )
    for name, model in (OF_QUANTILES | OF_PATHS).items():
        if not only or name in only:
            for row in cell(name, model, tables).itertuples():
                numbers = [f"{x:.2f}" for x in (row.truth, row.covered, row.bias, row.error, row.width)]
                print("|", " | ".join([name, row.asked, row.how, *numbers]), "|", flush=True)
    print(f"\n{(time.process_time() - start) / 60:.1f} minutes of the processor")


if __name__ == "__main__":
    main()
