"""The generator of causal graphs and data of the package cdt (Kalainathan and Goudet, arXiv:1903.02278)."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable
from typing import Any, Literal, TypeAlias, get_args

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from foundation_causal.checks import check_number, check_seed
from foundation_causal.datasets import Dataset
from foundation_causal.errors import InputError
from foundation_causal.runtime import seeded_globals

Mechanism = Literal["linear", "polynomial", "sigmoid_add", "sigmoid_mix", "gp_add", "gp_mix", "nn"]
Noise = Literal["gaussian", "uniform"]
Draw: TypeAlias = Callable[[int], npt.NDArray[Any]]  # so many numbers

LOUDEST = 1000.0  # nothing is left of the parents long before values overflow
ABOUT = """
Simulated by AcyclicGraphGenerator of the package cdt (MIT licence; Kalainathan and Goudet,
arXiv:1903.02278): {mechanism} mechanisms on an Erdos-Renyi graph, {noise} noise at level {level:g}, roots
from a mixture of Gaussians {roots}, seed {seed}. Known problems: every column is standardized before its
children are computed, so scales tell nothing of the order; {oddity}.
"""
ODDITIES = {
    "linear": "all weights lie between 0 and 1",
    "polynomial": "what a parent adds is cut off at -1 and 1, and half of the nodes multiply by their noise",
    "sigmoid_add": "all parents share one function, and the noise is added once per parent and once more",
    "sigmoid_mix": "parents and noise act through their sum, and the parents' weights are all 1",
    "gp_add": "the fifth parent of a node and all later ones share one function",
    "gp_mix": "the function is drawn at the rows themselves, so it cannot be evaluated elsewhere",
    "nn": "most mechanisms are nearly linear, as the network keeps its small initial weights",
}


def cdt_scm(
    mechanism: Mechanism,
    *,
    d: int = 10,
    n: int = 500,
    seed: int = 0,
    expected_degree: float = 1.0,
    noise: Noise = "gaussian",
    noise_level: float = 0.4,
    shuffle_roots: bool = True,
) -> Dataset:
    """Draw a graph and rows from cdt's AcyclicGraphGenerator.

    The generator groups the rows of every root by the component of its mixture. Roots, which should be
    independent, thereby share a trend over the rows: at n = 500 two of them correlate by 0.33 on average
    in absolute value, where chance gives 0.04. `shuffle_roots` permutes the rows of each root to mend this;
    False leaves the generator as it is.

    Args:
        mechanism: One for all nodes. The two Gaussian processes ("gp_add", "gp_mix") take time of order n**3.
        d: Variables, at least 2, called V0 to V{d-1}.
        n: Rows, at least 2.
        seed: Fixes the graph and the rows, bit for bit.
        expected_degree: The expected number of edges per variable, at most (d - 1) / 2. (cdt's default is 3,
            which no graph below 7 variables has.)
        noise: Noise of the nodes with parents. Per node, its spread is uniform between 0 and 1 times
            `noise_level` and its mean is 2 or -2 times `noise_level`.
        noise_level: The `noise_coeff` of cdt, from 0 to 1000. At 0, a "polynomial" node that multiplies by
            its noise is constant.
        shuffle_roots: Whether to make the roots independent.

    Returns:
        Columns of mean 0 and variance 1, and their graph, which may leave variables alone.

    Raises:
        InputError: An unknown name, or a size, degree or level out of range.

    >>> data = cdt_scm("linear", d=5, n=100, seed=1)
    >>> data.frame.shape, list(data.graph) == list(data.frame)
    ((100, 5), True)
    """
    _check(mechanism, d, n, seed, expected_degree, noise, noise_level)
    sizes = {"npoints": n, "nodes": d, "expected_degree": expected_degree, "noise_coeff": noise_level}
    frame, drawn = _generated(mechanism, noise, seed, shuffle_roots, sizes)
    frame = frame.astype(np.float64)
    graph = nx.DiGraph()
    graph.add_nodes_from(frame.columns)
    graph.add_edges_from(drawn.edges)  # without cdt's weights, which are all 1
    order = (
        "in random order" if shuffle_roots else "whose rows are grouped by component, which correlates them"
    )
    about = ABOUT.format(
        mechanism=mechanism,
        noise=noise,
        level=noise_level,
        roots=order,
        seed=seed,
        oddity=ODDITIES[mechanism],
    )
    return Dataset(f"cdt-{mechanism}", frame, graph, " ".join(about.split()))


def _generated(
    mechanism: Mechanism, noise: Noise, seed: int, shuffle_roots: bool, sizes: dict[str, Any]
) -> tuple[pd.DataFrame, nx.DiGraph]:
    """Rows and graph as cdt returns them, in silence."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cdt has not followed NumPy's deprecations
        with seeded_globals(seed):  # the first import of cdt and what it needs draws numbers, too
            from cdt.data import AcyclicGraphGenerator
            from cdt.data.causal_mechanisms import gmm_cause, normal_noise, uniform_noise

        draw_noise = {"gaussian": normal_noise, "uniform": uniform_noise}[noise]
        with seeded_globals(seed):
            generator = AcyclicGraphGenerator(
                mechanism,
                # This mechanism puts single noises where NumPy 2.4 no longer takes arrays of length 1.
                noise=_flat(draw_noise) if mechanism == "sigmoid_mix" else draw_noise,
                initial_variable_generator=_shuffled(gmm_cause) if shuffle_roots else gmm_cause,
                dag_type="erdos",
                **sizes,
            )
            frame, graph = generator.generate()
            return frame, graph


def _shuffled(draw: Draw) -> Draw:
    return lambda points: np.random.permutation(draw(points))  # noqa: NPY002


def _flat(draw: Draw) -> Draw:
    return lambda points: draw(points).ravel()


def _check(
    mechanism: str, d: int, n: int, seed: int, expected_degree: float, noise: str, noise_level: float
) -> None:
    for what, given, known in (
        ("mechanism", mechanism, get_args(Mechanism)),
        ("noise", noise, get_args(Noise)),
    ):
        if given not in known:
            raise InputError(f"There is no {what} '{given}' in cdt; choose one of {', '.join(known)}.")
    for what, size in (("d", d), ("n", n)):
        check_number(what, size, least=2, whole=True)
    check_seed(seed)
    if not 0 <= expected_degree <= (d - 1) / 2:
        raise InputError(
            f"expected_degree is {expected_degree:g} edges per variable, but {d} variables allow from 0 to "
            f"{(d - 1) / 2:g}; give one in this range or a larger d."
        )
    if not 0 <= noise_level <= LOUDEST:
        raise InputError(f"noise_level is {noise_level:g}; give a number from 0 to {LOUDEST:g}.")
