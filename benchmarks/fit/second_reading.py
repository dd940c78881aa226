"""Train the network that reads pairs anew once a graph is found (`discovery.network.hidden_causes`).

    python benchmarks/fit/second_reading.py tables --folder runs/pairs --kind sparse --count 1500
    python benchmarks/fit/second_reading.py tables --folder runs/pairs --kind home --count 1500
    python benchmarks/fit/second_reading.py train --folder runs/pairs --out runs/first
    python benchmarks/fit/second_reading.py join runs/first/model ... --folder runs/pairs --out runs/joined
    python benchmarks/fit/second_reading.py judge --folder runs/pairs --model runs/joined

Tables come first, as each asks for a search: those of "home" are like the training of the first network, 4
to 20 columns of numbers and 150 to 5,000 rows, 35% of them distorted; "sparse" ones have .6 to 2.2 edges a
node, up to six hidden causes of two to four columns, lines and curves of eight kinds and noise of six
shapes, and 12% of them are distorted; "weak" ones are like these, with effects down to .08 times as large.
All kinds stop and go on; a table that the search asks nothing about is not kept. Every fifth table is held
out of the training; `judge` compares the two networks on these by the average precision of confounded pairs,
F1 of directed edges, and the false edges that confounded pairs keep.
"""

import warnings
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import click
import numpy as np
import pandas as pd
import torch
from scipy.special import expit
from sklearn.metrics import average_precision_score
from torch import Tensor, nn

from discovery import pipeline
from discovery.network.answers import DEFAULT_MODEL, network_answers
from discovery.network.hidden_causes import (
    KNOWN,
    LEAST_DIRECT,
    SECOND_MODEL,
    Found,
    OpenWorld,
    SecondReading,
    evidence_of,
    left_out,
    log_odds,
)
from discovery.network.open_world import MEASURED, NUMBERS, draw_hidden
from discovery.network.training_tasks import chance
from foundation_causal.files import replacing
from foundation_causal.graphs.mixed_graph import latent_projection
from foundation_causal.networks.pretrained import load_pretrained, parameter_count, write_card
from foundation_causal.networks.training import Trainee, fit, run_options, short_warmup
from foundation_causal.observations import observations
from foundation_causal.runtime import hardware, measured_on, one_thread
from foundation_causal.simulate.measurement import measured
from foundation_causal.simulate.random import Random, drawn_from, drawn_size

SEEDS = {"home": 98_100_000, "sparse": 880_000, "weak": 5_500_000}
HELD_OUT = 5  # every so many tables
BATCH = 8
MASKED = 0.1  # of the batches leave a column out, of which an experiment would have set some rows


class Truth(NamedTuple):
    """A table, its direct edges and its pairs with a hidden common cause, bool `[d, d]` each."""

    frame: pd.DataFrame
    direct: np.ndarray
    shared: np.ndarray


