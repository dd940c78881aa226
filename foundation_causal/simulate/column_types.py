r"""SCMs with columns of every type: numbers, counts, 0/1, ordered levels, categories.

Every variable is drawn from its parents by one of three kinds of mechanism, :math:`z` being parents on a
common scale (numbers in units of their spread; levels by scores, which are a random table for each edge, or
rise with the level):

* a latent number :math:`y = g f(z) + s(z) e`, with the functions of
  :mod:`~foundation_causal.simulate.functions`, to which a random table over the joint levels of the discrete
  parents may be added. The column is `y` itself, or `y` rounded, clipped or exponentiated; or it is cut into
  ordered levels (probit and its kin, by the noise); or it is a count, Poisson or negative binomial with the
  rate :math:`e^{a + g f(z)}`, some with excess zeros;
* a softmax over levels, whose logits sum a table for each discrete parent and linear or tanh functions of the
  others;
* a table of probabilities, one row from a Dirichlet distribution for every joint state of the parents, which
  knows no order and no monotony. Numeric parents count in two parts.

All constants (centres, spreads, cuts) come from rows of their own, so that a mechanism is one fixed function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import networkx as nx
import pandas as pd
import torch
from torch import Tensor

from foundation_causal.checks import Range, check_number, check_range
from foundation_causal.errors import InputError
from foundation_causal.graphs import from_adjacency
from foundation_causal.simulate.functions import Mechanism
from foundation_causal.simulate.graph_priors import GraphPrior
from foundation_causal.simulate.nodes import Nodes, NoisyNodes, draw_noise, groups
from foundation_causal.simulate.noises import Noise
from foundation_causal.simulate.random import Random, table_size

MOST_LEVELS = 10
# Of the parents that a table tells apart; more are folded onto these. A prime, so that every parent counts.
STATES = 251
BOUND = 4.0  # of a parent's value in units of its spread, so that powers stay finite
FIT_ROWS = 200
REDRAWS = 20
SIZES = 0x51_2E6
NUMERIC, COUNT, CUT, SOFTMAX, TABLE = range(5)


@dataclass(frozen=True)
class TypedBatch:
    """`B` SCMs with `d` variables of several types each, and `n` rows from every one of them.

    Attributes:
        names: The `d` variables.
        adjacency: Bool `[B, d, d]`, `A[b, i, j]` means `i -> j`.
        data: `[B, n, d]`; discrete columns hold codes `0 .. K-1`.
        levels: `[B, d]`, the number of levels `K` of a discrete column, 0 for a numeric one.
        ordered: Bool `[B, d]`, whether the levels have an order; True for two levels.
        intervened: Bool `[B, n, d]`, which values an intervention set.
    """

    names: tuple[str, ...]
    adjacency: Tensor
    data: Tensor
    levels: Tensor
    ordered: Tensor
    intervened: Tensor

    def __len__(self) -> int:
        return len(self.adjacency)

    def graph(self, b: int) -> nx.DiGraph:
        """SCM `b`'s DAG."""
        return from_adjacency(self.adjacency[b].cpu().numpy(), list(self.names))

    def frame(self, b: int) -> pd.DataFrame:
        """SCM `b`'s rows as float64, codes for levels."""
        return pd.DataFrame(self.data[b].double().cpu().numpy(), columns=list(self.names))

    def types(self, b: int) -> dict[str, str]:
        """The type of each of SCM `b`'s discrete columns, as `observations` takes them."""
        known = zip(self.names, self.levels[b].tolist(), self.ordered[b].tolist(), strict=True)
        return {
            name: "binary" if levels == 2 else "ordinal" if ordered else "categorical"
            for name, levels, ordered in known
            if levels
        }

    def take(self, kept: Sequence[int] | Tensor) -> TypedBatch:
        """The SCMs at the positions `kept` only."""
        index = torch.as_tensor(kept)
        parts = (self.adjacency, self.data, self.levels, self.ordered, self.intervened)
        return TypedBatch(self.names, *(part[index] for part in parts))


@dataclass(frozen=True)
class Kinds:
    """What every column of a batch is, `[B, d]` each.

    Attributes:
        mechanism: NUMERIC, COUNT, CUT, SOFTMAX or TABLE.
        levels: 0 for numbers.
        ordered: Whether the levels have an order.
    """

    mechanism: Tensor
    levels: Tensor
    ordered: Tensor


