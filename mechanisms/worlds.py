"""Draws of a causal model, mechanisms and noise, from what the data leave open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import numpy as np

from mechanisms.kernel import KernelModel
from mechanisms.kernel_draws import draw_mechanisms
from mechanisms.logs import LogModel
from mechanisms.model import Array, Edited, MechanismModel, functions_and_scales, scales
from mechanisms.noise_law import Law


@dataclass(frozen=True)
class Part:
    """Some variables of a mechanism model, so that others cost nothing.

    Attributes:
        base: the whole.
        positions: of the variables in it; the parents of those that are asked for must be among them.
    """

    base: MechanismModel
    positions: Sequence[int]

    @cached_property
    def names(self) -> list[str]:
        """The variables of the part."""
        return [self.base.names[j] for j in self.positions]

    @cached_property
    def graph(self) -> nx.DiGraph:
        """The edges among them."""
        return nx.DiGraph(self.base.graph.subgraph(self.names))

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape [n, len(positions)] -> [n, len(nodes)]."""
        return self.base.predict_nodes([self.positions[j] for j in nodes], self._whole(values))

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`S_j` at `values` for each j in `nodes`, shape [n, len(positions)] -> [n, len(nodes)]."""
        return scales(self.base, [self.positions[j] for j in nodes], self._whole(values))

    def functions_and_scales(self, nodes: Sequence[int], values: Array) -> tuple[Array, Array]:
        """What `predict_nodes` and `scale_nodes` say."""
        return functions_and_scales(self.base, [self.positions[j] for j in nodes], self._whole(values))

    def _whole(self, values: Array) -> Array:
        whole = np.zeros((len(values), len(self.base.names)))
        whole[:, self.positions] = values
        return whole


@dataclass(frozen=True)
class World:
    """One draw.

    Attributes:
        mechanisms: the functions F_j of d variables.
        residuals: for each of them the noise of the rows, shape [n_j], or its law.
    """

    mechanisms: MechanismModel
    residuals: Sequence[Array | Law]

    def noise(self, n: int, random: np.random.Generator) -> Array:
        """Noise for n rows, shape [n, d].

        Each variable's is a bootstrap sample of its residuals, every value of which is used as often as any
        other, give or take one: with many rows no chance is left but that of the sample.
        """
        return np.stack([_noise(residuals, n, random) for residuals in self.residuals], axis=1)


def _noise(residuals: Array | Law, n: int, random: np.random.Generator) -> Array:
    if not isinstance(residuals, np.ndarray):
        return residuals.quantile((random.permutation(n) + 0.5) / n)
    sample = residuals[random.integers(len(residuals), size=len(residuals))]
    return random.permutation(np.resize(sample, n))


def draw_worlds(
    mechanisms: MechanismModel,
    residuals: Callable[[], Sequence[Array | Law]],
    positions: Sequence[int],
    *,
    draws: int,
    seed: int,
    fixed: Iterable[int] = (),
) -> list[World]:
    """Draw worlds that hold some of the variables.

    The mechanisms of the kernel model are drawn from their posterior, and the noise is what each draw leaves
    to the rows. Any other model is taken as it is.

    Args:
        mechanisms: the fitted model, maybe under soft interventions.
        residuals: gives for each variable the noise of the observations, or its law; called where draws do
            not tell it.
        positions: the variables to keep.
        draws: how many.
        seed: the same seed gives the same worlds.
        fixed: variables whose mechanisms and noise are not asked for.
    """
    wanted = sorted(set(positions) - set(fixed))
    worlds = []
    for drawn, left in _draws(mechanisms, draws, seed, wanted):
        seen = dict(enumerate(residuals())) if left is None else left
        noise = [seen[j] if j in wanted else np.zeros(1) for j in positions]
        worlds.append(World(Part(drawn, positions), noise))
    return worlds


def has_posterior(model: MechanismModel) -> bool:
    """Whether :func:`draw_worlds` draws the mechanisms, rather than taking them as they are."""
    if isinstance(model, Edited | LogModel):
        return has_posterior(model.base)
    return isinstance(model, KernelModel)


def _draws(
    model: MechanismModel, k: int, seed: int, nodes: Sequence[int]
) -> list[tuple[MechanismModel, dict[int, Array] | None]]:
    """Mechanisms, and the noise that they leave to the rows where that is told by the draw."""
    if isinstance(model, KernelModel):
        return [(draw, draw.residuals) for draw in draw_mechanisms(model, k, seed, nodes)]
    if isinstance(model, LogModel):
        return [
            (LogModel(base, model.logs), left and model.relative(left))
            for base, left in _draws(model.base, k, seed, nodes)
        ]
    if isinstance(model, Edited):
        below = _draws(model.base, k, seed, nodes)
        return [(Edited(base, model.edits, model.replaced), left) for base, left in below]
    return [(model, None)] * k
