"""Train the corrector: `python -m mechanisms.corrector.train --out runs/residual`.

Problems are drawn and fitted by the kernel model on the fly, in worker processes, and kept in OUT/problems to
be seen again. Kill it at any time and run the same command again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import torch
from torch import Tensor, nn

from foundation_causal.networks.pretrained import load_pretrained, parameter_count, write_card
from foundation_causal.networks.training import Batch, Trainee, command_line, fit, run_options, short_warmup
from foundation_causal.runtime import hardware
from foundation_causal.simulate import Prior, p_in, prior
from mechanisms.corrector.data import Problems, Stream
from mechanisms.corrector.network import Corrector

VALIDATION_SEED = 80_000_000  # far from the seeds of training batches
KINDS: dict[str, tuple[Prior, ...]] = {
    "wide": (prior("wide"),),
    "avici-wide": (prior("avici-wide"),),
    "P_IN": (p_in(),),
}
BATCHES = 8


def corrections(model: Corrector, batch: Problems) -> Tensor:
    """The model's corrections at the query rows, `[nodes, m]`, in units of the spread."""
    context = model.summarize(batch.view)
    return model(batch.query, batch.predicted, context, context, batch.view.edges)


def loss(model: nn.Module, batch: Batch) -> Tensor:
    """Huber loss of the correction, in units of the spread, so that every variable counts alike."""
    assert isinstance(model, Corrector)
    assert isinstance(batch, Problems)
    wanted = (batch.truth - batch.predicted) / batch.view.spread[:, None]
    error = nn.functional.huber_loss(corrections(model, batch).float(), wanted, reduction="none", delta=2.0)
    return error[batch.counted].mean()


class Validation:
    """RMSE of the corrected F at held-out rows over that of the kernel model alone; below 1 it is better.

    Each variable's error counts in its own noise, the spread.
    """

    def __init__(self) -> None:
        self.held_out = {
            name: [Stream(priors=priors).draw(_seeded(100 * number + i)) for i in range(BATCHES)]
            for number, (name, priors) in enumerate(KINDS.items())
        }

    @torch.no_grad()
    def __call__(self, model: nn.Module) -> dict[str, float]:
        """The ratio for each kind of SCM."""
        assert isinstance(model, Corrector)
        return {name: _ratio(model, batches) for name, batches in self.held_out.items()}


def _ratio(model: Corrector, batches: list[Problems]) -> float:
    after, before = [], []
    for batch in batches:
        gap = ((batch.truth - batch.predicted) / batch.view.spread[:, None]).clamp(-5, 5)
        residual = gap - corrections(model, batch).float()
        after.append(residual[batch.counted] ** 2)
        before.append(gap[batch.counted] ** 2)
    return float((torch.cat(after).mean() / torch.cat(before).mean()).sqrt())


def _seeded(offset: int) -> torch.Generator:
    return torch.Generator().manual_seed(VALIDATION_SEED + offset)


CARD = """---
library_name: foundation-causal
license: mit
tags: [structural-causal-models]
---
# Corrector

Corrects the closed-form kernel model's functions, by attention; {parameters:,} parameters.

- **Prior**: half of the data sets from "wide", a quarter each from AVICI's and Cond-FiP's P_IN;
  {stream.variables[0]}-{stream.variables[1]} variables, {stream.rows[0]}-{stream.rows[1]} rows.
- **Data seen**: {steps:,} steps over {stream.distinct:,} batches of about {stream.entries:,} values.
- **Hardware**: {hardware}.
- **Command**: `{command}`
- **Held-out SCMs**, RMSE of F at other rows over that of the kernel model alone (below 1 is better):

| prior | ratio |
|---|---|
{table}

- **Known limits**: those of the kernel model, and contexts far larger than those seen.
"""


@click.command()
@run_options()
@click.option("--steps", default=6000, show_default=True)
@click.option("--distinct", default=2000, show_default=True, help="Batches that are drawn.")
@click.option("--width", default=64, show_default=True)
@click.option("--layers", default=2, show_default=True)
@click.option("--heads", default=4, show_default=True)
@click.option("--query-layers", default=2, show_default=True)
@click.option("--learning-rate", default=5e-4, show_default=True)
@click.option("--init", help="Start from the weights of this model (a bundled name or a folder).")
def main(
    out: Path,
    steps: int,
    distinct: int,
    learning_rate: float,
    workers: int,
    validate_every: int,
    seed: int,
    init: str | None,
    **network: Any,
) -> None:
    """Train the corrector on simulated SCMs and save it as a model folder in OUT/model."""
    torch.manual_seed(seed)
    model = Corrector(**network) if init is None else load_pretrained(Corrector, init).train()
    stream, validation = Stream(out / "problems", distinct=distinct), Validation()
    trainee = Trainee(
        model,
        loss,
        validation,
        steps=steps,
        learning_rate=learning_rate,
        warmup=short_warmup(steps),
        muon=True,
    )
    fit(trainee, stream, out, seed=seed, workers=workers, validate_every=validate_every)
    model.save_pretrained(out / "model")
    model.eval()
    text = CARD.format(
        parameters=parameter_count(model),
        stream=stream,
        steps=steps,
        hardware=hardware(),
        command=command_line("mechanisms.corrector.train"),
        table="\n".join(f"| {name} | {ratio:.3f} |" for name, ratio in validation(model).items()),
    )
    purpose = "corrects the kernel model where it tends to err"
    write_card(out / "model", text, model=model, kind="corrections", purpose=purpose)


if __name__ == "__main__":
    main()
