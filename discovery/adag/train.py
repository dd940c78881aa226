"""Train an ADAG without labels: reconstruct every domain by an acyclic graph (Yin, Gao, Yu, 2025)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from discovery.adag.data import family
from discovery.adag.network import ADAG, THRESHOLD, Round, condensed, rotation, second_moments, tokens
from foundation_causal.checks import check_seed
from foundation_causal.errors import InputError
from foundation_causal.networks.optimizers import warmed_cosine
from foundation_causal.runtime import one_thread
from foundation_causal.types import Array

ROUNDS = 10  # of the augmented Lagrangian
WARMUP = 100  # steps until the full learning rate
# A round that leaves more than this share of the cyclicity makes the penalty ten times steeper.
FASTEST = 0.25
STEEPEST = 1e4


def fit_adag(
    domains: Sequence[pd.DataFrame] | Mapping[str, pd.DataFrame],
    *,
    layers: int = 4,
    sparsity: float = 0.2,
    threshold: float = THRESHOLD,
    steps: int = 1000,
    batch: int = 64,
    learning_rate: float = 1e-2,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> ADAG:
    r"""Learn one network for a family of domains, from their rows alone.

    .. math::
        \min_\Theta \frac1M \sum_m \frac{1}{2 n_m} \|X_m - X_m A_m\|^2 + \lambda \|A_m\|_1
        \quad\text{subject to}\quad h(A_m) = 0, \qquad A_m = A[X_m; \Theta]

    by an augmented Lagrangian over batches of domains. The data are centred, and divided by one common
    number: the standard deviation of the column that varies least on average over the domains. In a family
    with equal noise variances and a common root that is the noise's: `sparsity` means the same in any unit.

    Args:
        domains: Tables with the same columns, at least 5 rows each; a mapping names them in error messages.
        layers: Attention layers.
        sparsity: Weight of the L1 norm, :math:`\lambda`.
        threshold: Magnitude of a weight from which on `ADAG.graph` calls it an edge.
        steps: Training steps in all; the Lagrangian takes ten rounds of them.
        batch: Domains in a step.
        learning_rate: Learning rate of Adam at its peak; it warms up and decays by a cosine.
        seed: Fixes the batches and rotations.
        progress: Called after every round with a few words on how far the training is.

    Raises:
        InputError: Domains that cannot be used, settings out of range, or a training that diverges.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> domains = []
        >>> for _ in range(20):
        ...     cause = rng.normal(size=30)
        ...     effect = rng.uniform(1, 2) * cause + rng.normal(size=30)
        ...     domains.append(pd.DataFrame({"cause": cause, "effect": effect}))
        >>> list(fit_adag(domains[1:], steps=200).graph(domains[0]).edges)
        [('cause', 'effect')]
    """
    _check(layers=layers, steps=steps, batch=batch, learning_rate=learning_rate, threshold=threshold)
    if not 0 <= sparsity < math.inf:
        raise InputError(f"The sparsity is {sparsity}; give 0 or a positive number.")
    settings = _Settings(sparsity, steps, batch, learning_rate)
    columns, tables = family(domains)
    largest = max(np.abs(rows).max() for rows in tables)  # keeps the squares of extreme units finite
    moments = np.stack([second_moments(rows / largest) for rows in tables])
    moments /= moments.diagonal(axis1=1, axis2=2).mean(0).min()
    model = ADAG(columns=columns, layers=layers, threshold=threshold)
    with one_thread():
        generator = torch.Generator().manual_seed(check_seed(seed))
        model.rounds = _train(model, moments, settings, generator, progress)
    return model.eval()


def _check(**settings: float) -> None:
    for name, value in settings.items():
        if not 0 < value < math.inf:
            raise InputError(f"The setting '{name}' is {value}; give a positive number.")


class _Settings(NamedTuple):
    """Settings of a training."""

    sparsity: float
    steps: int
    batch: int
    learning_rate: float


def _train(
    model: ADAG,
    moments: Array,
    settings: _Settings,
    generator: torch.Generator,
    progress: Callable[[str], None] | None,
) -> list[Round]:
    rows, targets = torch.tensor(condensed(moments)).float(), torch.tensor(moments).float()
    optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
    constraint, rounds, steps = Lagrangian(), [], settings.steps
    for begin, end in pairwise(round(k * steps / ROUNDS) for k in range(ROUNDS + 1)):
        seen = []
        for step in range(begin, end):
            share = warmed_cosine(step / steps, warm=(step + 1) / min(WARMUP, steps), least=0.05)
            for group in optimizer.param_groups:
                group["lr"] = settings.learning_rate * share
            chosen = torch.randint(len(rows), (min(settings.batch, len(rows)),), generator=generator)
            weights = model(tokens(rows[chosen], rotation(rows.shape[-1], generator)))
            reconstruction, size = objective(targets[chosen], weights, settings.sparsity)
            h = cyclicity(weights)
            optimizer.zero_grad()
            (reconstruction + size + constraint.penalty(h)).mean().backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            seen.append(torch.stack([reconstruction + size, reconstruction, h]).detach().mean(1).tolist())
        if not seen:  # fewer steps than rounds
            continue
        if not np.isfinite(seen).all():
            raise InputError(
                f"The training diverged at a learning rate of {settings.learning_rate:g}; give a lower one."
            )
        rounds.append(Round(*np.mean(seen[len(seen) // 2 :], axis=0).tolist()))
        constraint.update(rounds[-1].cyclicity)
        if progress is not None:
            progress(_message(end, steps, rounds[-1]))
    return rounds


def _message(done: int, steps: int, reached: Round) -> str:
    return (
        f"step {done:,} of {steps:,}, reconstruction {reached.reconstruction:.3f}, "
        f"cyclicity {reached.cyclicity:.1e}"
    )


@dataclass
class Lagrangian:
    """The augmented Lagrangian of `cyclicity = 0`, with one multiplier for all domains."""

    multiplier: float = 0.0
    steepness: float = 1.0
    before: float = math.inf  # cyclicity at the end of the round before

    def penalty(self, h: Tensor) -> Tensor:
        """The penalty `[B]` of a cyclicity `[B]`."""
        return self.multiplier * h + self.steepness / 2 * h**2

    def update(self, h: float) -> None:
        """Adapt multiplier and steepness to the mean cyclicity at the end of a round."""
        self.multiplier += self.steepness * h
        if h > FASTEST * self.before:
            self.steepness = min(10 * self.steepness, STEEPEST)
        self.before = h


def objective(moments: Tensor, weights: Tensor, sparsity: float) -> tuple[Tensor, Tensor]:
    """Reconstruction `1/(2n) ||X - X A||^2` and the L1 term of every domain, `[B]` each.

    Args:
        moments: Second moments `X^T X / n`, `[B, d, d]`.
        weights: `A`, `[B, d, d]`.
        sparsity: Weight of the L1 norm.
    """
    residual = torch.eye(weights.shape[-1], dtype=weights.dtype) - weights
    reconstruction = 0.5 * (residual * (moments @ residual)).sum((-2, -1))
    return reconstruction, sparsity * weights.abs().sum((-2, -1))


def cyclicity(weights: Tensor) -> Tensor:
    r"""A measure that is 0 if the graph of the nonzero weights is acyclic, else positive (Yu et al., 2019).

    .. math:: h(A) = \mathrm{tr}\left[(I + A \circ A / d)^d\right] - d

    The sum runs over closed walks of up to `d` edges. Unlike the log-determinant of DAGMA it is finite for
    every `A`, which matters where a network proposes `A` and nobody can start it inside a domain.

    Args:
        weights: `[..., d, d]`; a nonzero diagonal is a cycle.

    Returns:
        The measure, `[...]`.

    Example:
        >>> cyclicity(torch.tensor([[[0.0, 2.0], [0.0, 0.0]], [[0.0, 2.0], [1.0, 0.0]]]))
        tensor([0., 2.])
    """
    d = weights.shape[-1]
    steps = torch.eye(d, dtype=weights.dtype, device=weights.device) + weights**2 / d
    return torch.linalg.matrix_power(steps, d).diagonal(dim1=-2, dim2=-1).sum(-1) - d
