"""Train ACTIVA: `python -m mechanisms.graph_free.activa.train --data gauss-2 --out runs/activa-gauss-2`.

SCMs are drawn on the fly, each of them seen once; SERGIO's come from a folder of experiments that
`mechanisms.graph_free.activa.data` has simulated. Kill it at any time and run the same command again.
The sizes of the models are those of Table 4 of the paper, and one for real-valued interventions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import torch
from torch import Tensor, nn

from discovery.network.edge_transformer import EdgeTransformer
from foundation_causal.errors import InputError
from foundation_causal.networks.pretrained import load_pretrained, write_card
from foundation_causal.networks.training import Batch, Trainee, command_line, fit, run_options, short_warmup
from mechanisms.graph_free.activa.data import Expressions, Sample, Stream, priors
from mechanisms.graph_free.activa.network import BETA, MAX_ATTENDED_ROWS, Activa, beta_elbo
from mechanisms.graph_free.activa.report import Validation, card

PAIR: dict[str, Any] = {"variables": (2, 2), "rows": (40, 40)}
EIGHT: dict[str, Any] = {
    "variables": (8, 8),
    "rows": (30, 30),
    "hidden": 512,
    "layers": 4,
    "decoder_layers": 4,
    "heads": 4,
}
SERGIO: dict[str, Any] = {"hidden": 256, "value": 0.0, "unit": 2.0, "jitter": 1e-3}
USER: dict[str, Any] = {
    "encoding": "value",
    "variables": (2, 12),
    "rows": (30, 1000),
    "hidden": 256,
    "heads": 4,
    "prior_components": 4,
    "components": 3,
    "dropout": 0.0,
    "guide_layers": 3,
    "reach": 10.0,
}
SIZES: dict[str, dict[str, Any]] = {
    "gauss-2": PAIR,
    "beta-2": PAIR,
    "gauss-8": EIGHT,
    "beta-8": EIGHT,
    "sergio": EIGHT | SERGIO,
    "wide": USER,
}
"""Arguments of :class:`mechanisms.graph_free.activa.network.Activa` by the data that it is trained on.

The latent width, the unit and the jitter are ours, for the paper does not name them. Knocked-out genes stand
at 0 exactly, so that SERGIO's jitter is all that bounds the density.
"""
BATCH = 256
LEARNING_RATE = {
    "gauss-2": 1e-3,
    "beta-2": 1e-3,
    "gauss-8": 5e-4,
    "beta-8": 5e-4,
    "sergio": 5e-4,
    "wide": 1e-3,
}
UNSEEN, BATCHES = 256, 8  # held-out data sets, and how many sizes and priors they have
SERGIO_ORIGIN = "SERGIO on 8-gene parts of the DREAM4 networks, 30 cells, knock-outs (ACTIVA, Table 3)"
ORIGINS = {
    "gauss": "linear SCMs with N(0, 0.5^2) noise (ACTIVA, appendix A.1; values spread by 0.1)",
    "beta": "linear SCMs with Beta noise (ACTIVA, appendix A.1; values spread by 0.1)",
    "wide": "P_IN (linear, RFF), ACTIVA's two, and the prior wide, a fifth of the batches each",
}


class Loss:
    """Minus the beta-ELBO, mean over the data sets of a batch.

    Args:
        beta: Weight of the divergence.
        per_row: See :func:`mechanisms.graph_free.activa.network.beta_elbo`.
    """

    def __init__(self, beta: float, per_row: bool) -> None:
        self.beta, self.per_row = beta, per_row

    def __call__(self, model: nn.Module, batch: Batch) -> Tensor:
        """The loss of a model on a batch."""
        assert isinstance(model, Activa)
        sample = Sample(*batch)
        return -beta_elbo(model, *sample, beta=self.beta, per_row=self.per_row).mean().float()


def numbers_only(gradient: Tensor) -> Tensor:
    """The gradient, with zero for what is no finite number, as in the paper's appendix C."""
    return torch.nan_to_num(gradient, nan=0.0, posinf=0.0, neginf=0.0)


def take_structure(model: Activa) -> None:
    """Give the guide, if there is one, the weights of the bundled structure predictor."""
    if model.guide is not None:
        trained = load_pretrained(EdgeTransformer, "edge-transformer")
        model.guide.structure.load_state_dict(trained.state_dict())


def start_from(model: Activa, source: str, validation: Validation) -> None:
    """Take a model's weights; its prior's parts begin anew around the part that held-out queries use most.

    Raises:
        InputError: Weights that cannot be read, or are of other sizes.
    """
    with torch.no_grad():
        trained = load_pretrained(Activa, source)
        try:
            model.load_state_dict(trained.state_dict())
        except RuntimeError:
            raise InputError(f"The model '{source}' has other sizes; start from one of the same.") from None
        codes = [model.prior(sample.query) for sample in validation.batches]
    used = torch.cat([code.mixture_distribution.probs for code in codes]).sum(0)
    model.latent_prior.draw_together(int(used.argmax()))


