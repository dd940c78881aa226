"""Noise told by Cond-FiP's encoder alone: context and query rows go in together, and it says F at each.

    python benchmarks/mechanisms/cond_fip_encoder.py

The decoder answers for any row, which samples and interventions need; noise is asked of rows that are there,
so that the encoder, which is trained to denoise the rows that it sees, can answer by itself: unlike a decoder
it reads the value whose noise is asked for. Noise RMSE of the query rows on the frozen suite "cond-fip", true
graph given, in units of the context's standard deviations, beside the decoder's and the published one, which
stems from other draws. Prints Markdown.
"""

from collections import defaultdict
from pathlib import Path

import click
import numpy as np
import pandas as pd
import torch

from foundation_causal.graphs import adjacency
from foundation_causal.metrics import rmse
from foundation_causal.networks.pretrained import load_pretrained
from foundation_causal.observations import observations
from foundation_causal.runtime import measured_on, one_thread
from foundation_causal.suites import Case, load_suite
from mechanisms.cond_fip.cond_fip_model import fit_cond_fip
from mechanisms.cond_fip.network import CondFiP
from mechanisms.mechanism_model import abduct

CELL = ("mechanism", "distribution", "d")
PUBLISHED = Path(__file__).parents[1] / "published" / "cond_fip.csv"


@click.command()
@click.option("--model", default="cond-fip", show_default=True, help="A bundled name or a folder.")
@click.option("--variables", type=int, multiple=True, default=(10, 20, 50, 100), show_default=True)
def main(model: str, variables: tuple[int, ...]) -> None:
    """Print one line a cell."""
    network, scores = load_pretrained(CondFiP, model), defaultdict(list)
    for case in load_suite("cond-fip").only(d=variables):
        decoder = abduct(fit_cond_fip(observations(case.frame), case.graph, model=model), case.query)
        scale = case.context.std(0)
        pair = [rmse(found / scale, case.noise / scale) for found in (by_encoder(network, case), decoder)]
        scores[tuple(case.labels[label] for label in CELL)].append(pair)
    table = pd.read_csv(PUBLISHED, comment="#")
    table = table[(table["method"] == "Cond-FiP") & (table["task"] == "noise") & (table["n"] == 400)]
    published = table.set_index(list(CELL))["rmse"]
    click.echo(f"suite cond-fip; {measured_on()}\n")
    click.echo("| cell | encoder | decoder | published |\n|---|---|---|---|")
    for cell, pairs in scores.items():
        encoder, decoder = np.mean(pairs, axis=0)
        click.echo(f"| {' '.join(map(str, cell))} | {encoder:.3f} | {decoder:.3f} | {published[cell]:.2f} |")


@one_thread()
@torch.inference_mode()
def by_encoder(network: CondFiP, case: Case) -> np.ndarray:
    """The noise of the query rows, shape [m, d]."""
    rows = np.concatenate([case.context, case.query])
    graph = torch.tensor(adjacency(case.graph))[None]
    functions = network.denoised(torch.from_numpy(rows)[None].float(), graph)[0]
    return np.asarray((rows - functions.numpy())[len(case.context) :])


if __name__ == "__main__":
    main()
