"""AVICI and the edge transformer, trained from scratch for the same processor time: who learns faster.

    python benchmarks/training/learning_curves.py                  # resumes where it was stopped
    python benchmarks/training/learning_curves.py --picture-only   # draw what has been measured
    python benchmarks/training/learning_curves.py --network "edge transformer" --rows 30 200 --no-picture

Both see the same prior (P_IN and "wide", half of the batches with interventional rows), the same range of d
and of n, one thread each, AdamW with its rate falling as a cosine of the time spent. That time includes the
simulation of the data and the statistics of the edge transformer, not the evaluation. Both are evaluated on
the same held-out SCMs, which with as many rows are those of AVICI's own training. Needs the extra `train`.
"""

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pandas as pd
import torch
from torch import Tensor, nn

from discovery.avici.network import Avici, inputs
from discovery.avici.report import SIZES, Stream, Validation
from discovery.avici.train import Dual, Loss
from discovery.network.edge_transformer import EdgeTransformer
from discovery.network.network_inputs import network_inputs
from discovery.network.train import Sample, loss
from foundation_causal.files import replacing
from foundation_causal.networks.training import fast_precision
from foundation_causal.runtime import hardware
from foundation_causal.simulate import SCMBatch

VARIABLES, ROWS = (2, 20), (30, 100)
EVALUATIONS = 7  # of each run, at times that grow by the same factor, the last at the end
RATE, WARMUP = 1e-3, 300  # of AdamW; steps
RESULTS = Path("benchmarks/results/learning_curves.jsonl")
CHECKPOINTS = Path("runs/learning_curves")
PICTURE = Path("docs/learning-curves.png")


@dataclass(frozen=True)
class Learner:
    """A network, what it sees of a batch of SCMs, and its loss; `tokens` is the `B n d` of a batch."""

    make: Callable[[], nn.Module]
    see: Callable[[SCMBatch], Any]
    loss: Callable[[nn.Module, Any], Tensor]
    tokens: int


LEARNERS = {
    "AVICI": Learner(
        lambda: Avici(width=64, layers=4, heads=4, key_size=16, dropout=0.0, temperature=2.0),
        lambda batch: (inputs(batch.data, batch.intervened), batch.adjacency.float()),
        Loss(Dual()),
        2_000,
    ),
    "edge transformer": Learner(
        EdgeTransformer,
        lambda batch: Sample(network_inputs(batch.data, batch.intervened), batch.adjacency.float()),
        loss,
        20_000,
    ),
}


@click.command()
@click.option("--minutes", default=15.0, show_default=True, help="Of processor time, for each network.")
@click.option("--seed", default=0, show_default=True)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
@click.option("--picture", type=click.Path(path_type=Path), default=PICTURE)
@click.option("--network", "names", type=click.Choice(list(LEARNERS)), multiple=True, default=list(LEARNERS))
@click.option("--rows", nargs=2, default=ROWS, show_default=True, help="Range of n.")
@click.option("--picture-only", is_flag=True)
@click.option("--no-picture", is_flag=True)
def main(
    minutes: float,
    seed: int,
    results: Path,
    picture: Path,
    names: tuple[str, ...],
    rows: tuple[int, int],
    picture_only: bool,
    no_picture: bool,
) -> None:
    """Train the networks, note their precision as they learn, and draw it."""
    torch.set_num_threads(1)
    validation = Validation(round(math.sqrt(rows[0] * rows[1])), interventions=False)
    for name in names if not picture_only else ():
        train(
            name,
            LEARNERS[name],
            Stream(VARIABLES, rows, LEARNERS[name].tokens),
            validation,
            minutes,
            seed,
            results,
        )
    if no_picture:
        return
    if not results.is_file():
        raise click.ClickException(f"{results} does not exist: run this without --picture-only first.")
    draw(pd.read_json(results, lines=True), validation, picture)


