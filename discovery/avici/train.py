"""Train AVICI: `python -m discovery.avici.train --out runs/avici`.

The defaults are the published settings and want a GPU. Data are drawn on the fly, each batch from one of the
priors, `d` and `n` fresh for every batch, half of the batches with interventional rows. Kill it at any time
and run the same command again.

The loss penalizes cycles among the predicted edge probabilities by their spectral radius, which a dual
variable weighs (Lorch et al., NeurIPS 2022, section 4.2). The measure is that of NO-BEARS (Lee et al., 2020):
a nonnegative matrix whose largest eigenvalue is 0 has no cycle.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import torch
from torch import Tensor, nn

from discovery.avici.network import Avici
from discovery.avici.report import Stream, Validation, card
from foundation_causal.networks.optimizers import Lamb
from foundation_causal.networks.pretrained import load_pretrained, write_card
from foundation_causal.networks.training import Batch, Trainee, command_line, fit, run_options

BASE_RATE = 3e-5  # of a batch of one


class Loss:
    """Binary cross-entropy of every ordered pair, plus the dual variable times the mean spectral radius."""

    def __init__(self, dual: Dual) -> None:
        self.dual = dual

    def __call__(self, model: nn.Module, batch: Batch) -> Tensor:
        """The loss of a batch; while the model trains, the dual variable follows its penalty."""
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


def spectral_radius(log_p: Tensor, *, rounds: int = 10) -> Tensor:
    r"""The largest eigenvalue of nonnegative matrices by power iteration from random positive vectors.

    Left and right vectors are iterated apart, and :math:`u^\top P v / u^\top v` is the estimate; the gradient
    takes both as constants, which is exact where they have converged. All sums are of logarithms, so that
    probabilities of any size neither vanish nor overflow.

    Args:
        log_p: Natural logarithms of the entries, `[..., d, d]`, -inf where an entry is 0.
        rounds: Rounds of the iteration.

    Returns:
        `[...]`, positive wherever all entries off the diagonal are.

    Example:
        >>> round(spectral_radius(torch.full((3, 3), 0.25).log()).item(), 6)  # 3 times 1/4
        0.75
    """
    left, right = (
        torch.empty((2, *log_p.shape[:-1]), dtype=log_p.dtype, device=log_p.device).exponential_().log()
    )
    with torch.no_grad():
        for _ in range(rounds):
            left = torch.logsumexp(left.unsqueeze(-1) + log_p, -2).log_softmax(-1)
            right = torch.logsumexp(right.unsqueeze(-2) + log_p, -1).log_softmax(-1)
    total = torch.logsumexp((left.unsqueeze(-1) + log_p + right.unsqueeze(-2)).flatten(-2), -1)
    return (total - torch.logsumexp(left + right, -1)).exp()


@dataclass
class Dual:
    """The weight of the acyclicity penalty, by dual ascent on a running average of the penalty.

    The rate of the ascent grows linearly from 0 over the first `warmup` steps.

    Args:
        rate: Rate of the ascent.
        every: Training steps between two updates.
        warmup: Training steps until the full rate.
        decay: Decay of the running average, per step.
        value: The dual variable.
        penalty: The running average; None before the first step.
        step: Training steps so far.

    Example:
        >>> dual = Dual(rate=0.5, every=2, warmup=4)
        >>> for _ in range(4):
        ...     dual.update(1.0)
        >>> dual.value  # 0.5 * 2/4 after step 2, 0.5 * 4/4 after step 4
        0.75
    """

    rate: float = 1e-4
    every: int = 500
    warmup: int = 50_000
    decay: float = 0.9999
    value: float = 0.0
    penalty: float | None = None
    step: int = 0

    def update(self, penalty: float) -> None:
        """Add the mean penalty of a training step."""
        before = penalty if self.penalty is None else self.penalty
        self.penalty = self.decay * before + (1 - self.decay) * penalty
        self.step += 1
        if self.step % self.every == 0:
            self.value += self.rate * min(1.0, self.step / self.warmup) * self.penalty


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
        """Seconds of this process and those that it goes on from, without simulation in worker processes."""
        return time.process_time() - self.began

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """Count the SCMs, and log the dual variable."""
        self.scms += len(batch[1])
        self.log("dual", self.loss.dual.value)
        return super().training_step(batch, index)

    def configure_optimizers(self) -> Any:
        """LAMB, or the optimizer of the other models, with the same schedule."""
        if not self.lamb:
            return super().configure_optimizers()
        optimizer = Lamb(self.parameters(), lr=self.learning_rate)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self.rate)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the dual variable and what was spent."""
        spent = {"scms": self.scms, "processor_seconds": self.processor_seconds}
        checkpoint["avici"] = {"dual": dict(vars(self.loss.dual)), **spent}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on from the dual variable and what was spent."""
        kept = checkpoint["avici"]
        vars(self.loss.dual).update(kept["dual"])
        self.scms = kept["scms"]
        self.began -= kept["processor_seconds"]


@click.command()
@run_options(workers=4, validate_every=5000)
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
    text = card(
        model,
        stream,
        validation,
        steps=steps,
        scms=trainee.scms,
        processor_seconds=trainee.processor_seconds,
        dual=trainee.loss.dual.value,
        command=command_line("discovery.avici.train"),
    )
    purpose = "edge probabilities by attention over variables and samples"
    write_card(out / "model", text, model=model, kind="structure", purpose=purpose)


if __name__ == "__main__":
    main()
