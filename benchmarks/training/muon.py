"""Muon beside AdamW: RMSE of Cond-FiP's encoder after the same few steps, each at its best of two rates.

    python benchmarks/training/muon.py

Both see the same batches (P_IN, 3 to 10 variables, 100 rows) and are measured on the same held-out ones; one
cosine over all steps. Prints Markdown.
"""

import math
import time

import click
import torch

from foundation_causal.networks.optimizers import MuonAdamW
from foundation_causal.runtime import measured_on
from mechanisms.cond_fip.network import CondFiP
from mechanisms.cond_fip.report import Sample, Stream
from mechanisms.cond_fip.train import encoder_loss

RATES = {"AdamW": (1e-3, 3e-3), "Muon": (1e-2, 2e-2)}


@click.command()
@click.option("--steps", default=300, show_default=True)
def main(steps: int) -> None:
    """Train four encoders."""
    held_out = Stream(rows=(100, 100), variables=(10, 10), entries=60_000)(seeded(999_999))
    click.echo(f"{measured_on()}; {steps} steps\n")
    click.echo("| optimizer | rate | RMSE | processor seconds |\n|---|---|---|---|")
    for name, rates in RATES.items():
        for rate in rates:
            start = time.process_time()
            error = trained(name, rate, steps, held_out)
            click.echo(f"| {name} | {rate:g} | {error:.3f} | {time.process_time() - start:.0f} |")


def trained(name: str, rate: float, steps: int, held_out: Sample) -> float:
    """RMSE of F at the held-out contexts."""
    torch.manual_seed(0)
    model, stream = CondFiP(), Stream(rows=(100, 100), variables=(3, 10), entries=8000)
    model.decoder.requires_grad_(False)
    optimizer: torch.optim.Optimizer
    if name == "Muon":
        optimizer = MuonAdamW(model, lr=rate, lr_rest=1e-3)
    else:
        optimizer = torch.optim.AdamW(model.encoder.parameters(), lr=rate, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda i: min(1.0, (i + 1) / 50) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * i / steps))),
    )
    for i in range(steps):
        with torch.autocast("cpu", torch.bfloat16):
            loss = encoder_loss(model, stream(seeded(i)))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.encoder.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    with torch.no_grad():
        return math.sqrt(encoder_loss(model, held_out).item())


def seeded(seed: int) -> torch.Generator:
    """A generator of its own."""
    return torch.Generator().manual_seed(seed)


if __name__ == "__main__":
    main()
