"""The learning curve of Cond-FiP's decoder: RMSE on held-out SCMs, from the logs of training runs.

    python benchmarks/training/cond_fip_learning.py runs/rounds runs/more-rounds

The runs went on from one another and taught the decoder's rounds; what they logged is the error of the
averaged weights. The curves of the encoder, of the decoder before it had rounds and of an earlier one stay in
the CSV as they are. Draws all to docs/cond-fip-learning.png against the data sets seen, with the
published RMSE of noise prediction as dashed lines.
"""

from functools import cache
from pathlib import Path

import click
import matplotlib.pyplot as plt
import pandas as pd
import torch

from foundation_causal.files import replacing
from foundation_causal.simulate.random import drawn_size

PUBLISHED = {"LIN 10": 0.06, "LIN 20": 0.06, "RFF 10": 0.10, "RFF 20": 0.09}
"""Mahajan et al., 2024, Table 1: Cond-FiP, in distribution."""
ROWS = (50, 400)  # of a batch
BATCHES = {  # query rows, values, and range of the variables of a batch
    "encoder": (0, 12_000, (3, 20)),
    "masked decoder": (100, 12_000, (3, 20)),
    "published": (100, 12_000, (3, 20)),
    "decoder": (100, 12_000, (3, 20)),
    "rounds": (100, 20_000, (3, 50)),
}
CURVES = ((0, "encoder", "-"), (1, "masked decoder", ":"), (1, "decoder", "-."), (1, "rounds", "-"))


@click.command()
@click.argument(
    "runs", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option(
    "--results", type=click.Path(path_type=Path), default="benchmarks/results/cond_fip_learning.csv"
)
@click.option("--picture", type=click.Path(path_type=Path), default="docs/cond-fip-learning.png")
def main(runs: tuple[Path, ...], results: Path, picture: Path) -> None:
    """Read the logs of RUNS, write RESULTS and PICTURE."""
    table = pd.read_csv(results)
    others = table[table["stage"] != "rounds"].drop(columns="scms", errors="ignore")
    table = pd.concat([others, logged(runs)], ignore_index=True)
    table["scms"] = [
        step * scms_of_a_step(*BATCHES[stage]) for step, stage in table[["step", "stage"]].values
    ]
    with replacing(results) as temporary:
        table.to_csv(temporary, index=False, float_format="%.4g")
    with replacing(picture) as temporary:
        draw(table).savefig(temporary, dpi=130, format="png")
    click.echo(table[table["stage"] == "rounds"].to_string(index=False))


def logged(runs: tuple[Path, ...]) -> pd.DataFrame:
    """What the runs measured, their steps counted through."""
    parts, done = [], 0
    for run in runs:
        logs = [pd.read_csv(path) for path in sorted(run.glob("decoder/log/*/metrics.csv"))]
        found = pd.concat(logs).dropna(subset=[*PUBLISHED])[["step", *PUBLISHED]]
        found["step"] += 1 + done
        done = int(found["step"].max())
        parts.append(found)
    return pd.concat(parts).assign(stage="rounds")


@cache
def scms_of_a_step(queries: int, entries: int, variables: tuple[int, int]) -> float:
    """How many SCMs a batch has, on average."""
    random, draws = torch.Generator().manual_seed(0), 2000
    counts = []
    for _ in range(draws):
        d, n = (drawn_size(bounds, random) for bounds in (variables, ROWS))
        counts.append(max(1, entries // ((n + queries) * d)))
    return sum(counts) / draws


def draw(table: pd.DataFrame) -> plt.Figure:
    """One panel for the encoder, one for the decoders."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    for number, (cell, published) in enumerate(PUBLISHED.items()):
        for axis, name, style in CURVES:
            rows = table[(table["stage"] == name) & (table["step"] > 0)]
            label = cell if name in ("encoder", "rounds") else None
            axes[axis].plot(rows["scms"], rows[cell], style, color=f"C{number}", label=label)
        axes[1].axhline(published, color=f"C{number}", linestyle="--", linewidth=0.8)
    for axis, title in zip(axes, ("encoder", "decoder"), strict=True):
        axis.set(title=title, xlabel="SCMs seen", xscale="log", yscale="log")
        axis.grid(alpha=0.3, which="both")
    axes[0].set_ylabel("RMSE of F, held-out SCMs")
    axes[1].legend()
    return figure


if __name__ == "__main__":
    main()
