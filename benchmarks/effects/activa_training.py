"""How close ACTIVA comes to the exact answer, on pairs of variables where that can be computed.

    python benchmarks/effects/activa_training.py activa-gauss-2

Takes a bundled name or a folder of a model trained on gauss-2. There are three structures, and the weight of
an edge is one number, so that a grid gives the posterior over both, and with it the interventional
distribution that no answer can beat on average. Prints Markdown: log densities of the variable that is not
set (nats per row), and how often draws of ACTIVA's prior have an effect, beside the posterior probability of
one, which the data leave open where the weight is small.
"""

from itertools import pairwise
from math import log, pi

import click
import torch
from torch import Tensor

from foundation_causal.networks.pretrained import load_pretrained
from foundation_causal.runtime import measured_on
from mechanisms.graph_free.activa.data import Sample, Stream, priors
from mechanisms.graph_free.activa.network import Activa, predictive_of_others
from mechanisms.graph_free.activa.report import conditional

SEED = 80_300_000
NOISE = 0.25  # variance
EDGE = 0.255  # chance of either: both are drawn with .3, and one of two goes
BINS = (0.0, 0.02, 0.1, 0.3, 0.7, 0.9, 0.98, 1.01)
GRID = torch.linspace(0.5, 2, 600, dtype=torch.float64)
WEIGHTS = torch.cat([-GRID, GRID])
SMALLEST_EFFECT = 0.35 * 5  # a mean further from 0 counts as an effect of setting the cause to 5


@click.command()
@click.argument("model")
@click.option("--pairs", default=1000, show_default=True)
def main(model: str, pairs: int) -> None:
    """Compare MODEL with the exact posterior."""
    network = load_pretrained(Activa, model)
    stream = Stream(priors("gauss-2"), (2, 2), (40, 40), pairs * 80, 5.0)
    sample = stream(torch.Generator().manual_seed(SEED))
    torch.manual_seed(0)
    exact, effect = posterior(sample)
    logs, means = predictive_of_others(network, *sample, draws=50)
    found = logs.mean(1)
    free = ~sample.query.target
    moved = (torch.stack([m[free] for m in means]).abs() > SMALLEST_EFFECT).double().mean(0)
    click.echo(f"{measured_on()}; {pairs} pairs, 40 rows each, seed {SEED}\n")
    click.echo("| answer | nats per row |\n|---|---|")
    for name, values in (("exact", exact), ("ACTIVA", found), ("conditional", conditional(sample))):
        click.echo(f"| {name} | {values.mean():.3f} |")
    click.echo("\n| P(effect) | pairs | posterior | draws with an effect | exact, nats | ACTIVA, nats |")
    click.echo("|---|---|---|---|---|---|")
    for low, high in pairwise(BINS):
        kept = (effect >= low) & (effect < high)
        if kept.any():
            cells = [values[kept].mean() for values in (effect, moved, exact, found)]
            shown = " | ".join(f"{cell:.2f}" for cell in cells)
            click.echo(f"| {low:g} to {min(high, 1):g} | {int(kept.sum())} | {shown} |")


def posterior(sample: Sample) -> tuple[Tensor, Tensor]:
    """Exact log densities per row, and the probability that the intervention has an effect; `[B]` each."""
    (context, target, _), outcome = sample
    logs, effects = [], []
    for rows, new, set_ in zip(context.double(), outcome.double(), target, strict=True):
        x, y = rows[:, set_].squeeze(1), rows[:, ~set_].squeeze(1)
        none = log(1 - 2 * EDGE) + normal(x, 0.0).sum() + normal(y, 0.0).sum()
        flat = log(EDGE / len(WEIGHTS))
        onward = flat + normal(x, 0.0).sum() + normal(y[:, None], WEIGHTS * x[:, None]).sum(0)
        backward = flat + normal(y, 0.0).sum() + normal(x[:, None], WEIGHTS * y[:, None]).sum(0)
        whole = torch.cat([none[None], onward, backward]).logsumexp(0)
        idle = torch.cat([none[None], backward]).logsumexp(0) - whole
        a, b = new[:, set_], new[:, ~set_]
        terms = torch.cat([idle + normal(b, 0.0), onward - whole + normal(b, WEIGHTS * a)], 1)
        logs.append(terms.logsumexp(1).mean())
        effects.append(1 - idle.exp())
    return torch.stack(logs), torch.stack(effects)


def normal(x: Tensor, mean: Tensor | float) -> Tensor:
    """Log density of the noise."""
    return -((x - mean) ** 2) / (2 * NOISE) - log(2 * pi * NOISE) / 2


if __name__ == "__main__":
    main()