@dataclass(frozen=True)
class MixedPrior:
    """A distribution over SCMs whose columns are of several types.

    A quarter of the SCMs are all discrete (a third of these all binary), a tenth all numeric, and the others
    have 10-90% discrete columns of 2-10 levels.

    Args:
        graphs: Families of graphs, one for each SCM.
        mechanisms: Families of functions of parents with unit size, for latent numbers.
        noises: Families of noise; only their shape is used.
        gain: Range of the spread of a mechanism, in units of its noise (log-uniform).
        d: Range of the number of variables, for `size`.
        n: Range of the number of rows, for `size`.

    Example:
        >>> from foundation_causal.simulate import prior
        >>> batch = prior("mixed").draw(scms=4, d=5, n=50, seed=1)
        >>> batch.data.shape, batch.levels.shape
        (torch.Size([4, 50, 5]), torch.Size([4, 5]))
    """

    graphs: Sequence[GraphPrior]
    mechanisms: Sequence[Mechanism]
    noises: Sequence[Noise]
    gain: Range = (0.5, 3.0)
    d: tuple[int, int] = (2, 60)
    n: tuple[int, int] = (60, 5000)

    def __post_init__(self) -> None:
        for field in ("graphs", "mechanisms", "noises"):
            if not getattr(self, field):
                raise InputError(f"MixedPrior.{field} is empty; give at least one.")
        check_range("MixedPrior.gain", self.gain, above=0)
        check_range("MixedPrior.d", self.d, least=1, whole=True)
        check_range("MixedPrior.n", self.n, least=2, whole=True)

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
        share: Range | None = None,
    ) -> TypedBatch:
        """Draw SCMs of one size, and rows from each; those with a constant column are drawn again.

        Args:
            scms: How many, `B`.
            d: Variables of each.
            n: Observational rows of each.
            n_interventional: Rows, behind the others, in each of which one variable is set to a random level,
                or by one to three spreads off its centre.
            seed: An integer, or a torch generator.
            share: Range of the share of discrete columns; None mixes as described above.

        Raises:
            InputError: A size below 1, or constant columns in `REDRAWS` draws running.
        """
        for name, size, least in (("scms", scms, 1), ("d", d, 1), ("n", n, 2)):
            check_number(name, size, least=least, whole=True)
        check_number("n_interventional", n_interventional, least=0, whole=True)
        random = Random.seeded(seed)
        batch = self._draw(scms, d, n, n_interventional, random, share)
        for _ in range(REDRAWS):
            poor = (~_varied(batch.data[:, :n])).nonzero().squeeze(1)
            if not len(poor):
                return batch
            batch = _replaced(batch, poor, self._draw(len(poor), d, n, n_interventional, random, share))
        if bool(_varied(batch.data[:, :n]).all()):
            return batch
        raise InputError(f"A column of {n} rows was constant in {REDRAWS} draws running; ask for more rows.")

    def _draw(
        self, scms: int, d: int, n: int, active: int, random: Random, share: Range | None
    ) -> TypedBatch:
        adjacency = self._graphs(scms, d, random)
        kinds = _kinds(scms, d, share, random)
        choice = random.integers(len(self.mechanisms), (scms, 3))
        latent = choice.gather(1, random.integers(3, (scms, d)))  # three families of functions in an SCM
        functions = len(self.mechanisms)
        special = (kinds.mechanism >= SOFTMAX) * (kinds.mechanism - SOFTMAX + functions)
        family = torch.where(kinds.mechanism >= SOFTMAX, special, latent)
        rows = FIT_ROWS + n + active
        target = _targets(scms, rows, d, active, random)
        state = _State(kinds, self._noise(scms, rows, d, random), target, random, self.gain)
        for number, part in groups(adjacency, family):
            mechanism = self.mechanisms[number] if number < functions else None
            state.fill(part, mechanism, table=number == functions + 1)
        data = state.x[:, :, FIT_ROWS:].transpose(1, 2)
        names = tuple(f"X{j + 1}" for j in range(d))
        kept = target[:, :, FIT_ROWS:].transpose(1, 2)
        data, kinds = _few_values_as_levels(data, kinds, random)
        return TypedBatch(names, adjacency, data, kinds.levels, kinds.ordered, kept)

    def _graphs(self, scms: int, d: int, random: Random) -> Tensor:
        choice = random.integers(len(self.graphs), (scms,))
        adjacency = torch.zeros(scms, d, d, dtype=torch.bool)
        for number, graphs in enumerate(self.graphs):
            mine = (choice == number).nonzero().squeeze(1)
            if len(mine):
                adjacency[mine] = graphs.draw(len(mine), d, random)
        return adjacency

    def _noise(self, scms: int, n: int, d: int, random: Random) -> Tensor:
        """Noise of unit spread and either sign, `[B, d, n]`; half of the SCMs have one family of it."""
        options = len(self.noises)
        own = random.integers(options, (scms, d))
        choice = torch.where(random.uniform((scms, 1)) < 0.5, own, own[:, :1])
        parts = []
        for number, noise in enumerate(self.noises):
            scm, node = (choice == number).nonzero(as_tuple=True)
            if len(scm):
                parts.append(NoisyNodes(scm, node, noise, noise.draw(len(scm), random)))
        drawn = draw_noise(parts, (scms, n, d), random).transpose(1, 2)
        centre, spread = _centre_and_spread(drawn)
        return ((drawn - centre) / spread).clamp(-30, 30) * random.sign((scms, d, 1))


