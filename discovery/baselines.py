"""Classical structure learners behind one signature, each run by the package that its users run.

A learner takes standardized rows `[n, d]` and returns a pattern `[d, d]`: 1 for `i -> j`, and 0.5 in both
directions for an edge whose direction it leaves open. All settings are the packages' defaults. What draws
numbers draws the same ones every time, but for FLOP, whose generator cannot be seeded. Install them with the
extra `baselines`.

They stand here by what they do: first those that find a Markov equivalence class (a CPDAG, or in the case of
PC something close to one), then those that put the variables into an order and regress each on those before
it, then those that minimize a smooth loss under a continuous constraint on cycles.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO

import networkx as nx
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from discovery.preparation import standardized
from discovery.structure_methods import LEARNERS, METHODS, OF_TABLES, check_methods
from foundation_causal.errors import InputError
from foundation_causal.graphs import from_adjacency
from foundation_causal.observations import Observations, observations
from foundation_causal.runtime import seeded_globals
from foundation_causal.suites.cases import codes
from foundation_causal.types import Array

FLOP_PENALTY, FLOP_RESTARTS = 2.0, 50  # recommended in the package's README; it has no defaults


def learn_graph(name: str, data: pd.DataFrame | NDArray[np.generic] | Observations) -> nx.DiGraph:
    """The graph that a classical method finds, which need be no DAG.

    Args:
        name: Any of `discovery.structure_methods.LEARNERS`.
        data: Observations `[n, d]`; interventions cannot be used. A DataFrame may hold categories for the
            methods of `OF_TABLES`, which see its types.

    Returns:
        A graph over the columns' names. An edge whose direction the method leaves open stands in it in both
        directions.

    Raises:
        InputError: An unknown name, a package that is not installed, or data that cannot be used.
    """
    if name in OF_TABLES and isinstance(data, pd.DataFrame):
        observations(codes(data))
        frame = data.set_axis([str(column) for column in data], axis=1)
    else:
        table = observations(data)
        if table.intervened is not None and table.intervened.any():
            raise InputError(f"{name} cannot use interventions; pass only the rows without them.")
        frame = table.frame
    return from_adjacency(learn(name, frame) > 0, list(frame.columns))


def learn(name: str, data: pd.DataFrame | Array) -> Array:
    """Run the named learner on a table with types or an array `[n, d]`, and give its pattern `[d, d]`.

    Methods for measurements get standardized rows, a category being the place of its level among all.

    Raises:
        InputError: An unknown name, or a package that is not installed.
    """
    check_methods([name], LEARNERS)
    method, frame = METHODS[name], pd.DataFrame(data)
    with seeded_globals(0):
        if method.learn_table is not None:
            return method.learn_table(frame)
        assert method.learn is not None  # as of all `LEARNERS` that take no table
        return method.learn(standardized(codes(frame).to_numpy()))


def pc(x: Array) -> Array:
    """PC with Fisher's z test at level 0.05 (Spirtes et al., 2000; causal-learn)."""
    from causallearn.search.ConstraintBased.PC import pc as run

    return from_endpoints(run(x, alpha=0.05, show_progress=False).G.graph)


def ges(x: Array) -> Array:
    """Greedy equivalence search with BIC (Chickering, 2002; causal-learn)."""
    from causallearn.search.ScoreBased.GES import ges as run

    return from_endpoints(run(x, "local_score_BIC_from_cov")["G"].graph)


def grasp(x: Array) -> Array:
    """Greedy relaxations of the sparsest permutation with BIC (Lam et al., 2022; causal-learn)."""
    from causallearn.search.PermutationBased.GRaSP import grasp as run

    return from_endpoints(run(x, "local_score_BIC_from_cov", verbose=False).graph)


def boss(x: Array) -> Array:
    """Best order score search with BIC (Andrews et al., 2023; causal-learn)."""
    from causallearn.search.PermutationBased.BOSS import boss as run

    return from_endpoints(run(x, "local_score_BIC_from_cov", verbose=False).graph)


def flop(x: Array) -> Array:
    """Fast learning of orders and parents with BIC (Wienöbst et al., 2025; flopsearch)."""
    from flopsearch import flop as run

    codes = np.asarray(run(x, FLOP_PENALTY, restarts=FLOP_RESTARTS))  # 1 for i -> j, 2 for undirected
    return (codes == 1) + 0.5 * (codes == 2)


def from_endpoints(endpoints: Array) -> Array:
    """causal-learn's endpoint matrix (`G[j, i] = 1` and `G[i, j] = -1` for `i -> j`) to a pattern.

    An edge with two tails or with two heads, as where PC finds colliders that contradict each other, has no
    direction.
    """
    tail, head = endpoints == -1, endpoints == 1
    open_direction = (tail & tail.T) | (head & head.T)
    return (tail & head.T) + 0.5 * open_direction


def direct_lingam(x: Array) -> Array:
    """DirectLiNGAM (Shimizu et al., 2011; lingam)."""
    from lingam import DirectLiNGAM

    model = DirectLiNGAM()
    model.fit(x)
    return (np.abs(model.adjacency_matrix_.T) > 1e-8).astype(float)


def r2_sort_regress(x: Array) -> Array:
    """Sparse regressions in the order of how well the others predict a variable (Reisach et al., 2023).

    A method that takes no direction from the data but this one artifact of simulations: what does not do
    better has found nothing else. Package: causaldisco.
    """
    from CausalDisco.baselines import r2_sort_regress as run

    return (run(x) != 0).astype(float)


def random_regress(x: Array) -> Array:
    """Sparse regressions in a random order: what directions are worth by chance (causaldisco).

    It stands in for sorting by variance, too, since all variances of standardized rows are 1.
    """
    from CausalDisco.baselines import random_sort_regress as run

    return (run(x, seed=0) != 0).astype(float)


def dagma(x: Array) -> Array:
    """DAGMA, linear, least squares (Bello et al., 2022; dagma)."""
    from dagma.linear import DagmaLinear

    with redirect_stderr(StringIO()):  # its progress bar cannot be turned off
        weights = DagmaLinear("l2").fit(x)
    return (np.abs(weights) > 0).astype(float)


def notears(x: Array) -> Array:
    """NOTEARS, linear, least squares (Zheng et al., 2018; gcastle)."""
    with _globals_of_castle():
        from castle.algorithms import Notears

        model = Notears()
        model.learn(x)
    return np.asarray(model.causal_matrix, dtype=float)


def notears_mlp(x: Array) -> Array:
    """NOTEARS with a network of 10 hidden units for each variable (Zheng et al., 2020; gcastle)."""
    with _globals_of_castle():
        from castle.algorithms import NotearsNonlinear

        model = NotearsNonlinear(model_type="mlp")
        model.learn(x)
    return np.asarray(model.causal_matrix, dtype=float)


@contextmanager
def _globals_of_castle() -> Iterator[None]:
    """Keep what gcastle sets for the whole process at its first import to a block.

    It makes torch compute in double precision, which it needs, and has the root logger print what it writes
    there, which nobody needs.
    """
    root = logging.getLogger()
    handlers, level, dtype = list(root.handlers), root.level, torch.get_default_dtype()
    root.handlers = [logging.NullHandler()]
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        root.handlers = handlers
        root.setLevel(level)
        torch.set_default_dtype(dtype)
