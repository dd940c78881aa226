"""Distributions over SCMs and over interventions on them, as plain settings: copy, edit, draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from foundation_causal.checks import Range, check_number, check_range
from foundation_causal.errors import InputError
from foundation_causal.simulate.functions import Mechanism
from foundation_causal.simulate.graph_priors import GivenGraph, GraphPrior
from foundation_causal.simulate.nodes import Nodes, NoisyNodes, draw_noise, groups
from foundation_causal.simulate.noises import Noise
from foundation_causal.simulate.random import Random, table_size
from foundation_causal.simulate.scm import Do, SCMBatch, ancestral, join

LARGEST = 1e15  # beyond this the squares of float32 numbers overflow
REDRAWS = 20
FIT_ROWS = 200  # unseen ones, from which mechanisms take their constants
SIZES = 0x51_2E5


@dataclass(frozen=True)
class Interventions:
    """Which variables of which rows are intervened on, and how.

    In each SCM a random subset of the variables can be targets; each row has `targets` of them.

    Args:
        share: Range of the share of variables that can be targets.
        targets: Number of variables intervened on at once, in each row.
        values: Range of the absolute value, raw units; the sign is random.
        fixed: One value per SCM and variable, instead of a fresh one for each row.
        shift: Add to the variable instead of setting it.
    """

    share: Range = (0.5, 1.0)
    targets: int = 1
    values: Range = (1.0, 5.0)
    fixed: bool = False
    shift: bool = False

    def __post_init__(self) -> None:
        check_range("Interventions.share", self.share, least=0)
        if self.share[1] > 1:
            raise InputError(f"Interventions.share reaches {self.share[1]:g}; give shares of at most 1.")
        check_number("Interventions.targets", self.targets, least=1, whole=True)
        check_range("Interventions.values", self.values, least=0)

    def draw(self, scms: int, n: int, d: int, random: Random) -> Do:
        """An intervention with its own targets in every row.

        Raises:
            InputError: More targets than variables.
        """
        if self.targets > d:
            raise InputError(
                f"Interventions.targets is {self.targets}, but there are {d} variables; give at most that."
            )
        possible = (random.uniform((scms, 1), self.share) * d).round().clamp(min=self.targets)
        rank = random.uniform((scms, d)).argsort(1).argsort(1)
        allowed = rank < possible
        chance = random.uniform((scms, n, d)) + (~allowed[:, None]).to(random.dtype)
        target = chance.argsort(2).argsort(2) < self.targets
        shape = (scms, 1 if self.fixed else n, d)
        value = random.uniform(shape, self.values) * random.sign(shape)
        return Do(target, value.expand(scms, n, d), self.shift)


@dataclass(frozen=True)
class Family:
    """SCMs of one kind. Where several settings are given, each SCM gets one of them, all alike.

    Args:
        graphs: Families of graphs.
        mechanisms: Families of mechanisms.
        noises: Families of noise.
        bias: Range of the constant that is added to every mechanism; a root is its bias plus noise.
        heteroscedastic: The `h` by which the noise's scale depends on the parents (see `Nodes`), or None.
        mixed: Choose mechanism and noise for every node, rather than for every SCM.
        shared_noise: All nodes of an SCM share one draw of the noise's parameters.
    """

    graphs: Sequence[GraphPrior]
    mechanisms: Sequence[Mechanism]
    noises: Sequence[Noise]
    bias: Range = (-3.0, 3.0)
    heteroscedastic: Mechanism | None = None
    mixed: bool = False
    shared_noise: bool = False

    def __post_init__(self) -> None:
        for field in ("graphs", "mechanisms", "noises"):
            if not getattr(self, field):
                raise InputError(f"Family.{field} is empty; give at least one.")
        check_range("Family.bias", self.bias)


@dataclass(frozen=True)
class Prior:
    """A mixture of families of SCMs, all with the same weight.

    Args:
        families: The families that are mixed.
        d: Range of the number of variables, for `size`.
        n: Range of the number of rows, for `size`.
        interventions: How interventional rows are made; None draws none.

    Example:
        >>> from foundation_causal.simulate import prior
        >>> batch = prior("p-in").draw(scms=4, d=5, n=50, seed=1)
        >>> bool(torch.allclose(batch.data, batch.evaluate(batch.data) + batch.noise, atol=1e-4))
        True
    """

    families: Sequence[Family]
    d: tuple[int, int] = (2, 100)
    n: tuple[int, int] = (50, 1000)
    interventions: Interventions | None = None

    def __post_init__(self) -> None:
        if not self.families:
            raise InputError("Prior.families is empty; give at least one.")
        check_range("Prior.d", self.d, least=1, whole=True)
        check_range("Prior.n", self.n, least=1, whole=True)

    def size(self, seed: int | torch.Generator) -> tuple[int, int]:
        """Number of variables and of rows, both log-uniform in their ranges, ends included."""
        return table_size(self.d, self.n, seed, SIZES)

    def draw(
        self,
        *,
        scms: int,
        d: int,
        n: int,
        n_interventional: int = 0,
        seed: int | torch.Generator = 0,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
    ) -> SCMBatch:
        """Draw SCMs of one size, and rows from each.

        SCMs whose values overflow are drawn again.

        Args:
            scms: How many, `B`.
            d: Variables of each.
            n: Observational rows of each.
            n_interventional: Rows under interventions, which stand behind the others.
            seed: An integer, or a torch generator that lives on `device`.
            dtype: Precision.
            device: Where to draw.

        Raises:
            InputError: A size below 1, settings that no graph of this size can meet, or values that overflow
                in `REDRAWS` draws running.
        """
        for name, size in (("scms", scms), ("d", d), ("n", n)):
            check_number(name, size, least=1, whole=True)
        check_number("n_interventional", n_interventional, least=0, whole=True)
        if n_interventional and self.interventions is None:
            raise InputError("Prior.interventions is not set; set it, or ask for no interventional rows.")
        random = Random.seeded(seed, dtype, device)
        batch = self._draw(scms, d, n, n_interventional, random)
        for _ in range(REDRAWS):
            sound = _sound(batch)
            if bool(sound.all()):
                return batch
            redrawn = self._draw(int((~sound).sum()), d, n, n_interventional, random)
            batch = join([batch.take(sound.nonzero().squeeze(1)), redrawn]) if bool(sound.any()) else redrawn
        if bool(_sound(batch).all()):
            return batch
        raise InputError(_complaint(batch))

    def _draw(self, scms: int, d: int, n: int, n_interventional: int, random: Random) -> SCMBatch:
        family = random.integers(len(self.families), (scms,))
        adjacency = self._graphs(family, d, random)
        nodes = self._nodes(family, adjacency, random)
        noises = self._noises(family, d, random)
        rows = n + n_interventional
        noise = draw_noise(noises, (scms, rows, d), random)
        do = None
        if n_interventional and self.interventions is not None:
            idle = _no_intervention(scms, n, d, random)
            active = self.interventions.draw(scms, n_interventional, d, random)
            do = Do(
                torch.cat([idle.target, active.target], 1),
                torch.cat([idle.value, active.value], 1),
                active.shift,
            )
        if any(part.fits for part in nodes):
            hidden = draw_noise(noises, (scms, FIT_ROWS, d), random)
            nodes = ancestral(nodes, hidden, fit=True)[0]
        nodes, data, functions = ancestral(nodes, noise, do)
        intervened = torch.zeros_like(noise, dtype=torch.bool) if do is None else do.target
        names = self._names(d)
        return SCMBatch(names, adjacency, nodes, noises, noise, data, functions, intervened)

    def _graphs(self, family: Tensor, d: int, random: Random) -> Tensor:
        """Adjacency `[B, d, d]`."""
        options = [prior for settings in self.families for prior in settings.graphs]
        choice = _choice([len(family.graphs) for family in self.families], family, random)
        adjacency = torch.zeros(len(family), d, d, dtype=torch.bool, device=random.device)
        for number, prior in enumerate(options):
            mine = (choice == number).nonzero().squeeze(1)
            if len(mine):
                drawn = prior.draw(len(mine), d, random)
                if drawn.shape != (len(mine), d, d) or drawn.dtype != torch.bool:
                    raise InputError(
                        f"{type(prior).__name__}.draw returned {drawn.dtype} of the shape "
                        f"{tuple(drawn.shape)}; return bool [scms, d, d], here {(len(mine), d, d)}."
                    )
                adjacency[mine] = drawn
        return adjacency

    def _nodes(self, family: Tensor, adjacency: Tensor, random: Random) -> tuple[Nodes, ...]:
        """The mechanisms of all nodes, parents first."""
        options = [(f, mechanism) for f in self.families for mechanism in f.mechanisms]
        choice = self._per_node(
            [len(f.mechanisms) for f in self.families], family, adjacency.shape[1], random
        )
        nodes = []
        for kind, part in groups(adjacency, choice):
            settings, mechanism = options[kind]
            part = replace(part, bias=random.uniform((len(part.scm),), settings.bias))
            if part.parents.shape[1]:
                part = replace(part, mechanism=mechanism, parameters=mechanism.draw(part.slots, random))
            if settings.heteroscedastic is not None:
                drawn = settings.heteroscedastic.draw(part.slots, random)
                part = replace(part, scale=settings.heteroscedastic, scale_parameters=drawn)
            nodes.append(part)
        return tuple(nodes)

    def _noises(self, family: Tensor, d: int, random: Random) -> tuple[NoisyNodes, ...]:
        """The noise of all nodes."""
        options = [(f, noise) for f in self.families for noise in f.noises]
        choice = self._per_node([len(f.noises) for f in self.families], family, d, random)
        parts = []
        for number, (settings, noise) in enumerate(options):
            scm, node = (choice == number).nonzero(as_tuple=True)
            if not len(scm):
                continue
            if settings.shared_noise:
                shared = noise.draw(len(family), random)
                parameters = {key: value[scm] for key, value in shared.items()}
            else:
                parameters = noise.draw(len(scm), random)
            parts.append(NoisyNodes(scm, node, noise, parameters))
        return tuple(parts)

    def _per_node(self, sizes: Sequence[int], family: Tensor, d: int, random: Random) -> Tensor:
        """An option for every node `[B, d]`, the same for all nodes of an SCM unless its family is mixed."""
        mixed = torch.tensor([f.mixed for f in self.families], device=random.device)[family]
        choice = _choice(sizes, family[:, None].expand(-1, d), random)
        return torch.where(mixed[:, None], choice, choice[:, :1])

    def _names(self, d: int) -> tuple[str, ...]:
        """The names of a given graph if there is no other, else X1 ... Xd."""
        graphs = [graph for family in self.families for graph in family.graphs]
        named = {tuple(map(str, graph.nodes)) for graph in graphs if isinstance(graph, GivenGraph)}
        alone = all(isinstance(graph, GivenGraph) for graph in graphs)
        return named.pop() if alone and len(named) == 1 else tuple(f"X{j + 1}" for j in range(d))


def _no_intervention(scms: int, n: int, d: int, random: Random) -> Do:
    """An intervention without a target."""
    target = torch.zeros(scms, n, d, dtype=torch.bool, device=random.device)
    return Do(target, torch.zeros(scms, n, d, dtype=random.dtype, device=random.device))


def _choice(sizes: Sequence[int], family: Tensor, random: Random) -> Tensor:
    """A random option of each entry's own family, as a position in the list of all options."""
    size = torch.tensor(sizes, device=random.device)
    start = size.cumsum(0) - size
    unit = random.uniform(family.shape)
    return start[family] + (unit * size[family]).long().clamp(max=size[family] - 1)