class _State:
    """The columns of a batch as they come to be, parents first.

    Attributes:
        x: Values or codes, `[B, d, n]`.
        z: Numbers on a common scale (codes for levels), `[B, d, n]`.
    """

    def __init__(self, kinds: Kinds, noise: Tensor, target: Tensor, random: Random, gain: Range) -> None:
        self.kinds, self.noise, self.target, self.random, self.gain = kinds, noise, target, random, gain
        self.x, self.z = torch.zeros_like(noise), torch.zeros_like(noise)

    def fill(self, part: Nodes, mechanism: Mechanism | None, *, table: bool) -> None:
        """Draw the columns of a group of nodes."""
        at = (part.scm, part.node)
        if mechanism is not None:
            x = self._latent(part, mechanism)
        else:
            x = self._levels(self._table(part) if table else self._softmax(part), self.kinds.levels[at])
        levels, target = self.kinds.levels[at], self.target[at]
        centre, spread = _centre_and_spread(x)
        if bool(target.any()):
            code = (self.random.uniform(x.shape) * levels[:, None]).floor()
            far = centre + spread * self.random.sign(x.shape) * self.random.uniform(x.shape, (1.0, 3.0))
            x = torch.where(target, torch.where(levels[:, None] > 0, code, far), x)
        self.x[at] = x
        self.z[at] = torch.where(levels[:, None] > 0, x, _bounded((x - centre) / spread))

    def _parents(self, part: Nodes) -> tuple[Tensor, Tensor, Tensor]:
        """Parents of a group: scores `[m, n, p]`, codes `[m, n, p]`, and levels `[m, p]` (1 if empty)."""
        random, raw = self.random, part.inputs(self.z)
        levels = self.kinds.levels[part.scm[:, None], part.parents] * part.slots
        ordered = self.kinds.ordered[part.scm[:, None], part.parents]
        discrete = levels > 0
        shape = (*levels.shape, MOST_LEVELS)
        rising = random.uniform(shape, (0.3, 1.0)).cumsum(2)
        monotone = ordered & (random.uniform(levels.shape) < 0.6)
        scores = torch.where(monotone[..., None], rising, random.normal(shape))
        code = torch.where(discrete[:, None], raw, 0.0).long()
        numeric_part = (raw > random.uniform((len(levels), 1, levels.shape[1]), (-0.7, 0.7))).long()
        gathered = scores.transpose(1, 2).gather(1, code)
        fit = gathered[:, :FIT_ROWS]
        unit = (gathered - fit.mean(1, keepdim=True)) / fit.std(1, keepdim=True).clamp_min(0.2)
        views = torch.where(discrete[:, None], unit, raw) * part.slots[:, None]
        states = torch.where(discrete, levels, 2).where(part.slots, 1)
        code = torch.where(discrete[:, None], code, numeric_part) * part.slots[:, None]
        return views, code, states

    def _latent(self, part: Nodes, mechanism: Mechanism) -> Tensor:
        """Columns that are made of a latent number, `[m, n]`."""
        random, at = self.random, (part.scm, part.node)
        noise, m = self.noise[at], len(part.scm)
        f, scale = torch.zeros_like(noise), torch.ones_like(noise)
        if part.parents.shape[1]:
            views, code, states = self._parents(part)
            f = _unit(mechanism.value(views, mechanism.draw(part.slots, random)))
            mixed = (random.uniform((m, 1)) < 0.3) * random.uniform((m, 1), (0.5, 1.5))
            f = _unit(f + mixed * _joint(code, states, random.normal((m, STATES))))
            slope = random.normal(part.slots.shape) * (random.uniform((m, 1)) < 0.2)
            scale = (0.7 * torch.tanh((views * slope[:, None]).sum(2))).exp()
        low, high = self.gain
        gain = low * (high / low) ** random.uniform((m, 1))
        kind, levels = self.kinds.mechanism[at][:, None], self.kinds.levels[at]
        y = gain * f + scale * noise
        x = torch.where(kind == CUT, _cut(y, levels, random), _shown(y, random))
        root = 0.0 if part.parents.shape[1] else 0.5
        counts = kind.squeeze(1) == COUNT
        if bool(counts.any()):
            x[counts] = _counts((_bounded(f) * gain.clamp_max(1.2) / 1.5 + root * noise)[counts], random)
        return x

    def _softmax(self, part: Nodes) -> Tensor:
        """Log weights of levels `[m, n, K]` that sum over the parents, with some interactions."""
        random, m, n = self.random, len(part.scm), self.x.shape[2]
        masses = _masses(self.kinds.levels[part.scm, part.node], random).log()[:, None]
        if not part.parents.shape[1]:
            return masses.expand(-1, n, -1)
        views, code, _ = self._parents(part)
        p = part.slots.shape[1]
        numeric = (self.kinds.levels[part.scm[:, None], part.parents] == 0) & part.slots
        tables = random.normal((m, p, MOST_LEVELS, MOST_LEVELS))
        flat = (torch.arange(m * p).view(m, 1, p) * MOST_LEVELS + code).flatten(1)
        chosen = (~numeric & part.slots)[:, None, :, None] * tables.view(-1, MOST_LEVELS)[flat].view(
            m, n, p, MOST_LEVELS
        )
        logits = chosen.sum(2) + (views * numeric[:, None]) @ random.normal((m, p, MOST_LEVELS))
        hidden = torch.tanh(views @ random.normal((m, p, 8)) + random.normal((m, 1, 8)))
        logits = logits + random.uniform((m, 1, 1)) * (hidden @ random.normal((m, 8, MOST_LEVELS)))
        fit = logits[:, :FIT_ROWS]
        unit = (logits - fit.mean(1, keepdim=True)) / fit.std(1).mean(1).clamp_min(0.05)[:, None, None]
        return masses + random.uniform((m, 1, 1), (0.7, 2.5)) * unit.clamp(-BOUND, BOUND)

    def _table(self, part: Nodes) -> Tensor:
        """Log weights of levels `[m, n, K]` from a row of a random table for each state of the parents."""
        random, m, n = self.random, len(part.scm), self.x.shape[2]
        masses = _masses(self.kinds.levels[part.scm, part.node], random)
        if not part.parents.shape[1]:
            return masses.log()[:, None].expand(-1, n, -1)
        _, code, states = self._parents(part)
        size = torch.exp(random.uniform((m, 1, 1), (0.0, 2.5)))
        most = int(states.double().prod(1).clamp_max(STATES).max())  # as whole numbers they overflow
        table = random.gamma((size * masses[:, None]).expand(-1, most, -1).contiguous()) + 1e-6
        table = 0.97 * table / table.sum(2, keepdim=True) + 0.03 * masses[:, None]
        index = _state_index(code, states)
        rows = torch.arange(m)[:, None] * most + index
        return table.view(-1, MOST_LEVELS).log()[rows]

    def _levels(self, logits: Tensor, levels: Tensor) -> Tensor:
        """Levels `[m, n]` drawn from log weights `[m, n, K]`."""
        beyond = torch.arange(MOST_LEVELS) >= levels[:, None]
        gumbel = -self.random.exponential(logits.shape).clamp_min(1e-30).log()
        return (logits + gumbel).masked_fill(beyond[:, None], -torch.inf).argmax(2).to(self.x)


