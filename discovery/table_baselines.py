"""Structure learners for discrete and mixed tables behind one signature, each run by its own package.

A learner takes a table with types, of columns that vary, and returns a pattern `[d, d]` as those of
:mod:`discovery.baselines` do. Those for discrete tables see numbers as levels: as they are where they are
few and whole, and cut into `BINS` bins of equal frequency otherwise. Those for mixed tables see numbers as
measurements.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from discovery.baselines import from_endpoints
from foundation_causal.metrics.equivalence import cpdag
from foundation_causal.types import Array

BINS = 4
MOST_LEVELS = 10  # more whole numbers than these are measurements
ORDERS = 4  # of the columns, from which BOSS starts


def hill_climbing_bic(frame: pd.DataFrame) -> Array:
    """Hill climbing with tabu list and BIC, its DAG as a CPDAG (pgmpy)."""
    return _hill_climbing("bic-d", _categories(levels(frame)))


def hill_climbing_bdeu(frame: pd.DataFrame) -> Array:
    """Hill climbing with tabu list and BDeu of equivalent sample size 10, its DAG as a CPDAG (pgmpy)."""
    return _hill_climbing("bdeu", _categories(levels(frame)))


def hill_climbing_cg(frame: pd.DataFrame) -> Array:
    """Hill climbing with the conditional Gaussian BIC (Andrews et al., 2018; pgmpy)."""
    return _hill_climbing("bic-cg", _mixed(frame))


def pc_chi_square(frame: pd.DataFrame) -> Array:
    """PC with the chi-square test at level 0.05 (pgmpy)."""
    return _pc("chi_square", _categories(levels(frame)))


def pc_g_squared(frame: pd.DataFrame) -> Array:
    """PC with the G-squared test at level 0.05 (pgmpy)."""
    return _pc("g_sq", _categories(levels(frame)))


def ges_bdeu(frame: pd.DataFrame) -> Array:
    """Greedy equivalence search with BDeu (Chickering, 2002; causal-learn)."""
    from causallearn.search.ScoreBased.GES import ges as run

    codes = _three_columns(levels(frame))
    return from_endpoints(run(codes, "local_score_BDeu")["G"].graph)[: frame.shape[1], : frame.shape[1]]


def boss_bdeu(frame: pd.DataFrame) -> Array:
    """Best order score search with BDeu (Andrews et al., 2023; causal-learn), the best of several starts.

    The package starts from the order of the columns and goes on in the order of Python's global generator;
    which graph it ends in hangs on both. Of `ORDERS` orders of the columns the answer is the graph with the
    best score.
    """
    from causallearn.search.PermutationBased.BOSS import boss as run

    codes = _three_columns(levels(frame))
    d = codes.shape[1]
    random = np.random.default_rng(0)
    answers = []
    for order in [np.arange(d), *(random.permutation(d) for _ in range(ORDERS - 1))]:
        endpoints = run(codes[:, order], "local_score_BDeu", verbose=False)
        back = np.argsort(order)
        pattern = from_endpoints(endpoints.graph)[np.ix_(back, back)]
        answers.append((_bdeu(codes[:, order], endpoints), pattern))
    return max(answers, key=lambda answer: answer[0])[1][: frame.shape[1], : frame.shape[1]]


def miic(frame: pd.DataFrame) -> Array:
    """MIIC, by multivariate information (Verny et al., 2017; pyAgrum)."""
    return _agrum(frame, "useMIIC")


def greedy_hill_climbing(frame: pd.DataFrame) -> Array:
    """Greedy hill climbing with BDeu, its DAG as a CPDAG (pyAgrum)."""
    return _agrum(frame, "useGreedyHillClimbing")


def hill_climbing_bnlearn(frame: pd.DataFrame) -> Array:
    """Hill climbing with BIC and what else the package has by default, its DAG as a CPDAG (bnlearn)."""
    import bnlearn

    with _quiet():
        table = _categories(levels(frame)).rename(columns=str)
        found = bnlearn.structure_learning.fit(table, methodtype="hc", scoretype="bic", n_jobs=1)["adjmat"]
    completed = cpdag(found.loc[list(table), list(table)].to_numpy()).astype(float)
    return completed - 0.5 * completed * completed.T


def andrey_ges(frame: pd.DataFrame) -> Array:
    """Greedy equivalence search with the score that the package chooses for the types (andrey)."""
    return _andrey("ges", frame)


def andrey_boss(frame: pd.DataFrame) -> Array:
    """Best order score search with the score that the package chooses for the types (andrey)."""
    return _andrey("boss", frame, seed=0)


def levels(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Every column as levels 0 ... K - 1 that occur, int64 `[n, d]`.

    >>> levels(pd.DataFrame({"a": [0.1, 0.2, 0.3, 0.4] * 4, "b": [7, 9, 7, 7] * 4}))[:4].tolist()
    [[0, 0], [1, 1], [2, 0], [3, 0]]
    """
    columns = [_levels(column) for _, column in frame.items()]
    return np.column_stack([np.unique(column, return_inverse=True)[1] for column in columns])


