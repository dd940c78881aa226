"""The training loop: endless simulated data, AdamW or Muon with warm-up and cosine decay, averaged weights.

`lightning` runs the loop (progress, bfloat16, devices, checkpoints, resuming); install it with the
extra `train`. Nothing at inference time imports this file.
"""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

import click
import lightning
import torch
from lightning.pytorch.callbacks import EMAWeightAveraging, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.strategies import DDPStrategy
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, TensorDataset, get_worker_info

from foundation_causal.networks.optimizers import MuonAdamW, warmed_cosine

Batch = Any  # whatever the drawing function and the loss agree on: tensors in tuples, nested or not
Command = TypeVar("Command", bound=Callable[..., Any])


class SeededStream(IterableDataset[Batch]):
    """An endless stream in which batch `i` depends on `(seed, i)` alone.

    A resumed run so goes on where the killed one stopped, whatever the number of workers. Processes that
    train together take turns: the process `rank` of `ranks` gets every batch of that number.

    Args:
        draw: Makes a batch from a generator.
        seed: Seed of the whole run.
        start: Index of the first batch, of all ranks together (those that are done already).
        rank: Number of this process among those that train together.
        ranks: How many these are.
    """

    def __init__(
        self,
        draw: Callable[[torch.Generator], Batch],
        *,
        seed: int,
        start: int = 0,
        rank: int = 0,
        ranks: int = 1,
    ) -> None:
        self.draw, self.seed, self.start, self.rank, self.ranks = draw, seed, start, rank, ranks

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        index, stride = (worker.id, worker.num_workers) if worker else (0, 1)
        while True:
            batch = self.start + index * self.ranks + self.rank
            yield self.draw(torch.Generator().manual_seed(self.seed * 1_000_003 + batch))
            index += stride


class Batches(lightning.LightningDataModule):
    """The stream of this process, of whose number lightning knows only once all processes are there.

    Args:
        draw: Makes a batch from a generator.
        seed: Seed of the whole run.
        start: Index of the first batch.
        workers: Processes that draw for each process that trains; 0 draws in that one.
    """

    def __init__(
        self, draw: Callable[[torch.Generator], Batch], *, seed: int, start: int, workers: int
    ) -> None:
        super().__init__()
        self.draw, self.seed, self.start, self.workers = draw, seed, start, workers

    def train_dataloader(self) -> DataLoader[Batch]:
        """The batches of this process."""
        assert self.trainer is not None
        among: dict[str, int] = {"rank": self.trainer.global_rank, "ranks": self.trainer.world_size}
        stream = SeededStream(self.draw, seed=self.seed, start=self.start, **among)
        ahead = 4 if self.workers else None
        return DataLoader(stream, batch_size=None, num_workers=self.workers, prefetch_factor=ahead)

    def val_dataloader(self) -> DataLoader[Any]:
        """One batch of nothing: the figures to log come from the model alone."""
        return DataLoader(TensorDataset(torch.zeros(1)))


