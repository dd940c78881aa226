"""Train AVICI: `python -m discovery.avici.train --out runs/avici`.

The defaults are the published settings and want a GPU. Data are drawn on the fly, each batch from one of the
priors, `d` and `n` fresh for every batch, half of the batches with interventional rows. Kill it at any time
and run the same command again.
"""

import math
import shlex
import sys
import time
from pathlib import Path
from typing import Any

import click
import torch
from torch import Tensor, nn

from discovery.avici.acyclicity import Dual, spectral_radius
from discovery.avici.data import Stream
from discovery.avici.lamb import Lamb
from discovery.avici.model import Avici
from discovery.avici.report import Validation, card
from foundation_causal.pretrained import load_pretrained, write_card
from foundation_causal.training import Batch, Trainee, fit

BASE_RATE = 3e-5  # of a batch of one


class Loss:
    """Binary cross-entropy of every ordered pair, plus the dual variable times the mean spectral radius."""

    def __init__(self, dual: Dual) -> None:
        self.dual = dual

    def __call__(self, model: nn.Module, batch: Batch) -> Tensor:
        x, adjacency = batch
        logits = model(x).float()
        d = adjacency.shape[-1]
        pairwise = ~torch.eye(d, dtype=torch.bool, device=logits.device)
        entropy = nn.functional.binary_cross_entropy_with_logits(
            logits[:, pairwise], adjacency[:, pairwise].float()
        )
        log_p = nn.functional.logsigmoid(logits).masked_fill(~pairwise, -math.inf)
        radius = spectral_radius(log_p).mean()
        if model.training:
            self.dual.update(radius.item())
        return entropy + self.dual.value * radius


class AviciTrainee(Trainee):
    """Trains with LAMB or with AdamW, and keeps the dual variable and what was spent in the checkpoints."""

    loss: Loss

    def __init__(
        self, model: nn.Module, loss: Loss, validate: Any, *, lamb: bool = True, **settings: Any
    ) -> None:
        super().__init__(model, loss, validate, **settings)
        self.lamb = lamb
        self.scms, self.began = 0, time.process_time()

    @property
    def processor_seconds(self) -> float:
        """Of this process and those that it goes on from, without simulation in worker processes."""
        return time.process_time() - self.began

    def training_step(self, batch: Batch, index: int) -> Tensor:
        self.scms += len(batch[1])
        self.log("dual", self.loss.dual.value)
        return super().training_step(batch, index)

    def configure_optimizers(self) -> Any:
        if not self.lamb:
            return super().configure_optimizers()
        optimizer = Lamb(self.parameters(), lr=self.learning_rate)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self._rate)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        spent = {"scms": self.scms, "processor_seconds": self.processor_seconds}
        checkpoint["avici"] = {"dual": dict(vars(self.loss.dual)), **spent}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        kept = checkpoint["avici"]
        vars(self.loss.dual).update(kept["dual"])
        self.scms = kept["scms"]
        self.began -= kept["processor_seconds"]


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of checkpoints and log.")
@click.option("--steps", default=300_000, show_default=True)
@click.option("--variables", nargs=2, default=(2, 50), show_default=True, help="Range of d.")
@click.option("--rows", nargs=2, default=(800, 800), show_default=True, help="Range of n.")
@click.option("--tokens", default=240_000, show_default=True, help="Entries B n d of a batch.")
@click.option("--width", default=128, show_default=True)
@click.option("--layers", default=8, show_default=True)
@click.option("--heads", default=8, show_default=True)
@click.option("--key-size", default=32, show_default=True)
@click.option("--dropout", default=0.1, show_default=True)
@click.option("--temperature", default=2.0, show_default=True, help="Logarithm, at the start.")
@click.option("--learning-rate", type=float, help="By default 3e-5 times the root of the largest batch.")
@click.option("--optimizer", type=click.Choice(["lamb", "adamw"]), default="lamb", show_default=True)
@click.option(
    "--workers", default=4, show_default=True, help="Processes that simulate; 0: the one that trains."
)
@click.option("--validate-every", default=5000, show_default=True, help="Steps.")
@click.option("--seed", default=0, show_default=True)
@click.option("--init", help="Start from the weights of this model (a bundled name or a folder).")
def main(
    out: Path,
    steps: int,
    variables: tuple[int, int],
    rows: tuple[int, int],
    tokens: int,
    learning_rate: float | None,
    optimizer: str,
    workers: int,
    validate_every: int,
    seed: int,
    init: str | None,
    **network: Any,
) -> None:
    """Train AVICI on simulated SCMs and save it as a model folder in OUT/model."""
    torch.manual_seed(seed)
    model = Avici(**network) if init is None else load_pretrained(Avici, init).train()
    stream, validation = Stream(variables, rows, tokens), Validation(round(math.sqrt(rows[0] * rows[1])))
    largest = stream.batch_size(variables[0], rows[0])
    trainee = AviciTrainee(
        model,
        Loss(Dual(warmup=max(1, steps // 6))),  # the share of the published 50,000 in 300,000 steps
        validation,
        lamb=optimizer == "lamb",
        steps=steps,
        learning_rate=BASE_RATE * math.sqrt(largest) if learning_rate is None else learning_rate,
    )
    fit(trainee, stream, out, seed=seed, workers=workers, validate_every=validate_every)
    model.save_pretrained(out / "model")
    command = shlex.join(["python", "-m", "discovery.avici.train", *sys.argv[1:]])
    text = card(
        model,
        stream,
        validation,
        steps=steps,
        scms=trainee.scms,
        processor_seconds=trainee.processor_seconds,
        dual=trainee.loss.dual.value,
        command=command,
    )
    write_card(out / "model", text)


if __name__ == "__main__":
    main()