def _levels(column: pd.Series) -> NDArray[np.generic]:
    if _has_labels(column):
        return np.asarray(column.astype("category").array.codes)
    values = _numbers(column)
    if len(np.unique(values)) <= MOST_LEVELS and (values == np.rint(values)).all():
        return values
    cuts = np.unique(np.quantile(values, np.arange(1, BINS) / BINS))
    bins = np.searchsorted(cuts, values, side="left")
    return bins if bins.any() and np.ptp(bins) else values > values.min()  # most values may be the same


def _has_labels(column: pd.Series) -> bool:
    """Whether it holds categories or text, rather than numbers, bool or dates."""
    if isinstance(column.array, pd.Categorical):
        return True
    return not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column))


def _numbers(column: pd.Series) -> NDArray[np.float64]:
    dated = pd.api.types.is_datetime64_any_dtype(column)
    return np.asarray(column.astype("int64") if dated else column, dtype=np.float64)


def _categories(codes: NDArray[np.int64]) -> pd.DataFrame:
    """Levels as unordered categories of text, columns called 0, 1, ...

    pgmpy keeps names in sets, and which of two equally good moves it takes hangs on their order there: for
    text on the hash seed of the process, for whole numbers on nothing.
    """
    return pd.DataFrame({j: codes[:, j].astype(str) for j in range(codes.shape[1])}, dtype="category")


def _mixed(frame: pd.DataFrame) -> pd.DataFrame:
    """A table as pgmpy wants it: categories and bool as unordered categories, numbers standardized."""
    columns = {}
    for name, (_, column) in enumerate(frame.items()):
        if _has_labels(column) or column.dtype == bool:
            columns[name] = pd.Series(_levels(column).astype(int).astype(str), dtype="category")
        else:
            values = _numbers(column)
            columns[name] = pd.Series((values - values.mean()) / values.std())
    return pd.DataFrame(columns)


def _hill_climbing(score: str, frame: pd.DataFrame) -> Array:
    with _quiet():
        from pgmpy.causal_discovery import HillClimbSearch

        return _pattern(HillClimbSearch(score, show_progress=False), frame)


def _pc(test: str, frame: pd.DataFrame) -> Array:
    with _quiet():
        from pgmpy.causal_discovery import PC

        learner = PC("stable", test, significance_level=0.05, n_jobs=1, show_progress=False)
        return _pattern(learner, frame)


def _pattern(learner: object, frame: pd.DataFrame) -> Array:
    """Fit a learner of pgmpy, whose matrix stands in an order of its own."""
    fit: Callable[[pd.DataFrame], object] = learner.fit  # type: ignore[attr-defined]
    fit(frame)
    found: pd.DataFrame = learner.adjacency_matrix_  # type: ignore[attr-defined]
    joined = found.loc[list(frame), list(frame)].to_numpy() != 0
    return (joined & ~joined.T) + 0.5 * (joined & joined.T)


def _three_columns(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Levels with a constant column behind them, if they are a pair.

    causal-learn's BDeu takes each of d - 1 possible parents for one with probability 1 / (d - 1). Of a pair
    that is 1, so that the score without an edge is minus infinity and the one with it "not a number", and no
    edge is found. A constant is as likely with any parents.
    """
    return np.pad(codes, ((0, 0), (0, 1))) if codes.shape[1] == 2 else codes


def _bdeu(codes: NDArray[np.int64], endpoints: object) -> float:
    """causal-learn's BDeu of a DAG that its CPDAG stands for."""
    from causallearn.score.LocalScoreFunction import local_score_BDeu
    from causallearn.utils.PDAG2DAG import pdag2dag

    edges = from_endpoints(pdag2dag(endpoints).graph) == 1
    return float(sum(local_score_BDeu(codes, j, list(np.flatnonzero(pa))) for j, pa in enumerate(edges.T)))


def _agrum(frame: pd.DataFrame, method: str) -> Array:
    import pyagrum

    table = _categories(levels(frame)).rename(columns=str)
    learner = pyagrum.BNLearner(table)
    learner.setNumberOfThreads(1)
    getattr(learner, method)()
    found = learner.learnEssentialGraph()
    place = {k: int(name) for k, name in enumerate(learner.names())}
    pattern = np.zeros((len(place), len(place)))
    for tail, head in found.arcs():
        pattern[place[tail], place[head]] = 1
    for one, other in found.edges():
        pattern[place[one], place[other]] = pattern[place[other], place[one]] = 0.5
    return pattern


def _andrey(search: str, frame: pd.DataFrame, **options: int) -> Array:
    """Run a search of andrey, which sees labels as categories and numbers as they are.

    It scores by BDeu where all columns are categories, bool or few whole numbers, by the conditional Gaussian
    BIC where some are, and by the linear Gaussian one where none is.
    """
    import andrey

    columns = {
        str(name): pd.Series(_levels(column).astype(str), dtype="category")
        if _has_labels(column)
        else pd.Series(_numbers(column))
        for name, (_, column) in enumerate(frame.items())
    }
    with _quiet():
        marks = getattr(andrey, search)(pd.DataFrame(columns), **options).structure.to_numpy()
    tail, head = marks == 1, marks == 2  # at the node of the row, on its edge with that of the column
    return (tail & head.T) + 0.5 * (tail & tail.T)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep packages from logging what they do and which types they infer, and from warning of it."""
    loggers = [logging.getLogger(name) for name in ("pgmpy", "bnlearn")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