def dense_rank(x: Tensor) -> Tensor:
    """Ranks of values among the distinct ones of their last dimension, from 0; `[..., n]` -> `[..., n]`.

    Example:
        >>> dense_rank(torch.tensor([3.0, 7.0, 3.0, 5.0]))
        tensor([0, 2, 0, 1])
    """
    values, order = x.sort(-1)
    first = torch.zeros_like(order)
    first[..., 1:] = (values[..., 1:] != values[..., :-1]).long().cumsum(-1)
    return torch.zeros_like(order).scatter(-1, order, first)


def _kinds(scms: int, d: int, share: Range | None, random: Random) -> Kinds:
    """Types of all columns; how often each comes differs from SCM to SCM."""
    if share is None:
        part, chance = random.uniform((scms, 1)), random.uniform((scms, 1), (0.1, 0.9))
        chance = chance.where(part < 0.65, (part < 0.9).float())
        binary = (part >= 0.65) & (part < 0.73)
    else:
        chance, binary = random.uniform((scms, 1), share), torch.zeros(scms, 1, dtype=torch.bool)
    discrete = random.uniform((scms, d)) < chance
    most = random.one_of((3, 5, 7, MOST_LEVELS), (scms, 1))
    levels = 3 + (random.uniform((scms, d)) ** 1.5 * (most - 2)).floor()
    two = (random.uniform((scms, d)) < random.uniform((scms, 1), (0.1, 0.7))) | binary
    levels = torch.where(two, 2, levels) * discrete
    ordered = two | (random.uniform((scms, d)) < random.uniform((scms, 1), (-0.3, 1.3)))
    table = random.uniform((scms, d)) < random.uniform((scms, 1), (-0.2, 1.0))
    count = random.uniform((scms, d)) < random.uniform((scms, 1), (-0.3, 0.5))
    mechanism = torch.where(table, TABLE, torch.where(ordered, CUT, SOFTMAX))
    mechanism = torch.where(discrete, mechanism, torch.where(count, COUNT, NUMERIC))
    return Kinds(mechanism, levels.long(), ordered & discrete)


