"""Some fifty kinds of tables whose graph and effects are known: at home, near it, and far from it.

Those at home come from the priors that the networks were trained on. The others come from a simulator that
shares nothing with the package's: each column is a function of its causes, standardized, plus noise, and is
then made what its kind says (binary, clipped, counts, ...). Where a kind is `measured`, its causes' effects
go by what a column was before that; else by what the table holds.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isnan, nan

import networkx as nx
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from foundation_causal.simulate import Do, Gaussian, Laplace, Prior, p_in, p_out, prior
from foundation_causal.simulate.scm import SCMBatch

Numbers = NDArray[np.float64]
Change = Callable[[Numbers, np.random.Generator], Numbers]
PILOT = 4000  # rows from which a column's function is standardized
TRUTH = 40_000  # draws behind a true effect


@dataclass(frozen=True)
class Table:
    """A table and what is true of it.

    Attributes:
        frame: The rows.
        graph: The true graph over its columns.
        hidden: Pairs of its columns that share a hidden cause.
        effect: The true effect on column y of setting column x to b rather than a; nan where there is none.
    """

    frame: pd.DataFrame
    graph: nx.DiGraph
    hidden: tuple[tuple[str, str], ...]
    effect: Callable[[str, str, float, float], float]


def _linear(u: Numbers, r: np.random.Generator) -> Callable[[Numbers], Numbers]:
    w = r.uniform(0.5, 1.5, u.shape[1]) * r.choice([-1, 1], u.shape[1])
    return lambda v: v @ w


def _waves(u: Numbers, r: np.random.Generator) -> Callable[[Numbers], Numbers]:
    """A sample of a smooth Gaussian process, by random Fourier features."""
    k = u.shape[1]
    slope, phase = r.normal(size=(k, 100)) / r.uniform(0.7, 1.5), r.uniform(0, 2 * np.pi, 100)
    w = r.normal(size=100)
    return lambda v: np.cos(v @ slope + phase) @ w


def _each(bend: Callable[[Numbers], Numbers]) -> Callable[..., Callable[[Numbers], Numbers]]:
    """A weighted sum of bent causes."""

    def made(u: Numbers, r: np.random.Generator) -> Callable[[Numbers], Numbers]:
        line = _linear(u, r)
        return lambda v: line(bend(v))

    return made


def _product(u: Numbers, r: np.random.Generator) -> Callable[[Numbers], Numbers]:
    line = _linear(u, r)
    return lambda v: v.prod(1) + 0.5 * line(v)


FUNCTIONS = {
    "linear": _linear,
    "waves": _waves,
    "saturating": _each(lambda v: np.tanh(1.5 * v)),
    "square": _each(lambda v: v**2 + 0.3 * v),
    "sine": _each(lambda v: np.sin(2 * v)),
    "step": _each(lambda v: np.where(v > 0.3, 1.0, -1.0)),
    "product": _product,
}
NOISES: dict[str, Callable[[np.random.Generator, int], Numbers]] = {
    "gaussian": lambda r, n: r.normal(size=n),
    "laplace": lambda r, n: r.laplace(size=n) / np.sqrt(2),
    "uniform": lambda r, n: r.uniform(-np.sqrt(3), np.sqrt(3), n),
    "exponential": lambda r, n: r.exponential(size=n) - 1,
    "t2": lambda r, n: r.standard_t(2, n) / 2,
    "two humps": lambda r, n: (r.normal(size=n) + r.choice([-3, 3], n)) / np.sqrt(10),
    "along time": lambda r, n: _along_time(r.normal(size=n)),
}


def _along_time(steps: Numbers, kept: float = 0.9) -> Numbers:
    for i in range(1, len(steps)):
        steps[i] = kept * steps[i - 1] + np.sqrt(1 - kept**2) * steps[i]
    return steps


def _counts(z: Numbers, r: np.random.Generator) -> Numbers:
    return r.poisson(np.exp(np.clip(0.8 * z + 0.5, -4, 4))).astype(float)


def _levels(z: Numbers, r: np.random.Generator) -> Numbers:
    """One of three levels without an order, whose chances depend on z."""
    scores = np.outer(z, [1.5, 0.0, -1.5]) - np.array([0.0, -1.0, 0.0])
    return np.asarray((scores + r.gumbel(size=scores.shape)).argmax(1), dtype=float)


COLUMNS: dict[str, Change] = {
    "binary": lambda z, r: (z > 0.3) * 1.0,
    "rare": lambda z, r: (z > 1.5) * 1.0,
    "exponentiated": lambda z, r: np.exp(z),
    "cubed": lambda z, r: z**3,
    "clipped": lambda z, r: np.clip(z, -0.7, 0.7),
    "five values": lambda z, r: np.clip(np.round(z), -2, 2),
    "halves": lambda z, r: np.round(2 * z) / 2,
    "zero-inflated": lambda z, r: np.where(r.random(len(z)) < 0.4, 0.0, np.exp(z)),
    "often zero": lambda z, r: np.maximum(z, 0.0),
    "counts": _counts,
    "four grades": lambda z, r: np.digitize(z, [-0.8, 0.0, 0.9]) * 1.0,
    "categories": _levels,
    "measured with noise": lambda z, r: z + 0.5 * r.normal(size=len(z)),
    "outliers": lambda z, r: z + (r.random(len(z)) < 0.03) * r.normal(0, 10, len(z)),
}
LABELLED = ("categories",)


@dataclass(frozen=True)
class Kind:
    """How tables of a kind are made.

    Attributes:
        home: A prior of the package that draws them, or None.
        function: Name in `FUNCTIONS`; of columns with causes.
        noise: Name in `NOISES`.
        column: Name in `COLUMNS`: what columns are made of their values.
        share: Of the columns that are made so.
        measured: Whether the causes act by what they were before.
        scale: "same", or the noise "multiplies" the function, or is scaled "by causes".
        d: Number of columns.
        n: Number of rows.
        degree: Mean number of neighbours.
        hidden: Number of columns with two effects that are left out.
        after: What happens to the whole table.
        known: Whether an effect means the same in the table as in the model.
    """

    home: Prior | None = None
    function: str = "linear"
    noise: str = "gaussian"
    column: str | None = None
    share: float = 1.0
    measured: bool = False
    scale: str = "same"
    d: int = 5
    n: int = 400
    degree: float = 2.0
    hidden: int = 0
    after: Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame] | None = None
    known: bool = True


class System:
    """A simulated system of a kind: `draw` rows, with interventions or without."""

    def __init__(self, kind: Kind, seed: int) -> None:
        random = np.random.default_rng([seed, 7])
        self.kind, d = kind, kind.d + kind.hidden
        upper = np.triu(random.random((d, d)) < kind.degree / max(d - 1, 1), 1)
        for cause in range(kind.hidden):  # a hidden cause has no cause, and two effects
            upper[:, cause] = False
            upper[cause] = False
            upper[cause, random.choice(np.arange(kind.hidden, d), 2, replace=False)] = True
        self.adjacency = upper
        self.made = random.permutation(d) < round(kind.share * d)
        self.weight = random.uniform(0.4, 0.85, d)
        self.labels = random.permuted(np.tile([-1.2, 0.0, 1.2], (d, 1)), axis=1)  # what levels do
        self.functions: list[Callable[[Numbers], Numbers]] = []
        self.middle, self.spread = np.zeros(d), np.ones(d)
        self.signal = np.tile([0.0, 1.0], (d, 1))
        self.seed = seed
        self._learn(np.random.default_rng([seed, 8]))

    def draw(self, n: int, seed: int, do: dict[int, float] | None = None) -> Numbers:
        """Rows `[n, d]`, hidden columns first."""
        d = len(self.adjacency)
        acting, seen = np.zeros((n, d)), np.zeros((n, d))
        for j in range(d):
            random = np.random.default_rng([self.seed, seed, j])
            z = self._value(j, acting, random)
            seen[:, j] = self._seen(j, z, random)
            if do and j in do:
                seen[:, j] = do[j]
                z = np.full(n, np.log(do[j]) if self._is("exponentiated", j) else do[j])
            acting[:, j] = self._acting(j, z, seen[:, j])
        return seen

    def _learn(self, random: np.random.Generator) -> None:
        """Standardize every function, and what acts of every column, by rows of a pilot."""
        d = len(self.adjacency)
        acting = np.zeros((PILOT, d))
        for j in range(d):
            inputs = acting[:, self.adjacency[:, j]]
            self.functions.append(FUNCTIONS[self.kind.function](inputs, random))
            if inputs.shape[1]:
                values = self.functions[j](inputs)
                self.signal[j] = values.mean(), max(values.std(), 1e-6)
            z = self._value(j, acting, random)
            raw = self._raw(j, z, self._seen(j, z, random))
            self.middle[j], self.spread[j] = raw.mean(), max(raw.std(), 0.1)
            acting[:, j] = self._acting(j, z, self._seen(j, z, random))

    def _value(self, j: int, acting: Numbers, random: np.random.Generator) -> Numbers:
        noise = NOISES[self.kind.noise](random, len(acting))
        inputs = acting[:, self.adjacency[:, j]]
        if inputs.shape[1] == 0:
            return noise
        signal = (self.functions[j](inputs) - self.signal[j, 0]) / self.signal[j, 1]
        if self.kind.scale == "multiplies":
            return np.asarray(np.exp(0.8 * np.clip(signal, -4, 4) + 0.5 * noise))
        if self.kind.scale == "by causes":
            noise = noise * np.exp(0.7 * np.clip(inputs[:, 0], -3, 3))
        return np.sqrt(self.weight[j]) * signal + np.sqrt(1 - self.weight[j]) * noise

    def _is(self, column: str, j: int) -> bool:
        return self.kind.column == column and bool(self.made[j])

    def _seen(self, j: int, z: Numbers, random: np.random.Generator) -> Numbers:
        return COLUMNS[self.kind.column](z, random) if self.kind.column and self.made[j] else z

    def _raw(self, j: int, z: Numbers, seen: Numbers) -> Numbers:
        """What acts of a column, before it is standardized."""
        if any(self._is(column, j) for column in LABELLED):
            return np.asarray(self.labels[j][np.clip(seen, 0, 2).astype(int)])
        return z if self.kind.measured else seen

    def _acting(self, j: int, z: Numbers, seen: Numbers) -> Numbers:
        return (self._raw(j, z, seen) - self.middle[j]) / self.spread[j]


def seed_of(name: str, number: int) -> int:
    """The seed of table `number` of a kind: no two kinds have it in common."""
    return zlib.crc32(f"{name} {number}".encode())


def table(kind: Kind, seed: int) -> Table:
    """A table of a kind; the seed decides everything."""
    if kind.home is not None:
        return _of_prior(kind, seed)
    system, hidden = System(kind, seed), kind.hidden
    random = np.random.default_rng([seed, 9])
    place = random.permutation(kind.d)  # the order of columns says nothing
    names = [f"x{k}" for k in place]
    frame = pd.DataFrame(system.draw(kind.n, 0)[:, hidden:], columns=names)
    frame = _labelled(frame, system)
    frame = frame[sorted(frame.columns, key=lambda name: int(name[1:]))]
    if kind.after is not None:
        frame = kind.after(frame, random)
    edges = [(names[i - hidden], names[j - hidden]) for i, j in np.argwhere(system.adjacency) if i >= hidden]
    graph: nx.DiGraph = nx.DiGraph(edges)
    graph.add_nodes_from(frame.columns)
    effects = (np.flatnonzero(system.adjacency[cause]) - hidden for cause in range(hidden))
    shared = tuple((names[a], names[b]) for a, b in effects)

    def effect(x: str, y: str, a: float, b: float) -> float:
        if not kind.known:
            return nan
        i, j = names.index(x) + hidden, names.index(y) + hidden
        low, high = (system.draw(TRUTH, 1, {i: value})[:, j].mean() for value in (a, b))
        return float(high - low)

    return Table(frame, graph, shared, effect)


def _labelled(frame: pd.DataFrame, system: System) -> pd.DataFrame:
    if system.kind.column not in LABELLED:
        return frame
    made = [name for name, m in zip(frame.columns, system.made[system.kind.hidden :], strict=True) if m]
    return frame.assign(**{name: frame[name].map({0.0: "red", 1.0: "green", 2.0: "blue"}) for name in made})


def _of_prior(kind: Kind, seed: int) -> Table:
    assert kind.home is not None
    batch = kind.home.draw(scms=1, d=kind.d, n=kind.n, seed=(90_000_000 + seed) % 2**32)
    assert isinstance(batch, SCMBatch)

    def effect(x: str, y: str, a: float, b: float) -> float:
        means = []
        for value in (a, b):
            whole = []
            for part in range(max(1, TRUTH // kind.n // 4)):
                noise = batch.fresh_noise(kind.n, seed=part)
                do = Do(torch.tensor([name == x for name in batch.names]), torch.tensor(float(value)))
                whole.append(batch.generate(noise, do)[0, :, batch.names.index(y)].double().mean().item())
            means.append(np.mean(whole))
        return float(means[1] - means[0])

    return Table(batch.frame(0), batch.graph(0), (), effect)


def pair_and_values(made: Table, seed: int) -> tuple[str, str, float, float] | None:
    """A cause, one of its effects, and two of the cause's values; None where no column is a cause.

    Both are numeric; the values are at 30% and 70% of a cause of many values, the lowest and highest of
    others.
    """
    numeric = [name for name in made.frame.columns if made.frame[name].dtype.kind in "fi"]
    pairs = [(x, y) for x in numeric for y in sorted(nx.descendants(made.graph, x)) if y in numeric]
    if not pairs:
        return None
    x, y = pairs[np.random.default_rng([seed, 10]).integers(len(pairs))]
    values = made.frame[x].dropna()
    few = np.unique(values)
    low, high = (few[0], few[-1]) if len(few) < 8 else np.quantile(values, [0.3, 0.7], method="nearest")
    if isnan(low) or low == high:
        low, high = values.min(), values.max()
    return x, y, float(low), float(high)


def _gaps(share: float) -> Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]:
    return lambda frame, random: frame.mask(random.random(frame.shape) < share)


def _high_are_missing(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    high = frame.rank(pct=True) > 0.7
    return frame.mask(high & (random.random(frame.shape) < 0.6))


def _drifting(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    time = np.linspace(-1, 1, len(frame))[:, None]
    return frame + 1.5 * frame.std().to_numpy() * time * random.choice([-1, 1], frame.shape[1])


def _two_populations(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Half of the rows are shifted, each column by its own amount: a hidden cause of all."""
    member = random.random(len(frame)) < 0.5
    return frame + np.outer(member, random.uniform(-2, 2, frame.shape[1]) * frame.std().to_numpy())