class Trainee(lightning.LightningModule):
    """A model with its loss; the learning rate warms up linearly and decays as a cosine to 1%.

    Args:
        model: What is trained.
        loss: Gives the loss of the model on a batch.
        validate: Gives figures of the model to log.
        steps: Steps after which the rate has decayed.
        learning_rate: The rate after warming up.
        warmup: Steps of warming up.
        muon: Train matrices by Muon, at ten times this rate, instead of AdamW.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: Callable[[nn.Module, Batch], Tensor],
        validate: Callable[[nn.Module], dict[str, float]],
        *,
        steps: int,
        learning_rate: float,
        warmup: int = 500,
        muon: bool = False,
    ) -> None:
        super().__init__()
        self.model, self.loss, self.validate = model, loss, validate
        self.steps, self.learning_rate, self.warmup, self.muon = steps, learning_rate, warmup, muon

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """The loss on a batch."""
        loss = self.loss(self.model, batch)
        self.log("loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: Any, index: int) -> None:
        """Log the figures of the model."""
        self.log_dict(self.validate(self.model), prog_bar=True, batch_size=1)

    def configure_optimizers(self) -> Any:
        """The optimizer with its learning rate, as lightning takes them."""
        optimizer: torch.optim.Optimizer
        if self.muon:
            optimizer = MuonAdamW(self, lr=10 * self.learning_rate, lr_rest=self.learning_rate)
        else:
            optimizer = torch.optim.AdamW(
                self.parameters(), lr=self.learning_rate, weight_decay=1e-2, betas=(0.9, 0.98)
            )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self.rate)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def rate(self, step: int) -> float:
        """The learning rate at a step, as a share of its peak."""
        return warmed_cosine(step / self.steps, warm=(step + 1) / self.warmup, least=0.01)


def short_warmup(steps: int) -> int:
    """Steps of a warm-up that leaves most of a short run, too: a tenth of all, at most 300."""
    return min(300, steps // 10 + 1)


def averaging_decay(steps: int) -> float:
    """By which the average of the weights forgets in a step: 0.999, and more in short runs.

    The average so reaches over a fifth of a short run, and not back to the weights that it began with.

    >>> averaging_decay(10_000), averaging_decay(500)
    (0.999, 0.99)
    """
    return min(0.999, 1 - 5 / max(steps, 10))


def fast_precision() -> Literal["bf16-mixed", "32-true"]:
    """bfloat16 where it is faster than single precision, as lightning names the two.

    GPUs since Ampere and some processors multiply in it (AVX-512-BF16, AMX). Others imitate it, and take
    three to ten times as long: a training step of AVICI .6 s instead of .2 s on an Intel Xeon with AVX-512
    but without these, and 4 s instead of .4 s on an AMD EPYC with AVX2.
    """
    if torch.cuda.is_available():
        is_fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        can = torch.cpu.get_capabilities()
        is_fast = any(can.get(name) for name in ("avx512_bf16", "amx_bf16"))
    return "bf16-mixed" if is_fast else "32-true"


def fit(
    trainee: Trainee,
    draw: Callable[[torch.Generator], Batch],
    folder: Path,
    *,
    seed: int,
    workers: int = 1,
    validate_every: int = 500,
    precision: Any = "auto",
    devices: int = 1,
    accumulate: int = 1,
) -> bool:
    """Train until `trainee.steps`; run again with the same folder, it resumes from the last checkpoint.

    A checkpoint is written every two minutes and the two newest are kept, so that a kill in the middle
    of a write costs one of them at most. On return the trainee holds the averaged weights.

    A step averages the gradients of `devices * accumulate` batches, so that two processes train as one
    does that accumulates two: but for the order of sums, with the same weights.

    Args:
        trainee: What is trained, and how.
        draw: Makes a batch from a generator.
        folder: Where checkpoints and the log go.
        seed: Seed of the batches.
        workers: Processes that draw batches; 0 draws in this one.
        validate_every: Steps between figures in the log.
        precision: As `lightning.Trainer` takes it, or "auto" for that of :func:`fast_precision`.
        devices: Processes that train together (DDP), each on a GPU of its own, or on the processor where
            there is none. The command is started once, and starts the others.
        accumulate: Batches of each process that one step averages over.

    Returns:
        Whether this process is the first, which is to save the model.

    Raises:
        SystemExit: The process was asked to end (`SIGTERM`); its exit code is 143.
    """
    last = newest_checkpoint(folder)
    start = int(torch.load(last, map_location="cpu", weights_only=True)["global_step"]) if last else 0
    batches = Batches(draw, seed=seed, start=start * devices * accumulate, workers=workers)
    keep = ModelCheckpoint(
        folder, "{step}", monitor="step", mode="max", save_top_k=2, train_time_interval=timedelta(minutes=2)
    )
    trainer = lightning.Trainer(
        max_steps=trainee.steps,
        precision=fast_precision() if precision == "auto" else precision,
        # A loss need not touch every weight, as that of knowledge or of types does not in some batches.
        strategy=DDPStrategy(find_unused_parameters=True) if devices > 1 else "auto",
        devices=devices if devices > 1 else "auto",
        accumulate_grad_batches=accumulate,
        callbacks=[keep, EMAWeightAveraging(decay=averaging_decay(trainee.steps))],
        logger=CSVLogger(folder, name="log", version=start),
        val_check_interval=validate_every * accumulate,  # counted in batches
        check_val_every_n_epoch=None,
        num_sanity_val_steps=0,
        gradient_clip_val=1.0,
        log_every_n_steps=100,
        enable_progress_bar=sys.stderr.isatty(),
        enable_model_summary=False,
    )
    try:
        trainer.fit(trainee, datamodule=batches, ckpt_path=last, weights_only=True)
    except SystemExit as end:
        # Lightning ends a run that is asked to end with exit code 0, as if all of it were there.
        raise SystemExit(128 + signal.SIGTERM) if trainer.received_sigterm else end from None
    trainer.save_checkpoint(folder / f"step={trainer.global_step}-final.ckpt")
    return bool(trainer.is_global_zero)


def run_options(
    *, workers: int = 1, validate_every: int = 500, seed: int = 0
) -> Callable[[Command], Command]:
    """The options that commands that train have in common; the arguments are the defaults."""
    options = [
        click.option(
            "--out", type=click.Path(path_type=Path), required=True, help="Folder of checkpoints and log."
        ),
        click.option(
            "--workers",
            default=workers,
            show_default=True,
            help="Processes that simulate; 0: the one that trains.",
        ),
        click.option("--validate-every", default=validate_every, show_default=True, help="Steps."),
        click.option("--seed", default=seed, show_default=True),
    ]

    def with_options(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return with_options


def command_line(module: str) -> str:
    """The line that runs a module as this process was run, for its model's card."""
    return shlex.join(["python", "-m", module, *sys.argv[1:]])


def newest_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint in a folder that can be read, or None."""
    for path in sorted(folder.glob("*.ckpt"), key=lambda p: p.stat().st_mtime, reverse=True):
        try:
            torch.load(path, map_location="cpu", weights_only=True)
        except Exception:  # a file cut short by a kill raises whatever the reader trips over
            continue
        return path
    return None