def _targets(scms: int, rows: int, d: int, active: int, random: Random) -> Tensor:
    """The variable that each of the last `active` rows sets, bool `[B, d, n]`."""
    target = torch.zeros(scms, d, rows, dtype=torch.bool)
    if active:
        at = random.integers(d, (scms, 1, active))
        target[:, :, rows - active :] = at == torch.arange(d)[:, None]
    return target


def _masses(levels: Tensor, random: Random) -> Tensor:
    """Shares of the levels, some of them rare, `[m]` -> `[m, K]`; tiny beyond a column's own."""
    size = random.one_of((0.7, 2.0, 20.0), (len(levels), 1))
    valid = torch.arange(MOST_LEVELS) < levels[:, None]
    drawn = random.gamma(size.expand(-1, MOST_LEVELS).contiguous()) * valid
    masses = 0.9 * drawn / drawn.sum(1, keepdim=True).clamp_min(1e-9) + 0.1 * valid / levels[
        :, None
    ].clamp_min(1)
    return masses.clamp_min(1e-9)


def _cut(y: Tensor, levels: Tensor, random: Random) -> Tensor:
    """Latent numbers `[m, n]` cut into ordered levels."""
    upto = _masses(levels, random).cumsum(1)[:, :-1]
    ordered = y[:, :FIT_ROWS].sort(1).values
    place = (upto * (FIT_ROWS - 1)).clamp(0, FIT_ROWS - 2)
    low = place.floor().long()
    cuts = torch.lerp(ordered.gather(1, low), ordered.gather(1, low + 1), place - low)
    cuts = cuts.masked_fill(torch.arange(1, MOST_LEVELS) >= levels[:, None], torch.inf)
    return torch.searchsorted(cuts.contiguous(), y.contiguous()).to(y)


