"""Who tells a cause from its effect: either variable of a pair is set, and does the other one move?

    python benchmarks/effects/activa_directions.py

Pairs with an edge: linear with Gaussian noise, where rows cannot say which variable is the cause; linear with
Laplace noise and nonlinear (RFF), where they can. The variable is set two standard deviations above its mean.
A sample "moves" if it is closer to where the other variable lies in the ten rows nearest to that value than
to its overall mean; pairs in which these are less than one standard deviation apart are left out. Prints
Markdown: the share of samples that move, when the cause is set and when the effect is. The true SCM shows
what a perfect answer would have.
"""

import warnings
from collections.abc import Iterator

import click
import numpy as np
import pandas as pd

from foundation_causal.errors import ExtrapolationWarning
from foundation_causal.observations import observations
from foundation_causal.runtime import measured_on
from foundation_causal.simulate import Gaussian, Laplace, Prior, p_in
from foundation_causal.simulate.scm import SCMBatch
from mechanisms.graph_free.predictors import METHODS as ALL
from mechanisms.graph_free.predictors import Question, ask

SEED = 80_500_000
SET_TO, NEAREST, APART = 2.0, 10, 1.0
SAMPLES = 200
KINDS: dict[str, Prior] = {
    "linear, Gaussian": p_in(["linear"], noises=(Gaussian(),)),
    "linear, Laplace": p_in(["linear"], noises=(Laplace(),)),
    "RFF": p_in(["rff"]),
}
METHODS = ("conditional", "discover", "sampled-50", "average-50", "linear posterior", "activa")


@click.command()
@click.option("--pairs", default=100, show_default=True, help="Of each kind.")
@click.option("--rows", default=200, show_default=True)
@click.option("--method", "methods", type=click.Choice(list(ALL)), multiple=True, default=METHODS)
def main(pairs: int, rows: int, methods: tuple[str, ...]) -> None:
    """Print the table."""
    shares = {kind: _shares(prior, pairs, rows, methods) for kind, prior in KINDS.items()}
    click.echo(f"{measured_on()}; {rows} rows, seed {SEED}\n")
    click.echo("| samples that move | " + " | ".join(f"{k}: cause set | effect set" for k in KINDS) + " |")
    click.echo("|---" * (1 + 2 * len(KINDS)) + "|")
    for method in ("true SCM", *methods):
        means = [f"{np.mean(found[method, which]):.2f}" for found in shares.values() for which in (0, 1)]
        click.echo(f"| {method} | {' | '.join(means)} |")
    counts = {kind: len(found["true SCM", 0]) + len(found["true SCM", 1]) for kind, found in shares.items()}
    click.echo("\nInterventions: " + ", ".join(f"{kind} {count}" for kind, count in counts.items()))


def _shares(
    prior: Prior, pairs: int, rows: int, methods: tuple[str, ...]
) -> dict[tuple[str, int], list[float]]:
    """Of every method, when the cause (0) or the effect (1) is set, in each pair that counts."""
    found: dict[tuple[str, int], list[float]] = {(m, k): [] for m in ("true SCM", *methods) for k in (0, 1)}
    for scm, frame, order in _pairs(prior, pairs, rows):
        question = Question(observations(frame), seed=SEED)
        roads = {method: ask(method, question) for method in methods}
        for which in (0, 1):
            name, other = order[which], order[1 - which]
            near = frame[other][(frame[name] - SET_TO).abs().nsmallest(NEAREST).index].mean()
            if abs(near) < APART:
                continue

            def moved(drawn: pd.Series, near: float = near) -> float:
                return float(((drawn - near).abs() < drawn.abs()).mean())

            found["true SCM", which].append(moved(_truth(scm, name, other)))
            for method, road in roads.items():
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", ExtrapolationWarning)
                    drawn = road({name: SET_TO}).sample(SAMPLES, seed=SEED)[other]
                found[method, which].append(moved(drawn))
    return found


def _pairs(prior: Prior, pairs: int, rows: int) -> Iterator[tuple[SCMBatch, pd.DataFrame, list[str]]]:
    """SCMs with an edge, their standardized rows, and the names of cause and effect."""
    scms, seed = 0, SEED
    while scms < pairs:
        scm = prior.draw(scms=1, d=2, n=rows, seed=seed)
        seed += 1
        if scm.adjacency.any():
            scms += 1
            frame = scm.frame(0)
            frame = (frame - frame.mean()) / frame.std(ddof=0)
            yield scm, frame, [str(name) for name in next(iter(scm.graph(0).edges))]


def _truth(scm: SCMBatch, name: str, other: str) -> pd.Series:
    """Rows of the true SCM under the intervention, in observed standard deviations from the observed mean."""
    observed = scm.frame(0)
    centre, scale = observed.mean(), observed.std(ddof=0)
    do = scm.do({name: float(centre[name] + SET_TO * scale[name])})
    drawn = scm.generate(scm.fresh_noise(SAMPLES, SEED), do)[0, :, scm.names.index(other)].double().numpy()
    return pd.Series((drawn - centre[other]) / scale[other])


if __name__ == "__main__":
    main()
