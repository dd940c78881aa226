r"""Missing values of rows, drawn from a model given what the rows hold.

Given the observed part o of a row, the missing part m has the distribution

.. math:: p(x_m \mid x_o) \propto \prod_j p(x_j \mid x_{\text{parents}(j)}),

from which Gibbs sampling draws along the graph: one missing value at a time, given all others. Its own
mechanism proposes candidates, and each is weighted by how probable it makes the values of its children. The
value that the row has now is one of the candidates, which leaves the distribution as it is, however few they
are (iterated sampling importance resampling; Andrieu, Lee and Vihola 2018, "Uniform ergodicity of the
iterated conditional SMC"). It is right where values are missing at random: where what is missing depends on
what is not (Rubin 1976).

The density of what a row holds is the mean, over draws of the missing values from their mechanisms, causes
first, of the densities of the observed ones given their parents (likelihood weighting; Fung and Chang 1990):

.. math:: p(x_o) = E_{x_m} \prod_{j \in o} p(x_j \mid x_{\text{parents}(j)}).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from foundation_causal.errors import MissingValuesWarning, counted, warn
from foundation_causal.graphs import parents_of
from foundation_causal.runtime import stream
from foundation_causal.types import Array
from mechanisms.mechanism_model import MechanismModel, row_ranks
from mechanisms.noise.distributions import Distribution, log_likelihood
from mechanisms.noise.sampling import draw_noise
from mechanisms.solver import causal_levels

CANDIDATES = 12  # beside the value that the row has
SWEEPS = 6  # over the missing values of a row
TINY = np.finfo(float).tiny
DRAWS, MORE_DRAWS = 1000, 30_000  # of what is missing in a row, the second where the first say too little
ENOUGH = 100.0  # draws that the weights are worth; fewer make a standard error above a tenth
FEWEST = 5.0  # with fewer the answer is little more than a guess
AT_ONCE = 2**16  # rows with draws in them


def log_marginal(
    model: MechanismModel, noise: Sequence[Distribution], rows: Array, clamps: Mapping[int, float], seed: int
) -> tuple[Array, Array]:
    """Log density of what was observed in rows, and how many draws the answer rests on.

    All rows get the same draws, so that answers do not depend on the order of the rows.

    Args:
        model: The mechanisms of d variables.
        noise: The distribution of each column of noise.
        rows: Shape `[n, d]`, NaN where missing.
        clamps: Variables that are set, by position; they add nothing.
        seed: The same seed gives the same draws.

    Returns:
        Twice `[n]`: the logarithms, and the effective number of draws, infinite where none was needed.
    """
    total, worth = np.zeros(len(rows)), np.full(len(rows), np.inf)
    imputer = Imputer(model, noise, seed, list(clamps))
    patterns, pattern = np.unique(np.isnan(rows), axis=0, return_inverse=True)
    for k, missing in enumerate(patterns):
        here = np.flatnonzero(pattern == k)
        for draws in (DRAWS, MORE_DRAWS):
            drawn = draw_noise(noise, draws, seed, model.noise_names)
            for part in np.array_split(here, -(-len(here) * draws // AT_ONCE)):
                total[part], worth[part] = imputer.log_marginal(rows[part], missing, drawn, clamps)
            here = here[worth[here] < ENOUGH]
            if not len(here):
                break
    return total, worth


def warn_of_few_draws(worth: Array) -> None:
    """Warn where densities of rows rest on few draws, whose effective numbers are `worth`, `[n]`."""
    few = int((worth < FEWEST).sum())
    if few:
        warn(
            MissingValuesWarning(
                f"The likelihood of {counted(few, 'row')} rests on fewer than {FEWEST:g} draws of what is "
                "missing, and may be off by a factor of 1.5 or more: few values of what it lacks go with "
                "what it holds."
            )
        )


def without_gaps(
    model: MechanismModel, noise: Sequence[Distribution], rows: Array, clamps: Mapping[int, float], seed: int
) -> Array:
    """Rows with what is missing drawn from a model; rows without gaps come back as they are.

    What is set has its value. Draws belong to the rows, in whatever order these come.

    Args:
        model: The mechanisms of d variables.
        noise: The distribution of each column of noise.
        rows: Shape `[n, d]`, NaN where missing.
        clamps: Variables that are set, by position; their mechanisms say nothing.
        seed: The same seed gives the same values.
    """
    gaps = np.isnan(rows).any(1)
    if not gaps.any():
        return rows
    imputer, filled = Imputer(model, noise, seed, list(clamps)), np.array(rows)
    for j, value in clamps.items():
        filled[np.isnan(filled[:, j]), j] = value
    lacking = np.flatnonzero(gaps)
    lacking = lacking[np.argsort(row_ranks(rows[lacking], model.names))]
    filled[lacking] = imputer.drawn(filled[lacking], imputer.started(filled[lacking]))
    return filled


class Imputer:
    """Draws the missing values of rows from a model."""

    def __init__(
        self,
        model: MechanismModel,
        noise: Sequence[Distribution],
        seed: int,
        clamped: Sequence[int] = (),
    ) -> None:
        """Take the model.

        Args:
            model: The mechanisms of d variables.
            noise: The distribution of each column of noise.
            seed: The same seed gives the same values.
            clamped: Positions of variables that are set, whose mechanisms say nothing.
        """
        self.model, self.noise = model, noise
        self.randoms = [stream(seed, "gaps", name) for name in model.names]
        self.order = [j for level in causal_levels(model) for j in level]
        parents = parents_of(model.graph)
        free = [c for c in range(len(parents)) if c not in set(clamped)]
        self.children = [[c for c in free if j in parents[c]] for j in range(len(parents))]

    def started(self, values: Array) -> Array:
        """Rows `[n, d]` with every missing value drawn from its mechanism alone, causes first."""
        filled, missing = np.nan_to_num(values), np.isnan(values)
        for j in self.order:
            rows = np.flatnonzero(missing[:, j])
            if len(rows):
                filled[rows, j] = self.candidates(j, filled[rows])
        return filled

    def drawn(self, values: Array, start: Array, sweeps: int = SWEEPS) -> Array:
        """Rows with their missing values drawn given all that was observed in them.

        Args:
            values: Shape `[n, d]`, NaN where missing.
            start: The same rows with something in place of NaN.
            sweeps: How often every missing value is drawn anew.

        Returns:
            Shape `[n, d]`, without NaN; what was observed is unchanged.
        """
        filled, missing = np.array(start), np.isnan(values)
        concerned = [(j, np.flatnonzero(missing[:, j])) for j in self.order]
        for _ in range(sweeps):
            for j, rows in concerned:
                if len(rows):
                    filled[rows, j] = self._redrawn(j, filled[rows])
        return filled

    def candidates(self, j: int, rows: Array) -> Array:
        """Draws of variable j given its parents in rows `[n, d]`, shape `[n]`."""
        noise = np.zeros((len(rows), len(self.noise)))
        for column in self.model.noise_columns([j]):
            uniform = np.maximum(self.randoms[j].random(len(rows)), TINY)
            noise[:, column] = self.noise[column].quantile(uniform)
        return np.asarray(self.model.respond([j], rows, noise)[:, 0])

    def log_density(self, j: int, rows: Array) -> Array:
        """Log density, or log probability, of variable j given its parents, `[n, d]` -> `[n]`."""
        discrete = self.model.discrete_nodes
        if j in discrete:
            return discrete[j].log_probability(rows, rows[:, j])
        function, scale = (column[:, 0] for column in self.model.functions_and_scales([j], rows))
        (column,) = self.model.noise_columns([j])
        return log_likelihood(self.noise[column], (rows[:, j] - function) / scale, scale)

    def log_marginal(
        self, rows: Array, missing: NDArray[np.bool_], drawn: Array, clamps: Mapping[int, float]
    ) -> tuple[Array, Array]:
        """Log density of what rows `[n, d]` hold that lack the same values, and how many draws it is worth.

        Args:
            rows: NaN where missing.
            missing: Bool `[d]`.
            drawn: Noise, shape `[k, m]`.
            clamps: Variables that are set.
        """
        rows = np.nan_to_num(rows)
        for j, value in clamps.items():
            rows[:, j] = value if missing[j] else rows[:, j]
        unknown = missing & ~np.isin(np.arange(len(missing)), list(clamps))
        needed = self._needed(unknown)
        uncertain = {c for j in np.flatnonzero(needed) for c in self.children[j]}
        seen = [j for j in self.order if j not in clamps and not unknown[j]]
        total = np.zeros(len(rows))
        for j in seen:
            if j not in uncertain:
                total += self.log_density(j, rows)
        if not needed.any():
            return total, np.full(len(rows), np.inf)
        many, noise = np.repeat(rows, len(drawn), axis=0), np.tile(drawn, (len(rows), 1))
        weights = np.zeros(len(many))
        for j in self.order:
            if needed[j]:
                many[:, j] = self.model.respond([j], many, noise)[:, 0]
            elif j in uncertain and j in seen:
                weights += self.log_density(j, many)
        table = weights.reshape(len(rows), len(drawn))
        mean = logsumexp(table, axis=1)
        return total + mean - np.log(len(drawn)), np.exp(2 * mean - logsumexp(2 * table, axis=1))

    def _needed(self, unknown: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which of the unknown values `[d]` an observed one depends on."""
        needed = np.zeros(len(unknown), dtype=bool)
        for j in reversed(self.order):
            needed[j] = unknown[j] and any(needed[c] or not unknown[c] for c in self.children[j])
        return needed

    def _redrawn(self, j: int, rows: Array) -> Array:
        """Variable j drawn anew in rows `[n, d]`, given all other values; shape `[n]`."""
        if not self.children[j]:
            return self.candidates(j, rows)
        tried = np.repeat(rows[None], CANDIDATES + 1, axis=0)
        flat = tried.reshape(-1, rows.shape[1])
        new = self.candidates(j, flat[len(rows) :])
        flat[len(rows) :, j] = new
        weight = np.zeros(len(flat))
        for child in self.children[j]:
            weight += self.log_density(child, flat)
        chosen = self._chosen(weight.reshape(CANDIDATES + 1, len(rows)), self.randoms[j])
        return np.asarray(tried[chosen, np.arange(len(rows)), j])

    def _chosen(self, log_weights: Array, random: np.random.Generator) -> NDArray[np.intp]:
        """One candidate for each row, with chances that are proportional to the weights `[k, n]`; `[n]`."""
        finite = np.where(np.isfinite(log_weights), log_weights, -np.inf)
        # With standard Gumbel noise the largest is a draw; where no candidate is possible, the value stays.
        largest = finite.max(0)
        gumbel = random.gumbel(size=log_weights.shape)
        return np.where(np.isfinite(largest), (finite + gumbel).argmax(0), 0)