def entries(model: Activa, data_sets: int) -> int:
    """Values of observations in a batch of so many data sets of middling size."""
    (fewest, most), (short, long) = model.variables, (min(MAX_ATTENDED_ROWS, end) for end in model.rows)
    return round(data_sets * (fewest * most * short * long) ** 0.5)


@click.command()
@click.option("--data", type=click.Choice(list(SIZES)), required=True, help="What to train on.")
@run_options(workers=0, seed=42)
@click.option("--steps", default=4000, show_default=True)
@click.option("--batch", default=BATCH, show_default=True, help="Data sets of middling size in a step.")
@click.option("--learning-rate", type=float, help="Default: the paper's.")
@click.option("--beta", default=BETA, show_default=True, help="Weight of the divergence.")
@click.option("--per-row/--per-data-set", default=True, show_default=True, help="What beta weighs against.")
@click.option("--muon/--adamw", default=False, show_default=True, help="The optimizer.")
@click.option("--dropout", type=float, help="Default: the size's.")
@click.option("--hidden", type=int, help="Default: the size's.")
@click.option("--layers", type=int, help="Default: the size's.")
@click.option("--decoder-layers", type=int, help="Default: the size's.")
@click.option("--latent", type=int, help="Default: the size's.")
@click.option("--unit", type=float, help="Default: the size's.")
@click.option("--prior-components", type=int, help="Default: the size's.")
@click.option("--guide-layers", type=int, help="Default: the size's.")
@click.option("--components", type=int, help="Default: the size's.")
@click.option("--experiments", type=click.Path(path_type=Path), help="Folder of SERGIO's data sets.")
@click.option("--held-out", type=click.Path(path_type=Path), help="Folder of those for validation.")
@click.option("--precision", default="auto", show_default=True, help="As lightning takes it.")
@click.option(
    "--start",
    metavar="MODEL",
    help="Begin with the weights of this model, and all parts of its prior around the one that is used most.",
)
def main(
    data: str,
    out: Path,
    steps: int,
    batch: int,
    learning_rate: float | None,
    beta: float,
    per_row: bool,
    muon: bool,
    experiments: Path | None,
    held_out: Path | None,
    workers: int,
    validate_every: int,
    precision: str,
    start: str | None,
    seed: int,
    **network: Any,
) -> None:
    """Train ACTIVA and save it as a model folder in OUT/model."""
    torch.manual_seed(seed)
    sizes = SIZES[data] | {name: value for name, value in network.items() if value is not None}
    model = Activa(**sizes)
    take_structure(model)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.register_hook(numbers_only)
    draw: Callable[[torch.Generator], Sample]
    if data == "sergio":
        if experiments is None or held_out is None:
            raise click.UsageError(
                "SERGIO's data sets are simulated beforehand, by "
                "python -m mechanisms.graph_free.activa.data: "
                "give their folders as --experiments and --held-out."
            )
        draw = expressions = Expressions(experiments, batch)
        validation = Validation(Expressions(held_out, UNSEEN), beta=beta, per_row=per_row)
        origin = SERGIO_ORIGIN
        freshness = f"drawn from {len(expressions):,} experiments with 8 knock-outs each"
    else:
        value = None if data == "wide" else model.value
        draw = stream = Stream(
            priors(data), model.variables, model.rows, entries(model, batch), value, model.reach
        )
        held_out_stream = replace(stream, entries=entries(model, UNSEEN // BATCHES))
        validation = Validation(held_out_stream, BATCHES, beta=beta, per_row=per_row)
        origin, freshness = ORIGINS[data.split("-")[0]], "every SCM once"
    if start is not None:
        start_from(model, start, validation)
    trainee = Trainee(
        model,
        Loss(beta, per_row),
        validation,
        steps=steps,
        learning_rate=learning_rate or LEARNING_RATE[data],
        warmup=short_warmup(steps),
        muon=muon,
    )
    fit(trainee, draw, out, seed=seed, workers=workers, validate_every=validate_every, precision=precision)
    take_structure(model)  # whose averages over steps are no longer the same to the last digits
    model.save_pretrained(out / "model")
    text = card(
        model,
        validation,
        data=data,
        prior=origin,
        steps=steps,
        batch=batch,
        freshness=freshness,
        beta=beta,
        against="one row" if per_row else "all rows",
        optimizer="Muon" if muon else "AdamW",
        rate=trainee.learning_rate,
        command=command_line("mechanisms.graph_free.activa.train"),
    )
    purpose = f"what an intervention does, no graph needed; trained on '{data}'"
    write_card(out / "model", text, model=model, kind="interventions", purpose=purpose)


if __name__ == "__main__":
    main()
