"""The learning curve of Cond-FiP's decoder: RMSE on held-out SCMs, from the checkpoints of a training run.

    python benchmarks/training/cond_fip_learning.py runs/cond-fip

Measures the decoder as it stood at each checkpoint that is left, before averaging, and before any step; the
encoder's curve, and that of an earlier decoder, stay in the CSV as they are. Draws all to docs/cond-fip-
learning.png against the data sets seen, with the published RMSE of noise prediction as dashed lines.
"""

from pathlib import Path

import click
import matplotlib.pyplot as plt
import pandas as pd
import torch

from foundation_causal.files import replacing
from foundation_causal.simulate.random import drawn_size
from mechanisms.cond_fip.network import CondFiP
from mechanisms.cond_fip.report import Validation

PUBLISHED = {"LIN 10": 0.06, "LIN 20": 0.06, "RFF 10": 0.10, "RFF 20": 0.09}
"""Mahajan et al., 2024, Table 1: Cond-FiP, in distribution."""
ENTRIES, VARIABLES, ROWS = 12_000, (3, 20), (50, 400)  # of a batch, as the command trains by default
QUERIES = {"encoder": 0, "masked decoder": 100, "published": 100, "decoder": 100}


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--results", type=click.Path(path_type=Path), default="benchmarks/results/cond_fip_learning.csv"
)
@click.option("--picture", type=click.Path(path_type=Path), default="docs/cond-fip-learning.png")
def main(run: Path, results: Path, picture: Path) -> None:
    """Measure RUN's checkpoints, write RESULTS and PICTURE."""
    table = pd.read_csv(results)
    others = table[table["stage"] != "decoder"].drop(columns="scms", errors="ignore")
    table = pd.concat([others, measured(run)], ignore_index=True)
    table["scms"] = [step * scms_of_a_step(QUERIES[stage]) for step, stage in table[["step", "stage"]].values]
    with replacing(results) as temporary:
        table.to_csv(temporary, index=False, float_format="%.4g")
    with replacing(picture) as temporary:
        draw(table).savefig(temporary, dpi=130, format="png")
    click.echo(table[table["stage"] == "decoder"].to_string(index=False))


def measured(run: Path) -> pd.DataFrame:
    """One row for each checkpoint of the decoder, the first of them for the weights that it began with."""
    torch.manual_seed(0)
    validate, model, rows = Validation("decoder"), CondFiP().eval(), []
    untrained = model.decoder.state_dict()
    for path in sorted((run / "decoder").glob("*.ckpt"), key=step_of):
        state = torch.load(path, map_location="cpu", weights_only=True)["current_model_state"]
        weights = {key.removeprefix("model."): value for key, value in state.items()}
        if not rows:
            model.load_state_dict({**weights, **{f"decoder.{k}": v for k, v in untrained.items()}})
            rows.append({"step": 0, **validate(model), "stage": "decoder"})
        model.load_state_dict(weights)
        rows.append({"step": step_of(path), **validate(model), "stage": "decoder"})
        click.echo(f"step {step_of(path)}", err=True)
    return pd.DataFrame(rows)


def step_of(path: Path) -> int:
    """The step in the name of a checkpoint."""
    return int(path.stem.removeprefix("step=").removesuffix("-final"))


def scms_of_a_step(queries: int, draws: int = 2000) -> float:
    """How many SCMs a batch has, on average."""
    random = torch.Generator().manual_seed(0)
    counts = []
    for _ in range(draws):
        d, n = (drawn_size(bounds, random) for bounds in (VARIABLES, ROWS))
        counts.append(max(1, ENTRIES // ((n + queries) * d)))
    return sum(counts) / draws


def draw(table: pd.DataFrame) -> plt.Figure:
    """One panel for the encoder, one for the decoders."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    for number, (cell, published) in enumerate(PUBLISHED.items()):
        for axis, name, style in ((0, "encoder", "-"), (1, "masked decoder", ":"), (1, "decoder", "-")):
            rows = table[(table["stage"] == name) & (table["step"] > 0)]
            label = cell if name != "masked decoder" else None
            axes[axis].plot(rows["scms"], rows[cell], style, color=f"C{number}", label=label)
        axes[1].axhline(published, color=f"C{number}", linestyle="--", linewidth=0.8)
    for axis, title in zip(axes, ("encoder", "decoder; dotted: attention alone"), strict=True):
        axis.set(title=title, xlabel="SCMs seen", xscale="log", yscale="log")
        axis.grid(alpha=0.3, which="both")
    axes[0].set_ylabel("RMSE of F, held-out SCMs")
    axes[1].legend()
    return figure


if __name__ == "__main__":
    main()