def _copies(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    return frame.iloc[np.sort(random.integers(0, len(frame), 2 * len(frame)))].reset_index(drop=True)


def _selected(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Rows are kept where the sum of two columns is high."""
    first, second = random.choice(frame.columns, 2, replace=False)
    total = frame[first] + frame[second]
    return frame[total > total.median()].reset_index(drop=True)


def _shares(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Each row is divided by its sum."""
    parts = np.exp(frame / frame.std())
    return parts.div(parts.sum(axis=1), axis=0)


_LINEAR, _SMOOTH = Kind(), Kind(function="waves", noise="laplace")  # what others are made of
KINDS: dict[str, Kind] = {
    "home: linear, Gaussian": Kind(p_in(["linear"], noises=[Gaussian()])),
    "home: linear, Laplace": Kind(p_in(["linear"], noises=[Laplace()])),
    "home: RFF, Gaussian": Kind(p_in(["rff"], noises=[Gaussian()])),
    "home: RFF, Laplace": Kind(p_in(["rff"], noises=[Laplace()])),
    "home: RFF, 10 columns": Kind(p_in(["rff"], noises=[Gaussian()]), d=10),
    "home: wide": Kind(prior("wide")),
    "other graphs and noise (P_OUT)": Kind(p_out(["rff"])),
    "linear, 3 columns": replace(_LINEAR, d=3),
    "linear, 10 columns": replace(_LINEAR, d=10),
    "linear, 20 columns": replace(_LINEAR, d=20),
    "linear, 30 rows": replace(_LINEAR, n=30),
    "smooth, 40 rows": replace(_SMOOTH, n=40),
    "linear, 5,000 rows": replace(_LINEAR, n=5000),
    "linear, exponential noise": replace(_LINEAR, noise="exponential"),
    "linear, uniform noise": replace(_LINEAR, noise="uniform"),
    "linear, heavy tails": replace(_LINEAR, noise="t2"),
    "linear, noise of two humps": replace(_LINEAR, noise="two humps"),
    "linear, dense": replace(_LINEAR, degree=3.2),
    "no edges": replace(_LINEAR, degree=0.0),
    "smooth": _SMOOTH,
    "smooth, 15 columns": replace(_SMOOTH, d=15),
    "saturating": Kind(function="saturating"),
    "squares": Kind(function="square"),
    "sines": Kind(function="sine", noise="laplace"),
    "steps": Kind(function="step"),
    "products of causes": Kind(function="product"),
    "multiplicative noise": Kind(scale="multiplies"),
    "noise scaled by causes": Kind(function="saturating", scale="by causes"),
    "half binary": Kind(column="binary", share=0.5),
    "all binary": Kind(column="binary", n=800),
    "rare events": Kind(column="rare", share=0.4, n=800),
    "exponentiated Gaussian": Kind(column="exponentiated", measured=True),
    "cubed": Kind(column="cubed", measured=True, known=False),
    "clipped": Kind(column="clipped"),
    "clipped by the instrument": Kind(column="clipped", measured=True, known=False),
    "rounded to five values": Kind(column="five values"),
    "rounded by the instrument": Kind(column="five values", measured=True, known=False),
    "rounded to halves": Kind(column="halves", share=0.6),
    "zero-inflated": Kind(column="zero-inflated", share=0.5),
    "often zero": Kind(function="saturating", column="often zero", share=0.6),
    "counts": Kind(column="counts", share=0.6),
    "four grades": Kind(column="four grades", share=0.6),
    "half categories": Kind(column="categories", share=0.5, n=800),
    "all categories": Kind(column="categories", n=1500, known=False),
    "hidden cause": Kind(hidden=1, function="saturating", noise="laplace"),
    "hidden cause, linear": Kind(hidden=1),
    "two populations": Kind(after=_two_populations, known=False),
    "drift in time": Kind(function="saturating", after=_drifting),
    "dependent along time": Kind(noise="along time"),
    "copies of rows": Kind(function="waves", n=150, after=_copies),
    "10% gaps": Kind(function="waves", after=_gaps(0.1)),
    "30% gaps": Kind(function="saturating", after=_gaps(0.3)),
    "high values missing": Kind(after=_high_are_missing, known=False),
    "outliers": Kind(column="outliers", measured=True, known=False),
    "measured with noise": Kind(column="measured with noise", measured=True, known=False),
    "selected rows": Kind(after=_selected, n=800, known=False),
    "shares of a total": Kind(after=_shares, known=False),
}
