"""Train Cond-FiP: `python -m mechanisms.cond_fip.train --out runs/cond-fip`.

First the encoder learns to denoise data sets; then, with the encoder kept as it is, the decoder learns to
predict at rows that are not in the context. Data are drawn on the fly, `d`, `n` and prior fresh for every
batch. Kill it at any time and run the same command again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import torch
from torch import Tensor, nn

from foundation_causal.errors import InputError
from foundation_causal.networks.pretrained import load_pretrained, write_card
from foundation_causal.networks.training import Batch, Trainee, command_line, fit, run_options, short_warmup
from foundation_causal.networks.units import Units
from foundation_causal.simulate import Prior, p_in, prior
from mechanisms.cond_fip.blocks import Edges
from mechanisms.cond_fip.kernel_decoder import KernelDecoder
from mechanisms.cond_fip.network import CondFiP, by_node, by_row
from mechanisms.cond_fip.report import Sample, Stream, Validation, card

PRIORS: dict[str, Callable[[], tuple[Prior, ...]]] = {
    "p-in": lambda: (p_in(),),
    "linear": lambda: (p_in(["linear"]),),
    "rff": lambda: (p_in(["rff"]),),
    "wide": lambda: (p_in(), prior("wide")),
}
FARTHEST = 10.0  # standard deviations
LEAST_ERROR = 1e-6  # keeps the slope of the root finite


def encoder_loss(model: nn.Module, batch: Batch) -> Tensor:
    """Mean squared error of F at the context, in standard deviations."""
    assert isinstance(model, CondFiP)
    assert isinstance(batch, Sample)
    units, edges = Units.of(batch.context), Edges.of(batch.adjacency)
    tokens = model.encoder(by_node(units.standardized(batch.context)), edges)
    truth = by_node(units.standardized(batch.context_functions))
    return nn.functional.mse_loss(model.encoder.functions(tokens).float(), truth)


def decoder_loss(model: nn.Module, batch: Batch) -> Tensor:
    """Logarithm of the error of F at the query rows, whose root is taken in each data set.

    Data sets in which little is left to learn so count as much as those in which any model errs (equation 4
    has the mean square). Rows far outside do not count.
    """
    assert isinstance(model, CondFiP)
    assert isinstance(batch, Sample)
    units, edges = Units.of(batch.context), Edges.of(batch.adjacency)
    query, truth = units.standardized(batch.query), units.standardized(batch.query_functions)
    counted = (query.abs() < FARTHEST).all(2, keepdim=True)
    losses = []
    for data in _conditions(model, by_node(units.standardized(batch.context)), edges):
        functions = by_row(model.decoder(by_node(query), data, data, edges).float(), len(query))
        error = ((functions - truth).square() * counted).mean((1, 2))
        losses.append((error + LEAST_ERROR).log().mean() / 2)
    return torch.stack(losses).mean()


def _conditions(model: CondFiP, x: Tensor, edges: Edges) -> list[Any]:
    """What the decoder answers by, of a standardized context `[nodes, n]`: after each of its rounds."""
    if not isinstance(model.decoder, KernelDecoder):
        return [model.summarize(x, edges)]
    looks = model.decoder.read(x, model.tokens(x, edges), edges)
    return [model.decoder.solve(read, x, edges) for read in looks[1:] or looks]


def _begun(init: str, rounds: int) -> CondFiP:
    """The model to begin with; rounds that it does not have change nothing at first."""
    before = load_pretrained(CondFiP, init)
    if rounds < before.arguments["rounds"]:
        raise InputError(
            f"The model {init} has {before.arguments['rounds']} rounds; give as many by --rounds, or more."
        )
    model = CondFiP(**{**before.arguments, "rounds": rounds})
    model.load_state_dict(before.state_dict(), strict=before.arguments["rounds"] == rounds)
    return model.train()


def _learning(model: CondFiP, learns: str) -> nn.Module:
    """What learns while the decoder does: "all", "decoder" or "rounds"."""
    if learns != "rounds":
        return model if learns == "all" else model.decoder
    if not isinstance(model.decoder, KernelDecoder) or not model.decoder.rounds:
        raise InputError("The decoder has no rounds that could learn alone; leave --learns out.")
    return model.decoder.rounds


@click.command()
@run_options()
@click.option("--encoder-steps", default=10_000, show_default=True)
@click.option("--decoder-steps", default=10_000, show_default=True)
@click.option("--prior", "name", type=click.Choice(list(PRIORS)), default="p-in", show_default=True)
@click.option("--variables", nargs=2, default=(3, 20), show_default=True, help="Range of d.")
@click.option("--rows", nargs=2, default=(50, 400), show_default=True, help="Range of n.")
@click.option("--queries", default=100, show_default=True, help="Rows at which the decoder predicts.")
@click.option("--entries", default=12_000, show_default=True, help="Values of a batch: what it costs.")
@click.option("--width", default=64, show_default=True)
@click.option("--layers", default=3, show_default=True)
@click.option("--heads", default=4, show_default=True)
@click.option("--head", default=128, show_default=True)
@click.option("--decoder", type=click.Choice(["kernel", "published"]), default="kernel", show_default=True)
@click.option("--decoder-width", default=64, show_default=True)
@click.option("--condition-layers", default=1, show_default=True)
@click.option("--decoder-layers", default=4, show_default=True)
@click.option("--key-size", default=32, show_default=True)
@click.option(
    "--rounds", default=3, show_default=True, help="In which the decoder looks again at what it read."
)
@click.option("--odd-roots", default=0.0, show_default=True, help="Share of roots with levels or tails.")
@click.option("--precision", default="auto", show_default=True, help="As lightning takes it.")
@click.option("--learning-rate", default=1e-3, show_default=True)
@click.option(
    "--learns",
    type=click.Choice(["all", "decoder", "rounds"]),
    default="decoder",
    show_default=True,
    help="What learns with the decoder: the encoder, too, or of the decoder its rounds alone.",
)
@click.option("--init", help="Start from the weights of this model (a bundled name or a folder).")
def main(
    out: Path,
    encoder_steps: int,
    decoder_steps: int,
    name: str,
    variables: tuple[int, int],
    rows: tuple[int, int],
    queries: int,
    entries: int,
    odd_roots: float,
    precision: str,
    learning_rate: float,
    learns: str,
    workers: int,
    validate_every: int,
    seed: int,
    init: str | None,
    **network: Any,
) -> None:
    """Train Cond-FiP on simulated SCMs and save it as a model folder in OUT/model."""
    torch.manual_seed(seed)
    model = CondFiP(**network) if init is None else _begun(init, network["rounds"])
    priors = PRIORS[name]()
    stages = (
        ("encoder", encoder_loss, encoder_steps, 0, model.encoder),
        ("decoder", decoder_loss, decoder_steps, queries, _learning(model, learns)),
    )
    for number, (stage, loss, steps, query_rows, part) in enumerate(stages):
        if not steps:
            continue
        model.requires_grad_(False)
        part.requires_grad_(True)
        trainee = Trainee(
            model,
            loss,
            Validation(stage),
            steps=steps,
            learning_rate=learning_rate,
            warmup=short_warmup(steps),
            muon=True,
        )
        stream = Stream(priors, variables, rows, query_rows, entries, odd_roots)
        settings: dict[str, Any] = {
            "workers": workers,
            "validate_every": validate_every,
            "precision": precision,
        }
        fit(trainee, stream, out / stage, seed=seed + number, **settings)
    model.requires_grad_(True)
    model.save_pretrained(out / "model")
    command = command_line("mechanisms.cond_fip.train")
    text = card(model, variables, rows, name, encoder_steps, decoder_steps, entries, command)
    purpose = "mechanisms of any SCM from data and graph"
    write_card(out / "model", text, model=model, kind="mechanisms", purpose=purpose)


if __name__ == "__main__":
    main()