def _shown(y: Tensor, random: Random) -> Tensor:
    """How latent numbers `[m, n]` appear: most as they are; others skewed, rounded or clipped."""
    m = (len(y), 1)
    centre, spread = _centre_and_spread(y)
    z = (y - centre) / spread
    way = random.uniform(m)
    skewed = (random.uniform(m, (0.3, 1.0)) * z.clamp(-8, 8)).exp() * random.sign(m)
    step = torch.exp(random.uniform(m, (-2.5, 0.0)))
    ordered = z[:, :FIT_ROWS].sort(1).values
    low = ordered.gather(1, (random.uniform(m, (0.0, 0.4)) * FIT_ROWS).long())
    high = ordered.gather(1, (random.uniform(m, (0.7, 1.0)) * FIT_ROWS).long().clamp_max(FIT_ROWS - 1))
    low = low.where(random.uniform(m) < 0.6, ordered[:, :1] * 9)
    clipped = torch.minimum(torch.maximum(z, low), high)
    x = torch.where(way < 0.15, skewed, z)
    x = torch.where((way > 0.15) & (way < 0.25), clipped, x)
    return torch.where((way > 0.2) & (way < 0.4), (x / step).round() * step, x)


def _counts(f: Tensor, random: Random) -> Tensor:
    """Counts `[m, n]` whose log rate is a constant plus `f`: Poisson, overdispersed, or with excess zeros."""
    m = (len(f), 1)
    rate = (random.uniform(m, (-0.3, 3.4)) + f).clamp(-5, 8).exp()
    shape = torch.exp(random.uniform(m, (0.0, 3.0))).expand_as(f).contiguous()
    rate = torch.where(random.uniform(m) < 0.5, rate * random.gamma(shape) / shape, rate)
    zeros = random.uniform(f.shape) < random.uniform(m, (0.1, 0.5)) * (random.uniform(m) < 0.3)
    return torch.poisson(rate, generator=random.generator).masked_fill(zeros, 0.0)


def _state_index(code: Tensor, states: Tensor) -> Tensor:
    """One number for the joint state of the parents, `[m, n, p]` -> `[m, n]`."""
    place = torch.ones_like(states)
    for k in range(1, states.shape[1]):
        place[:, k] = place[:, k - 1] * states[:, k - 1] % STATES
    return (code * place[:, None]).sum(2) % STATES


def _joint(code: Tensor, states: Tensor, table: Tensor) -> Tensor:
    """The entries of tables `[m, STATES]` at the joint states of the parents, `[m, n]`."""
    return table.gather(1, _state_index(code, states))


def _unit(f: Tensor) -> Tensor:
    """Values `[m, n]` centred, and in units of their spread."""
    f = f.nan_to_num(0, 1e6, -1e6)
    fit = f[:, :FIT_ROWS]
    return ((f - fit.mean(1, keepdim=True)) / fit.std(1, keepdim=True).clamp_min(0.05)).clamp(-8, 8)


def _bounded(z: Tensor) -> Tensor:
    return BOUND * torch.tanh(z / BOUND)


def _centre_and_spread(x: Tensor) -> tuple[Tensor, Tensor]:
    """Median, and interquartile range as that of a normal, but not far below the standard deviation."""
    ordered = x[..., :FIT_ROWS].sort(-1).values
    low, middle, high = (ordered[..., int(q * (FIT_ROWS - 1)), None] for q in (0.25, 0.5, 0.75))
    spread = torch.maximum((high - low) / 1.349, 0.2 * ordered.std(-1, keepdim=True))
    return middle, spread.clamp_min(1e-3)


def _few_values_as_levels(data: Tensor, kinds: Kinds, random: Random) -> tuple[Tensor, Kinds]:
    """Half of the numeric columns with at most MOST_LEVELS values are ordinal: the user may say either."""
    rank = dense_rank(data.transpose(1, 2)).transpose(1, 2)
    count = rank.amax(1) + 1
    turned = (kinds.levels == 0) & (count <= MOST_LEVELS) & (random.uniform(count.shape) < 0.5)
    levels = torch.where(turned, count, kinds.levels)
    data = torch.where(turned[:, None], rank.to(data), data)
    return data, replace(kinds, levels=levels, ordered=kinds.ordered | turned)


def _varied(data: Tensor) -> Tensor:
    """Tell which SCMs have no constant column, `[B]`."""
    return (data.amax(1) > data.amin(1)).all(1)


def _replaced(batch: TypedBatch, at: Tensor, other: TypedBatch) -> TypedBatch:
    """The batch with other SCMs at the places `at`."""
    parts = {
        name: getattr(batch, name).index_copy(0, at, getattr(other, name))
        for name in ("adjacency", "data", "levels", "ordered", "intervened")
    }
    return replace(batch, **parts)