def home(seed: int) -> Truth:
    """Like the training of the first network, numbers only."""
    generator = torch.Generator().manual_seed(SEEDS["home"] + seed)
    d, n = (drawn_size(bounds, generator) for bounds in ((4, 20), (150, 5000)))
    hidden = 1 + int(chance(generator) * max(1, min(d // 2, 8))) if chance(generator) < 0.6 else 0
    family = drawn_from(NUMBERS, generator)
    batch, direct, shared = draw_hidden(family, hidden, scms=1, d=d, n=n, seed=generator)
    is_distorted = chance(generator) < MEASURED
    data = measured(batch.data, Random.seeded(generator)) if is_distorted else batch.data
    return Truth(named(data[0].double().numpy()), direct[0].numpy(), shared[0].numpy())


def sparse(seed: int) -> Truth:
    """Sparser graphs, curves of many kinds and noise of many shapes."""
    return from_written(np.random.default_rng(SEEDS["sparse"] + seed), seed)


def weak(seed: int) -> Truth:
    """The same, but that causes may explain as little as a thousandth of what they act on."""
    rng = np.random.default_rng(SEEDS["weak"] + seed)
    return from_written(rng, seed, size=float(np.exp(rng.uniform(np.log(0.08), 0))))


def from_written(rng: np.random.Generator, seed: int, size: float = 1.0) -> Truth:
    """A table of written equations, whose effects are `size` times as large."""
    d = int(np.exp(rng.uniform(np.log(4), np.log(21))))
    n = int(np.exp(rng.uniform(np.log(150), np.log(5000))))
    hidden = 0 if rng.random() < 0.35 else int(rng.integers(1, max(2, min(6, d // 2) + 1)))
    edges, order = rng.uniform(0.6, 2.2), rng.permutation(d)
    graph = np.zeros((d + hidden,) * 2, bool)
    graph[np.ix_(order, order)] = np.triu(rng.random((d, d)) < min(0.9, 2 * edges / (d - 1)), 1)
    for cause in range(d, d + hidden):
        graph[cause, rng.choice(d, min(d, rng.choice([2, 2, 2, 3, 3, 4])), replace=False)] = True
    x = values(rng, graph, [*range(d, d + hidden), *order], n, size)[:, :d]
    if rng.random() < 0.12:
        random = Random.seeded(torch.Generator().manual_seed(seed))
        x = measured(torch.tensor(x, dtype=torch.float32)[None], random)[0].double().numpy()
    direct, shared = latent_projection(torch.tensor(graph)[None], hidden)
    return Truth(named(x), direct[0].numpy(), shared[0].numpy())


def values(rng: np.random.Generator, graph: np.ndarray, order: list[int], n: int, size: float) -> np.ndarray:
    """Rows of a graph: every node its noise, and functions of its standardized parents."""
    how = rng.random()
    curved = 0.0 if how < 0.45 else 1.0 if how < 0.75 else rng.random()
    if rng.random() < 0.3:
        shapes = [int(rng.integers(6))]
    else:
        shapes = [0] if rng.random() < 0.4 else [1] if rng.random() < 0.4 else [*range(6)]
    least, is_scaled, has_products = rng.uniform(0.3, 0.7), rng.random() < 0.08, rng.random() < 0.15
    x = np.zeros((n, len(graph)))
    for node in order:
        z = noise(rng, n, shapes[rng.integers(len(shapes))]) * rng.uniform(least, 1)
        parents = [x[:, parent] / x[:, parent].std() for parent in np.flatnonzero(graph[:, node])]
        if is_scaled and parents:
            z = z * np.clip(0.4 + 0.5 * np.abs(parents[0]), 0.2, 2)
        for parent in parents:
            function = curve(rng) if rng.random() < curved else lambda v: v
            z = z + rng.choice([-1, 1]) * rng.uniform(0.4, 1.6) * size * function(parent)
        if has_products and len(parents) > 1 and curved:
            z = z + rng.normal() * size * parents[0] * parents[1]
        x[:, node] = z
    return x


KINDS = {"home": home, "sparse": sparse, "weak": weak}


def curve(rng: np.random.Generator) -> Callable[[np.ndarray], np.ndarray]:
    """A function of one standardized parent."""
    kind, a, b, c = rng.integers(8), rng.uniform(1, 2.2), rng.uniform(0, 6), rng.normal()
    if kind == 5:
        slopes, phases = rng.normal(size=12) * rng.uniform(0.5, 1.5), rng.uniform(0, 6.3, 12)
        heights = rng.normal(size=12) / 2.4
        return lambda z: np.cos(z[:, None] * slopes + phases) @ heights * 1.4
    return {
        0: lambda z: np.tanh(a * z + c),
        1: lambda z: np.sin(a * z + b),
        2: lambda z: (z**2 - 1) / 2**0.5,
        3: lambda z: np.abs(z - c / 2) - 0.8,
        4: lambda z: np.log1p(np.exp(2 * a * z)) / 2,
        6: lambda z: np.sign(z) * np.abs(z) ** 1.6 / 1.4,
        7: lambda z: z,
    }[int(kind)]


def noise(rng: np.random.Generator, n: int, shape: int) -> np.ndarray:
    """Noise of mean 0 and variance 1."""
    if shape < 4:
        draws = (
            lambda: rng.normal(size=n),
            lambda: rng.laplace(size=n) / 2**0.5,
            lambda: rng.uniform(-1, 1, n) * 3**0.5,
            lambda: rng.standard_t(6, n) / 1.5**0.5,
        )
        return draws[shape]()
    sign = rng.choice([-1, 1])
    return sign * ((rng.gamma(3, size=n) - 3) / 3**0.5 if shape == 4 else rng.exponential(size=n) - 1)


def named(x: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(x, columns=[f"x{j}" for j in range(x.shape[1])])


def asked(truth: Truth) -> dict[str, np.ndarray] | None:
    """What the second network would read of a table, and the truth; None if it is not asked."""
    kept: list[tuple[OpenWorld, Found]] = []

    def keep(world: OpenWorld, found: Found, constraints: object) -> OpenWorld:
        kept.append((world, found))
        return world

    prepared = pipeline.prepare(observations(truth.frame))
    answer = network_answers(prepared.rows, DEFAULT_MODEL, None, True)
    with patch.object(pipeline, "informed", keep):
        pipeline.finish(prepared, answer, refine=True, confounders=True, model=DEFAULT_MODEL)
    if not kept or not kept[0][1].evidence.known.any():
        return None
    ((world, found),) = kept
    assert world.tokens is not None
    places = [list(truth.frame).index(column) for column in prepared.searched]
    direct, shared = (part[np.ix_(places, places)] for part in (truth.direct, truth.shared))
    return {
        "evidence": evidence_of(world, found).astype(np.float16),
        "tokens": world.tokens.astype(np.float16),
        "odds": np.stack([log_odds(world.confounded), log_odds(world.direct + world.direct.T)], -1),
        "truth": np.stack([shared, direct | direct.T], -1),
        "direct": direct,
        "adjacency": found.adjacency,
    }


class Pairs(NamedTuple):
    """All pairs of one table or of a batch `[B, ...]`; `odds` and `truth` are of shared causes and edges."""

    evidence: Tensor
    tokens: Tensor
    odds: Tensor
    truth: Tensor
    direct: Tensor
    adjacency: Tensor

    @property
    def known(self) -> Tensor:
        """Whether something is known of a pair."""
        return self.evidence[..., KNOWN] > 0


def read(folder: Path, *, held_out: bool) -> dict[str, Pairs]:
    """The tables of a folder by name, those of the training or those that are held out."""
    paths = [path for path in sorted(folder.glob("*.npz")) if is_held_out(path) == held_out]
    found = {}
    for path in paths:
        parts = np.load(path)
        found[path.stem] = Pairs(*(torch.tensor(parts[name]) for name in Pairs._fields))
    return {
        name: pairs._replace(
            evidence=pairs.evidence.float(), tokens=pairs.tokens.float(), odds=pairs.odds.float()
        )
        for name, pairs in found.items()
    }


def is_held_out(path: Path) -> bool:
    return int(path.stem.split("-")[1]) % HELD_OUT == 0


class Stream:
    """Batches of tables of one size, whose sizes are as frequent as in the folder."""

    def __init__(self, tables: dict[str, Pairs]) -> None:
        self.by_size: dict[int, list[Pairs]] = defaultdict(list)
        for pairs in tables.values():
            self.by_size[len(pairs.direct)].append(pairs)
        self.sizes = [size for size, some in self.by_size.items() for _ in some]

    def __call__(self, generator: torch.Generator) -> Pairs:
        """A batch."""
        some = self.by_size[self.sizes[int(torch.randint(len(self.sizes), (), generator=generator))]]
        chosen = torch.randint(len(some), (BATCH,), generator=generator).tolist()
        batch = Pairs(*(torch.stack(parts) for parts in zip(*(some[k] for k in chosen), strict=True)))
        if chance(generator) >= MASKED:
            return batch
        evidence, left_out = batch.evidence.clone(), int(chance(generator) * batch.direct.shape[1])
        evidence[:, left_out] = evidence[:, :, left_out] = 0.0
        return batch._replace(evidence=evidence)


def loss(model: nn.Module, batch: Pairs) -> Tensor:
    """Cross-entropy of hidden causes and of edges, mean over the pairs of which something is known."""
    odds = batch.odds + model(batch.evidence, batch.tokens)
    wrong = nn.functional.binary_cross_entropy_with_logits(odds, batch.truth.float(), reduction="none").sum(
        -1
    )
    weight = batch.known.float().triu(1)
    return (wrong * weight).sum() / weight.sum().clamp_min(1)


@torch.no_grad()
def believed(model: SecondReading | None, pairs: Pairs) -> np.ndarray:
    """Probabilities `[d, d, 2]` of a hidden cause and of an edge."""
    if model is None:
        return expit(pairs.odds.double().numpy())
    return expit((pairs.odds + model(pairs.evidence[None], pairs.tokens[None])[0]).double().numpy())


def figures(model: SecondReading | None, pairs: Pairs, least: float = LEAST_DIRECT) -> dict[str, float]:
    """Average precision of hidden causes, F1 of edges, false edges, nats a pair; those that there are."""
    pair = np.triu(pairs.known.numpy(), 1)
    shared, either = np.moveaxis(believed(model, pairs), -1, 0)
    truth, direct, graph = (part.numpy() for part in (pairs.truth, pairs.direct, pairs.adjacency))
    world = OpenWorld(either / 2, shared, informed=None if model is None else np.ones_like(graph))
    kept = graph & ~(left_out(graph, world, None, least) & pairs.known.numpy())
    alone = np.triu(truth[..., 0] & ~truth[..., 1], 1)
    chances = np.clip(np.where(truth[..., 0], shared, 1 - shared)[pair], 1e-6, 1)
    found = {
        "F1": 2 * (kept & direct).sum() / max(1, kept.sum() + direct.sum()),
        "nats": -np.log(chances).mean(),
        "false": float(((kept | kept.T) & alone).sum()),
        "alone": float(alone.sum()),
    }
    if truth[..., 0][pair].any():
        found["AUPRC"] = average_precision_score(truth[..., 0][pair], shared[pair])
    return found


def report(
    model: SecondReading | None, tables: dict[str, Pairs], least: float = LEAST_DIRECT
) -> pd.DataFrame:
    """Means by kind of table and whether any pair shares a hidden cause."""
    rows = [
        {
            "kind": name.split("-")[0],
            "hidden": bool(pairs.truth[..., 0].any()),
            **figures(model, pairs, least),
        }
        for name, pairs in tables.items()
    ]
    groups = pd.DataFrame(rows).groupby(["kind", "hidden"])
    means = groups[["AUPRC", "F1", "nats"]].mean()
    sums = groups[["false", "alone"]].sum()
    return means.assign(false=sums["false"] / sums["alone"].replace(0, np.nan), tables=groups.size())


CARD = """---
library_name: foundation-causal
license: mit
tags: [causal-discovery, latent-confounding]
---
# Second reading

What is believed of pairs of columns once a graph is found: whether two share a hidden cause, and whether one
acts on the other. Reads the tokens of the edge transformer for the open world and the evidence that the rows
hold of the graph's noise; {parameters:,} parameters.

- **Tables**: {tables:,}, of three kinds, each searched once: like the training of the edge transformer for
  the open world (numbers, 4-20 columns, 150-5,000 rows, some distorted), sparser ones (.6-2.2 edges a node,
  up to six hidden causes, lines and curves, noise of six shapes), and weak ones, the same with effects down
  to .08 times as large. Every fifth is held out.
- **Data seen**: {members} networks; a step has {batch} tables of one size.
- **Hardware**: {hardware}.
- **Commands**: `python benchmarks/fit/second_reading.py tables` for each kind, then `train` for each
  network, then `join`.
- **Held-out tables**, before (the first network alone) and after; "false" is the share of pairs that only
  share a hidden cause and keep an edge:

{table}

- **Known limits**: complete columns of numbers, up to 100; of others nothing is read anew. Hidden causes of
  two linear Gaussian columns without other causes cannot be told from an edge by anybody.
"""


def compared(model: SecondReading, tables: dict[str, Pairs], least: float = LEAST_DIRECT) -> str:
    """Figures of the first network beside those of the second, as Markdown."""
    before, after = report(None, tables), report(model, tables, least)
    names = ["AUPRC", "F1", "false", "nats"]
    lines = [f"| tables | number | {' | '.join(names)} |", "|---" * (2 + len(names)) + "|"]
    for kind, hidden in after.index:
        cells = [f"{before.loc[kind, hidden][n]:.3f}, {after.loc[kind, hidden][n]:.3f}" for n in names]
        what = "with hidden causes" if hidden else "without"
        lines.append(f"| {kind}, {what} | {after.loc[kind, hidden]['tables']:.0f} | {' | '.join(cells)} |")
    return "\n".join(lines).replace("nan, nan", "")


@click.group()
def main() -> None:
    """Tables, training, figures."""
    warnings.simplefilter("ignore")


@main.command()
@click.option("--folder", type=click.Path(path_type=Path), required=True)
@click.option("--kind", type=click.Choice(list(SEEDS)), required=True)
@click.option("--first", default=0, show_default=True)
@click.option("--count", default=1500, show_default=True)
@one_thread()
def tables(folder: Path, kind: str, first: int, count: int) -> None:
    """Search tables that FOLDER does not have yet, and keep what the second network reads of them."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(first, first + count):
        path = folder / f"{kind}-{seed}.npz"
        if path.exists():
            continue
        parts = asked(KINDS[kind](seed))
        if parts is not None:
            with replacing(path) as temporary, temporary.open("wb") as file:
                np.savez_compressed(file, **parts)


@main.command()
@click.option("--folder", type=click.Path(path_type=Path), required=True)
@run_options(workers=0)
@click.option("--steps", default=3000, show_default=True)
@click.option("--learning-rate", default=2e-3, show_default=True)
@click.option("--width", default=48, show_default=True)
@click.option("--layers", default=2, show_default=True)
@click.option("--dropout", default=0.3, show_default=True)
def train(
    folder: Path, out: Path, steps: int, learning_rate: float, seed: int, workers: int, **how: float
) -> None:
    """Train on the tables of FOLDER; the model stands in OUT/model."""
    validate_every = int(how.pop("validate_every"))
    torch.manual_seed(seed)
    seen, unseen = (read(folder, held_out=part) for part in (False, True))
    model = SecondReading(**how)  # type: ignore[arg-type]
    (member,) = model.members
    every = torch.cat([pairs.evidence[pairs.known] for pairs in seen.values()])
    member.centre.copy_(every.mean(0))
    member.spread.copy_(every.std(0).clamp_min(1e-3))

    def validate(model: nn.Module) -> dict[str, float]:
        assert isinstance(model, SecondReading)
        rows = pd.DataFrame([figures(model, pairs) for pairs in unseen.values()])
        shares = {"false": rows["false"].sum() / rows["alone"].sum()}
        return {**rows[["AUPRC", "F1", "nats"]].mean().to_dict(), **shares}

    trainee = Trainee(
        model, loss, validate, steps=steps, learning_rate=learning_rate, warmup=short_warmup(steps)
    )
    fit(trainee, Stream(seen), out, seed=seed, workers=workers, validate_every=validate_every)
    model.save_pretrained(out / "model")


@main.command()
@click.argument("models", nargs=-1, required=True)
@click.option("--folder", type=click.Path(path_type=Path), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
def join(models: tuple[str, ...], folder: Path, out: Path) -> None:
    """Make one model of several, whose answers are averaged, with the figures of the held-out tables."""
    parts = [load_pretrained(SecondReading, model) for model in models]
    held_out = read(folder, held_out=True)
    model = SecondReading(**parts[0].arguments | {"members": len(parts)}).eval()
    for member, part in zip(model.members, parts, strict=True):
        member.load_state_dict(part.members[0].state_dict())
    model.save_pretrained(out)
    text = CARD.format(
        parameters=parameter_count(model),
        tables=len(held_out) + len(read(folder, held_out=False)),
        members=len(parts),
        batch=BATCH,
        hardware=hardware(),
        table=compared(model, held_out),
    )
    purpose = "pairs of columns read anew, for hidden causes, once a graph is found"
    write_card(out, text, model=model, kind="corrections", purpose=purpose)


@main.command()
@click.option("--folder", type=click.Path(path_type=Path), required=True)
@click.option("--model", default=SECOND_MODEL, show_default=True)
@click.option("--least", default=[LEAST_DIRECT], multiple=True, help="An edge is left out below. Repeatable.")
def judge(folder: Path, model: str, least: tuple[float, ...]) -> None:
    """Print the figures of the held-out tables of FOLDER."""
    network, held_out = load_pretrained(SecondReading, model), read(folder, held_out=True)
    for number in least:
        click.echo(f"# {measured_on()}; edges below {number:g} are left out\n")
        click.echo(compared(network, held_out, number) + "\n")


if __name__ == "__main__":
    main()
