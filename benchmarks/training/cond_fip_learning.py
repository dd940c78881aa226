"""The learning curve of Cond-FiP, from the log of a training run: RMSE on held-out SCMs against steps.

    python benchmarks/training/cond_fip_learning.py runs/cond-fip

Reads the logs of both stages, and those of a decoder trained with --published if its folder is
RUN/published; writes the validation figures as CSV to benchmarks/results and draws them to docs/cond-fip-
learning.png, with the published RMSE of noise prediction as dashed lines.
"""

from pathlib import Path

import click
import matplotlib.pyplot as plt
import pandas as pd

from foundation_causal.files import replacing

PUBLISHED = {"LIN 10": 0.06, "LIN 20": 0.06, "RFF 10": 0.10, "RFF 20": 0.09}
"""Mahajan et al., 2024, Table 1: Cond-FiP, in distribution."""


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--results", type=click.Path(path_type=Path), default="benchmarks/results/cond_fip_learning.csv"
)
@click.option("--picture", type=click.Path(path_type=Path), default="docs/cond-fip-learning.png")
def main(run: Path, results: Path, picture: Path) -> None:
    """Read RUN, write RESULTS and PICTURE."""
    stages = [name for name in ("encoder", "decoder", "published") if (run / name).is_dir()]
    table = pd.concat([stage(run, name) for name in stages], ignore_index=True)
    with replacing(results) as temporary:
        table.to_csv(temporary, index=False, float_format="%.4f")
    with replacing(picture) as temporary:
        draw(table).savefig(temporary, dpi=130, format="png")
    click.echo(table.groupby("stage").tail(1).to_string(index=False))


def stage(run: Path, name: str) -> pd.DataFrame:
    """The validations of one stage, of all the runs that it took."""
    logs = [pd.read_csv(path) for path in (run / name / "log").glob("*/metrics.csv")]
    rows = pd.concat(logs).dropna(subset=["LIN 10"]).drop_duplicates("step", keep="last").sort_values("step")
    return rows[["step", *PUBLISHED]].assign(stage=name, step=rows["step"] + 1)


def draw(table: pd.DataFrame) -> plt.Figure:
    """One panel a stage."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    for axis, name in zip(axes, ("encoder", "decoder"), strict=True):
        rows = table[table["stage"] == name]
        for number, (cell, published) in enumerate(PUBLISHED.items()):
            axis.plot(rows["step"], rows[cell], color=f"C{number}", label=cell)
            if name == "decoder":
                axis.axhline(published, color=f"C{number}", linestyle="--", linewidth=0.8)
        axis.set(title=name, xlabel="steps", yscale="log")
        axis.grid(alpha=0.3, which="both")
    axes[0].set_ylabel("RMSE of F, held-out SCMs")
    axes[1].legend()
    return figure


if __name__ == "__main__":
    main()
