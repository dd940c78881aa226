"""Simulated rows with a treatment whose effect is known: the cells of `treatment_effects.py`.

The confounders z are standard normal underneath. Every cell names how the treatment is drawn (binary,
continuous, three arms, counts), the mean of the outcome as a function of z and the treatment, and how the
outcome is drawn from it. The true effect is the mean over z of a difference of two such means; what it is to
be compared with is therefore free of the noise of the outcome, and of that of z up to the rows that it is
averaged over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import networkx as nx
import numpy as np
import pandas as pd

from foundation_causal.types import Array
from mechanisms.queries.adjustment import adjustment

TRUTH_BATCHES, TRUTH_ROWS = 20, 100_000
TRUTH_SEED = 81_000_000
SEED = 81_100_000
DOLLARS, SPREAD = 20_000.0, 0.8  # of an income: its median, and the standard deviation of its logarithm
INCOME_MEAN = float(np.exp(SPREAD**2 / 2))  # in medians
INCOME_SD = INCOME_MEAN * float(np.sqrt(np.expm1(SPREAD**2)))
BINARY = (1.0, -0.6)  # what the values 1 and 0 add to scores
LABELS = {"north": -1.2, "east": 1.1, "south": 0.3, "west": -0.2}  # likewise; they have no order
LABEL_CUTS = (-0.5, 0.2, 0.9)  # between the standard normal values that labels are made of


@dataclass(frozen=True)
class Trial:
    """Rows, the question asked of them, and what is known of the answer.

    Attributes:
        frame: floats, and columns of text for categories; the treatment and the outcome are floats.
        treatment, outcome: names of columns.
        truth: the average effect.
        effects: the expected effect in each row given its confounders, shape [n]; None where it is not known.
        values: of the treatment: the effect is that of the second against the first.
        known_graph: a DAG over the columns; without one, all other columns cause treatment and outcome.
    """

    frame: pd.DataFrame
    treatment: str
    outcome: str
    truth: float
    effects: Array | None = None
    values: tuple[float, float] = (0.0, 1.0)
    known_graph: nx.DiGraph | None = None

    @property
    def graph(self) -> nx.DiGraph:
        if self.known_graph is not None:
            return self.known_graph
        t, y = self.treatment, self.outcome
        others = (name for name in self.frame if name not in (t, y))
        return nx.DiGraph([(t, y), *((x, target) for x in others for target in (t, y))])

    @property
    def confounders(self) -> list[str]:
        """What peers adjust for: the parents of the paths from treatment to outcome."""
        return list(adjustment(self.graph, self.treatment, self.outcome).covariates)

    @property
    def discrete(self) -> bool:
        """Whether the treatment has few values."""
        return self.frame[self.treatment].nunique() <= 10


def _weights(k: int, signs: tuple[float, ...], decay: float) -> Array:
    """A unit vector that every confounder has a share in, the first ones the most, shape [k]."""
    raw = np.resize(signs, k) * decay ** np.arange(k)
    return raw / np.linalg.norm(raw)


def linear(z: Array) -> Array:
    return 2 * z @ _weights(z.shape[1], (1.0, -1.0, 1.0), 0.85)


def nonlinear(z: Array) -> Array:
    return 2 * np.sin(1.5 * z[:, 0]) + z[:, 1] ** 2 + np.abs(z[:, 2])


def same(z: Array, t: Array) -> Array:
    return t


def differs(z: Array, t: Array) -> Array:
    return t * (1 + z[:, 0] + (z[:, 1] > 0))


def doubled(z: Array, t: Array) -> Array:
    return 2 * t


def bends(z: Array, t: Array) -> Array:
    return 1.5 * np.tanh(1.5 * t)


def saturates(z: Array, t: Array) -> Array:
    return 2 * np.log1p(t)


def by_arm(z: Array, t: Array) -> Array:
    return np.where(t == 1, 1.0, np.where(t == 2, -0.5, 0.0))


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


@dataclass(frozen=True)
class Cell:
    """One way to draw rows.

    Attributes:
        treatment: "binary", "continuous", "three arms" or "count" (Poisson, 4 in the mean).
        outcome: "number", "binary" or "count" (Poisson with additional zeros).
        n: rows.
        k: confounders.
        surface: what the confounders add to the outcome's score, [n, k] -> [n].
        effect: what the treatment adds to it.
        noise: the standard deviation of the outcome around its mean, where it is a number.
        confounding: standard deviation of the score that assigns the treatment.
        columns: "plain" shows z as it is. With "labels" every third confounder is one of four words.
            Otherwise every third confounder is binary and every third an income, and z is what is linear in
            its "dollars" or in its "logarithm".
        base: the log odds of a binary outcome where nothing adds to its score.
        values: of the treatment that are compared.
    """

    treatment: str = "binary"
    outcome: str = "number"
    n: int = 1000
    k: int = 8
    surface: Callable[[Array], Array] = linear
    effect: Callable[[Array, Array], Array] = same
    noise: float = 1.0
    confounding: float = 0.8
    columns: str = "plain"
    base: float = -1.5
    values: tuple[float, float] = (0.0, 1.0)

    def score(self, z: Array) -> Array:
        """What assigns the treatment: shared with a linear surface up to the signs, shape [n]."""
        found = z @ _weights(self.k, (1.0, -0.5, 1.0, 0.5), 0.85)
        return self.confounding * (found if self.surface is linear else (found + np.cos(2 * z[:, 0])) / 1.2)

    def mean(self, z: Array, t: Array) -> Array:
        """Expected outcomes, shape [n]."""
        total = self.surface(z) + self.effect(z, t)
        if self.outcome == "binary":
            return _sigmoid(0.5 * total + self.base)
        if self.outcome == "count":
            return self._present(z) * np.exp(0.3 * total)
        return total

    def _present(self, z: Array) -> Array:
        """The probability that a count is no additional zero, shape [n]."""
        return _sigmoid(0.5 + z[:, 0])

    def draw(self, seed: int) -> Trial:
        """Rows under the names x0, x1, ..., t and y."""
        rng = np.random.default_rng(seed)
        z = self.confounders(rng, self.n)
        t = self._treatment(z, rng)
        frame = self._shown(z)
        frame["t"], frame["y"] = t, self._outcome(z, t, rng)
        return Trial(frame, "t", "y", true_effect(self), self.effects(z), self.values)

    def effects(self, z: Array) -> Array:
        """Differences of expected outcomes, shape [n]."""
        low, high = (np.full(len(z), value) for value in self.values)
        return self.mean(z, high) - self.mean(z, low)

    def confounders(self, rng: np.random.Generator, n: int) -> Array:
        """What the scores are made of, shape [n, k]."""
        z = rng.normal(size=(n, self.k))
        if self.columns == "labels":
            z[:, 1::3] = np.array(list(LABELS.values()))[np.digitize(z[:, 1::3], LABEL_CUTS)]
        elif self.columns != "plain":
            z[:, 1::3] = np.where(z[:, 1::3] > 0.3, *BINARY)
        if self.columns == "dollars":
            z[:, 2::3] = (np.exp(SPREAD * z[:, 2::3]) - INCOME_MEAN) / INCOME_SD
        return z

    def _shown(self, z: Array) -> pd.DataFrame:
        """What the columns hold, n rows of x0, x1, ..."""
        x = z.copy()
        if self.columns in ("dollars", "logarithm"):
            x[:, 1::3] = z[:, 1::3] > 0
            incomes = z[:, 2::3]
            logs = self.columns == "logarithm"
            x[:, 2::3] = DOLLARS * (np.exp(SPREAD * incomes) if logs else INCOME_MEAN + INCOME_SD * incomes)
        frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(self.k)])
        if self.columns == "labels":
            words = {value: word for word, value in LABELS.items()}
            for name in frame.columns[1::3]:
                frame[name] = frame[name].map(words)
        return frame

    def _treatment(self, z: Array, rng: np.random.Generator) -> Array:
        score = self.score(z)
        if self.treatment == "continuous":
            return score + rng.normal(size=len(z))
        if self.treatment == "count":
            return rng.poisson(np.exp(1.4 + 0.3 * score)).astype(float)
        if self.treatment == "binary":
            return (rng.random(len(z)) < _sigmoid(score)).astype(float)
        logits = np.column_stack([np.zeros(len(z)), score, 0.3 - score / 2])
        return np.argmax(logits + rng.gumbel(size=logits.shape), axis=1).astype(float)

    def _outcome(self, z: Array, t: Array, rng: np.random.Generator) -> Array:
        mean = self.mean(z, t)
        if self.outcome == "binary":
            return (rng.random(len(z)) < mean).astype(float)
        if self.outcome == "count":
            present = self._present(z)
            return (rng.poisson(mean / present) * (rng.random(len(z)) < present)).astype(float)
        return mean + self.noise * rng.normal(size=len(z))


@cache
def true_effect(cell: Cell) -> float:
    """The average effect on 2,000,000 rows."""
    rng = np.random.default_rng(TRUTH_SEED)
    batches = (cell.confounders(rng, TRUTH_ROWS) for _ in range(TRUTH_BATCHES))
    return float(np.mean([float(cell.effects(z).mean()) for z in batches]))


CELLS = {  # seeds go by the position: new cells stand at the end
    "linear": Cell(),
    "3 confounders, n = 200": Cell(n=200, k=3),
    "noise 7.5, n = 400": Cell(n=400, noise=7.5),
    "25 confounders, n = 200": Cell(n=200, k=25),
    "25 confounders": Cell(k=25),
    "25 confounders, nonlinear, n = 5000": Cell(n=5000, k=25, surface=nonlinear),
    "mixed columns": Cell(columns="dollars"),
    "mixed columns, noise 7.5, n = 5000": Cell(n=5000, noise=7.5, columns="dollars"),
    "mixed columns, logarithms": Cell(columns="logarithm"),
    "nonlinear": Cell(surface=nonlinear),
    "nonlinear, n = 200": Cell(n=200, surface=nonlinear),
    "heterogeneous": Cell(effect=differs),
    "nonlinear, heterogeneous, mixed": Cell(surface=nonlinear, effect=differs, columns="logarithm"),
    "nonlinear, heterogeneous, n = 5000": Cell(n=5000, surface=nonlinear, effect=differs),
    "weak overlap": Cell(confounding=2.5),
    "binary outcome": Cell(outcome="binary"),
    "zero-inflated count": Cell(outcome="count"),
    "three arms": Cell(treatment="three arms", effect=by_arm),
    "three arms, nonlinear": Cell(treatment="three arms", effect=by_arm, surface=nonlinear),
    "continuous": Cell(treatment="continuous"),
    "continuous, noise 7.5, n = 400": Cell(treatment="continuous", n=400, noise=7.5),
    "continuous, nonlinear": Cell(treatment="continuous", surface=nonlinear),
    "continuous, heterogeneous": Cell(treatment="continuous", effect=differs),
    "continuous, curved": Cell(treatment="continuous", effect=bends),
    "continuous, mixed, count": Cell(treatment="continuous", outcome="count", columns="logarithm"),
    "binary outcome, n = 400": Cell(n=400, outcome="binary"),
    "rare binary outcome": Cell(outcome="binary", effect=doubled, base=-3.8),
    "labels": Cell(columns="labels"),
    # 64 combinations of labels in 200 rows: in a third of them, one of the arms is missing by chance.
    "labels, overlap fails at random, n = 200": Cell(n=200, columns="labels", confounding=2.0),
    "count treatment": Cell(treatment="count", effect=saturates, values=(2.0, 6.0)),
}


def simulated(name: str, replication: int) -> Trial:
    """The rows of one replication of a cell."""
    return CELLS[name].draw(SEED + 1000 * list(CELLS).index(name) + replication)
