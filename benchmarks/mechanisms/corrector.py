"""The corrector beside the kernel model: error of F on the suite "mechanisms", cell by cell.

    python benchmarks/mechanisms/corrector.py --first 2

Each kernel model is fitted once and scored with and without its corrections, against the true F of the query
rows, in standard deviations of the context. Prints Markdown.
"""

from collections import defaultdict

import click
import numpy as np
import torch

from foundation_causal.metrics import rmse
from foundation_causal.networks.pretrained import load_pretrained
from foundation_causal.observations import observations
from foundation_causal.runtime import measured_on
from foundation_causal.suites import Case, load_suite
from mechanisms.corrector.corrected_model import corrected
from mechanisms.corrector.network import Corrector
from mechanisms.kernel.kernel_model import fit_kernel
from mechanisms.mechanism_model import predict


@click.command()
@click.option("--suite", default="mechanisms", show_default=True)
@click.option("--model", default="corrector", show_default=True, help="A bundled name or a folder.")
@click.option("--first", default=2, show_default=True, help="Data sets of each cell.")
def main(suite: str, model: str, first: int) -> None:
    """Print one line a cell."""
    network, scores = load_pretrained(Corrector, model), defaultdict(list)
    for case in load_suite(suite):
        cell = tuple(case.labels.values())
        if len(scores[cell]) < first:
            scores[cell].append(errors(case, network))
    click.echo(f"suite {suite}, first {first}; {measured_on()}\n")
    click.echo("| cell | kernel | corrected | ratio |\n|---|---|---|---|")
    for cell, pairs in scores.items():
        kernel, better = np.mean(pairs, axis=0)
        click.echo(f"| {' '.join(map(str, cell))} | {kernel:.4f} | {better:.4f} | {better / kernel:.3f} |")


def errors(case: Case, network: Corrector) -> tuple[float, float]:
    """RMSE of F of the kernel model, and corrected."""
    truth = case.scm.evaluate(torch.from_numpy(case.query)[None])[0].numpy()
    scale, kernel = case.context.std(0), fit_kernel(observations(case.frame), case.graph)
    found = (predict(model, case.query) for model in (kernel, corrected(kernel, network)))
    without, with_it = (rmse(f / scale, truth / scale) for f in found)
    return without, with_it


if __name__ == "__main__":
    main()
