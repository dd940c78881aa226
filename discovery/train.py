"""Train the edge transformer: `python -m discovery.train --out runs/edge-transformer`.

Data are drawn on the fly, each batch from one of the priors, `d` and `n` fresh for every batch. Kill it at
any time and run the same command again.
"""

from pathlib import Path

import click
import torch
from torch import Tensor, nn

from discovery.edge_transformer import EdgeTransformer
from discovery.statistics import ROWS_SEEN, pair_statistics
from foundation_causal.pretrained import load_pretrained, parameter_count
from foundation_causal.simulate import Gaussian, Laplace, Prior, p_in, prior
from foundation_causal.training import Batch, Trainee, fit

VARIABLES = (3, 50)
TOKENS = 6400  # edge tokens in a batch: what a batch costs does not depend on d
VALIDATION_SEED = 77_000_000  # far from the seeds of training batches


def batch_size(d: int) -> int:
    """SCMs in a batch of `d` variables."""
    return min(128, TOKENS // d**2)


NOISES = {"gaussian": Gaussian(), "laplace": Laplace()}
PRIORS: tuple[Prior, ...] = (p_in(noises=tuple(NOISES.values())), prior("wide"), prior("wide"))


def draw(generator: torch.Generator) -> Batch:
    """One batch: pair features `[B, d, d, F]`, global features `[B, G]`, adjacency `[B, d, d]`."""
    d = int(torch.randint(VARIABLES[0], VARIABLES[1] + 1, (), generator=generator))
    low, high = (torch.tensor(float(n)).log() for n in ROWS_SEEN)
    n = round(float((low + (high - low) * torch.rand((), generator=generator)).exp()))
    chosen = PRIORS[int(torch.randint(len(PRIORS), (), generator=generator))]
    batch = chosen.draw(scms=batch_size(d), d=d, n=n, seed=generator)
    pairs, size = pair_statistics(batch.data)
    return pairs, size, batch.adjacency.float()


def loss(model: nn.Module, batch: Batch) -> Tensor:
    """Binary cross-entropy of every ordered pair, summed over the pairs that share a target."""
    pairs, size, adjacency = batch
    d = adjacency.shape[1]
    off_diagonal = 1 - torch.eye(d, device=adjacency.device)
    terms = nn.functional.binary_cross_entropy_with_logits(
        model(pairs, size).float(), adjacency, reduction="none"
    )
    return (terms * off_diagonal).sum() / (len(adjacency) * d)


class Validation:
    """Area under the precision-recall curve on held-out SCMs, d = 20, n = 400, per prior."""

    def __init__(self) -> None:
        self.cells: dict[str, Batch] = {}
        cells = {
            f"{kind}-{noise}": p_in([kind], noises=[NOISES[noise]])
            for kind in ("linear", "rff")
            for noise in NOISES
        }
        for name, held_out in {**cells, "wide": prior("wide")}.items():
            batch = held_out.draw(scms=24, d=20, n=400, seed=VALIDATION_SEED)
            self.cells[name] = (*pair_statistics(batch.data), batch.adjacency)

    def __call__(self, model: nn.Module) -> dict[str, float]:
        device = next(model.parameters()).device
        scores = {}
        for name, (pairs, size, adjacency) in self.cells.items():
            logits = model(pairs.to(device), size.to(device)).float().cpu()
            pairwise = ~torch.eye(adjacency.shape[1], dtype=torch.bool)
            scores[name] = average_precision(adjacency[:, pairwise], logits[:, pairwise])
        return scores


def average_precision(true: Tensor, score: Tensor) -> float:
    """Mean over the batch of the average precision: `[B, pairs]` twice -> number."""
    hits = true.gather(1, score.argsort(1, descending=True)).float()
    precision = hits.cumsum(1) / torch.arange(1, hits.shape[1] + 1)
    return float(((precision * hits).sum(1) / hits.sum(1).clamp_min(1)).mean())


CARD = """---
library_name: foundation-causal
license: mit
tags: [causal-discovery, edge-transformer]
---
# Edge transformer

Edge probabilities of a causal DAG from closed-form statistics of every pair of columns;
{parameters:,} parameters.

- **Prior**: one batch in three from P_IN of Cond-FiP (Erdos-Renyi and scale-free graphs with 1-3 edges per
  node; linear and random Fourier feature mechanisms) with Gaussian or Laplace noise, the others from "wide"
  (seven graph families, eight of mechanisms, eight of noise, homo- and heteroscedastic);
  {low}-{high} variables, {rows[0]}-{rows[1]} rows (log-uniform).
- **Data seen**: {steps:,} steps, about {scms:,} SCMs, each once.
- **Command**: `{command}`
- **Held-out SCMs** (24 a cell, d = 20, n = 400), mean average precision of the network alone: {scores}.
- **Known limits**: no interventional rows, no missing values, no latent confounders; more than {high}
  variables and more than {rows[1]} rows are extrapolation.
"""


def card(model: nn.Module, steps: int, command: str, scores: dict[str, float]) -> str:
    """The model card, from what was trained and measured."""
    sizes = range(VARIABLES[0], VARIABLES[1] + 1)
    return CARD.format(
        parameters=parameter_count(model),
        low=VARIABLES[0],
        high=VARIABLES[1],
        rows=ROWS_SEEN,
        steps=steps,
        scms=round(steps * sum(batch_size(d) for d in sizes) / len(sizes) / 1000) * 1000,
        command=command,
        scores=", ".join(f"{name} {value:.3f}" for name, value in scores.items()),
    )


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of checkpoints and log.")
@click.option("--steps", default=20_000, show_default=True)
@click.option("--width", default=96, show_default=True)
@click.option("--layers", default=5, show_default=True)
@click.option("--learning-rate", default=1e-3, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Processes that simulate.")
@click.option("--seed", default=0, show_default=True)
@click.option("--init", help="Start from the weights of this model (a bundled name or a folder).")
def main(
    out: Path,
    steps: int,
    width: int,
    layers: int,
    learning_rate: float,
    workers: int,
    seed: int,
    init: str | None,
) -> None:
    """Train the edge transformer on simulated SCMs and save it as a model folder in OUT/model."""
    torch.manual_seed(seed)
    fresh = EdgeTransformer(width=width, layers=layers)
    model = fresh if init is None else load_pretrained(EdgeTransformer, init).train()
    trainee = Trainee(model, loss, Validation(), steps=steps, learning_rate=learning_rate)
    fit(trainee, draw, out, seed=seed, workers=workers)
    model.save_pretrained(out / "model")
    command = (
        f"python -m discovery.train --steps {steps} --width {width} --layers {layers} "
        f"--learning-rate {learning_rate} --seed {seed}" + (f" --init {init}" if init else "")
    )
    (out / "model" / "README.md").write_text(card(model, steps, command, trainee.validate(model)))


if __name__ == "__main__":
    main()