def train(
    name: str,
    learner: Learner,
    stream: Stream,
    validation: Validation,
    minutes: float,
    seed: int,
    results: Path,
) -> None:
    """Train one network, going on from its last evaluation if it was stopped."""
    torch.manual_seed(seed)
    model = learner.make()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=1e-2)
    state: dict[str, Any] = {"minutes": 0.0, "step": 0, "scms": 0, "evaluations": 0}
    kept = CHECKPOINTS / f"{results.stem}-{name.replace(' ', '-')}-{minutes:g}-{seed}.pt"
    kept.parent.mkdir(parents=True, exist_ok=True)
    if kept.is_file():
        saved = torch.load(kept, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        state = saved["state"]
    for evaluation in range(state["evaluations"], EVALUATIONS):
        due = minutes * 2.0 ** (evaluation - EVALUATIONS + 1)
        began = time.process_time() - 60 * state["minutes"]
        while (spent := (time.process_time() - began) / 60) < due:
            generator = torch.Generator().manual_seed(seed * 1_000_003 + state["step"])
            batch = stream.draw(generator)
            seen = learner.see(batch)  # the statistics need their full precision
            with torch.autocast("cpu", torch.bfloat16, enabled=fast_precision() == "bf16-mixed"):
                value = learner.loss(model, seen)
            learn(model, optimizer, value, state["step"], spent / minutes)
            state["step"] += 1
            state["scms"] += len(batch.adjacency)
        state |= {"minutes": spent, "evaluations": evaluation + 1}
        for cell, precision in validation(model).items():
            row = {"model": name, "budget": minutes, "rows": stream.rows, **state}
            append(results, {**row, "cell": cell, "precision": precision})
        print(f"{name}: {spent:.2f} minutes, step {state['step']}", flush=True)
        with replacing(kept) as temporary:
            torch.save(
                {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "state": state}, temporary
            )


def learn(model: nn.Module, optimizer: torch.optim.Optimizer, value: Tensor, step: int, done: float) -> None:
    """One step down the gradient of the loss, at `done` of the whole time."""
    falling = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done))
    for group in optimizer.param_groups:
        group["lr"] = RATE * min(1, (step + 1) / WARMUP) * falling
    optimizer.zero_grad()
    value.backward()
    size = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    if not size.isfinite():
        raise ArithmeticError(f"The gradient of step {step} is not finite.")
    optimizer.step()


def append(results: Path, row: dict[str, Any]) -> None:
    with results.open("a", encoding="utf-8") as file:
        file.write(json.dumps({**row, "hardware": hardware()}) + "\n")


def draw(measured: pd.DataFrame, validation: Validation, picture: Path) -> None:
    """One panel for each number of variables: precision against minutes, and what correlation reaches."""
    import matplotlib.pyplot as plt

    # A run that was stopped while it wrote has some rows twice.
    measured = measured.drop_duplicates(["model", "budget", "evaluations", "cell"], keep="last")
    figure, panels = plt.subplots(1, len(SIZES), figsize=(11, 3.8), sharey=True, layout="constrained")
    colours = dict(zip(LEARNERS, ("tab:blue", "tab:orange"), strict=True))
    for panel, d in zip(panels, SIZES, strict=True):
        for prior, style in (("P_IN", "-"), ("wide", "--")):
            cell = f"{prior}, d = {d}"
            for model, colour in colours.items():
                rows = measured[(measured["model"] == model) & (measured["cell"] == cell)]
                rows = rows[rows["budget"] == measured["budget"].max()].sort_values("minutes")
                line = panel.plot(rows["minutes"], rows["precision"], style, color=colour, marker=".")
                line[0].set_label(f"{model}, {prior}")
            level = validation.groups[cell].by_correlation()
            panel.axhline(level, color="grey", linestyle=style, linewidth=1, label=f"|correlation|, {prior}")
        panel.set(title=f"d = {d}", xlabel="processor minutes", xscale="log", ylim=(0, 1))
        panel.xaxis.set_major_formatter("{x:g}")
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("average precision")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    with replacing(picture) as temporary:
        figure.savefig(temporary, dpi=130)


if __name__ == "__main__":
    main()