def _sound(batch: SCMBatch) -> Tensor:
    """Tell which SCMs have only values that can be computed with, `[B]`."""
    # A norm is the fastest reduction that no single value can hide from; NaN and infinity fail it too.
    rows = (x.transpose(1, 2).flatten(1) for x in (batch.noise, batch.functions, batch.data))
    norms = [torch.linalg.vector_norm(x, dim=1) for x in rows]
    return (torch.stack(norms) < LARGEST).all(0)


def _complaint(batch: SCMBatch) -> str:
    """One sentence about the first noise or mechanism that left the numbers."""
    noise, functions, x = (values.transpose(1, 2) for values in (batch.noise, batch.functions, batch.data))
    suspects = [(type(part.noise).__name__, noise[part.scm, part.node]) for part in batch.noises]
    for part in batch.nodes:
        at = (part.scm, part.node)
        name = "The bias" if part.mechanism is None else type(part.mechanism).__name__
        suspects += [(name, functions[at]), ("The scale of the noise", x[at])]
    # Where the norm of an SCM's values is too large, one of them is at least this large.
    large = LARGEST / batch.data[0].numel() ** 0.5
    name, values = next(suspect for suspect in suspects if not bool((suspect[1].abs() < large).all()))
    what = f"values beyond {large:.0e}" if bool(values.isfinite().all()) else "values that are not finite"
    return f"{name} gave {what} in {REDRAWS} draws running; give it smaller values."
