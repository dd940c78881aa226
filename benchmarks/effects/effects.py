"""Do the intervals of effects hold what they promise? Coverage and width on SCMs with known effects.

    python benchmarks/effects/effects.py

Random SCMs of the prior that Cond-FiP is trained on, eight variables, true graph given: a random treatment,
a random descendant of it as the outcome, and the effect of moving the treatment from the 25% to the 75%
quantile of the rows. The truth is the simulator's own, from 100,000 draws of its noise. Nominal level 90%.

"effect" and "level" are `CausalModel.effect` as it is: the difference, and the outcome's mean under the lower
value. "rows" is the average effect on the observed rows themselves, against the truth for those very rows.
"noise only" leaves the posterior of the functions out and keeps the fitted ones. Errors and widths are in
standard deviations of the outcome. Every SCM appends lines to benchmarks/results/effects.jsonl; a run goes on
where the last one stopped. Prints a Markdown table, and writes it beside.
"""

import json
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import networkx as nx
import numpy as np
import pandas as pd
import torch

from foundation_causal.runtime import measured_on
from foundation_causal.simulate import SCMBatch, p_in
from foundation_causal.types import Array
from mechanisms import CausalModel, MechanismModel, infer

RESULTS = Path("benchmarks/results/effects.jsonl")
D, ROWS, TRUTH_ROWS, LEVEL = 8, (50, 100, 200, 400), 100_000, 0.9
MECHANISMS = {"LIN": "linear", "RFF": "rff"}


@dataclass(frozen=True)
class AsFitted(MechanismModel):
    """A mechanism model that hides how it came about, so that nothing is drawn from a posterior."""

    model: MechanismModel

    @property
    def graph(self) -> nx.DiGraph:
        return self.model.graph

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        return self.model.predict_nodes(nodes, values)


def outcome_under(scm: SCMBatch, noise: torch.Tensor, treatment: str, value: float, outcome: str) -> Array:
    rows = scm.generate(noise, scm.do({treatment: value}))
    return rows[0, :, list(scm.names).index(outcome)].double().numpy()


def one(mechanism: str, n: int, seed: int) -> list[dict[str, object]]:
    """The intervals for one SCM, and the truth."""
    rng = np.random.default_rng(seed)
    scm = p_in([MECHANISMS[mechanism]]).draw(scms=1, d=D, n=max(ROWS), seed=seed)
    scm_graph, data = scm.graph(0), scm.frame(0).head(n)
    pairs = [(t, y) for t in scm_graph for y in nx.descendants(scm_graph, t)]
    treatment, outcome = sorted(pairs)[rng.integers(len(pairs))]
    low, high = (float(data[treatment].quantile(q)) for q in (0.25, 0.75))
    many = scm.fresh_noise(TRUTH_ROWS, seed=seed)
    under = [outcome_under(scm, many, treatment, v, outcome) for v in (low, high)]
    own = [outcome_under(scm, scm.noise, treatment, v, outcome)[:n].mean() for v in (low, high)]
    start = time.perf_counter()
    model = infer(data, scm_graph)
    fitted = time.perf_counter() - start
    found = model.effect(treatment, outcome, (low, high), level=LEVEL, method="plug-in")
    seconds = time.perf_counter() - start - fitted
    plain = CausalModel(AsFitted(model.mechanisms), model.observed_noise)
    answers = {
        "effect": (found.iloc[2], under[1].mean() - under[0].mean()),
        "level": (found.iloc[0], under[0].mean()),
        "rows": (
            model.effect(treatment, outcome, (low, high), given=data, level=LEVEL).iloc[2],
            own[1] - own[0],
        ),
        "noise only": (
            plain.effect(treatment, outcome, (low, high), level=LEVEL, method="plug-in").iloc[2],
            under[1].mean() - under[0].mean(),
        ),
    }
    spread = float(data[outcome].std())
    return [
        {
            "mechanism": mechanism,
            "n": n,
            "seed": seed,
            "asked": asked,
            "covered": bool(row["lower"] <= truth <= row["upper"]),
            "error": abs(row["mean"] - truth) / spread,
            "width": (row["upper"] - row["lower"]) / spread,
            "size": abs(truth) / spread,
            "seconds": seconds,
        }
        for asked, (row, truth) in answers.items()
    ]


def table(lines: pd.DataFrame) -> str:
    heads = [
        "mechanisms",
        "rows",
        "asked",
        "SCMs",
        "covered",
        "± s.e.",
        "mean error",
        "median width",
        "seconds",
    ]
    shown = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for (mechanism, asked, n), some in lines.groupby(["mechanism", "asked", "n"], sort=False):
        share = some["covered"].mean()
        error = np.sqrt(share * (1 - share) / len(some))
        shown.append(
            f"| {mechanism} | {n} | {asked} | {len(some)} | {share:.2f} | {error:.2f} | "
            f"{some['error'].mean():.3f} | {some['width'].median():.3f} | {some['seconds'].mean():.1f} |"
        )
    return "\n".join(shown)


@click.command()
@click.option("--scms", default=100, show_default=True, help="In each cell.")
@click.option("--minutes", default=60.0, show_default=True, help="Stop to begin new ones after so many.")
def main(scms: int, minutes: float) -> None:
    """Go on with the SCMs that are missing in the results, then show all."""
    warnings.simplefilter("ignore")  # of extrapolation
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []
    done = {(line["mechanism"], line["n"], line["seed"]) for line in lines}
    start = time.perf_counter()
    for seed in range(scms):
        for mechanism in MECHANISMS:
            for n in ROWS:
                if (mechanism, n, seed) in done or time.perf_counter() - start > 60 * minutes:
                    continue
                found = one(mechanism, n, seed)
                lines += found
                with RESULTS.open("a") as file:
                    file.writelines(json.dumps(line) + "\n" for line in found)
    about = f"{D} variables, nominal {LEVEL:.0%}; {measured_on()}"
    shown = f"{about}\n\n{table(pd.DataFrame(lines).sort_values(['mechanism', 'asked', 'n']))}\n"
    RESULTS.with_suffix(".md").write_text(shown, encoding="utf-8")
    click.echo(shown)


if __name__ == "__main__":
    main()
