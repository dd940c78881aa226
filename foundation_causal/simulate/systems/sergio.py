"""Gene expression of single cells with knock-outs, by the simulator SERGIO.

SERGIO (Dibaeinia and Sinha, Cell Systems 11, 2020) integrates a chemical Langevin equation: the expression
x_j of gene j follows

    dx_j = (P_j - decay x_j) dt + noise (sqrt(P_j) dW + sqrt(decay x_j) dW'),

with independent Wiener processes W and W'. Its production rate P_j is a constant if no gene regulates it, and
otherwise the sum over its regulators i of strength_ij H(x_i) for activation and strength_ij (1 - H(x_i)) for
repression, with the Hill function H(x) = x**hill / (x**hill + h_i**hill). The half response h_i is the
steady-state expression of the regulator in the wild type. Runs use the package sergio-scSIM (GPL-3.0), which
`pip install 'foundation-causal[simulators]'` brings; nothing is read from or written to disk but the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd

from foundation_causal.checks import check_choices, check_number, check_range, check_seed
from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs import check_dag, check_nodes
from foundation_causal.runtime import seeded_globals
from foundation_causal.simulate.systems.gene_networks import DREAM4, draw_subnetwork, read_network
from foundation_causal.types import Array

if TYPE_CHECKING:
    from SERGIO.GRN import GRN

GENES = 8
STEP = 0.01  # units of time between two states; SERGIO's own default


@dataclass(frozen=True)
class Ranges:
    """Where the parameters of one data set are drawn from.

    The defaults are the in-distribution column of Table 3 of ACTIVA (Sauter, Salehkaleybar, Plaat and Acar),
    whose names stand in brackets. Units of expression and time are the simulator's own.

    Attributes:
        production: Bounds of a uniform distribution, expression per time; the constant production rate of a
            gene that nothing regulates, drawn per gene (b).
        strength: Bounds of a uniform distribution, expression per time; the most that one regulator adds to
            the production of one target, drawn per edge (k_param).
        activation: A and b of a Beta distribution, without unit; per regulator, the chance that one of its
            edges activates rather than represses (k_sign).
        hill: Values to choose from, without unit; the exponent, one for all edges (hill).
        decay: Values to choose from, per time; one for all genes (decays).
        noise: Values to choose from, without unit; the amplitude, one for all genes (noise_params).

    Raises:
        InputError: Bounds out of order, or values that are not positive (noise may be 0) or not finite.
    """

    production: tuple[float, float] = (0.0, 1.0)
    strength: tuple[float, float] = (1.0, 5.0)
    activation: tuple[float, float] = (1.0, 1.0)
    hill: tuple[float, ...] = (1.9, 2.0, 2.1)
    decay: tuple[float, ...] = (0.7, 0.8, 0.9)
    noise: tuple[float, ...] = (0.9, 1.0, 1.1)

    def __post_init__(self) -> None:
        for name in ("production", "strength"):
            bounds = getattr(self, name)
            check_range(name, bounds, least=0)
            check_number(f"The upper bound of {name}", bounds[1], above=0)
        for name in ("activation", "hill", "decay"):
            check_choices(name, getattr(self, name), above=0)
        check_choices("noise", self.noise, least=0)


ACTIVA = Ranges()
ACTIVA_OUT = Ranges(
    production=(0.5, 2.0),
    strength=(3.0, 7.0),
    activation=(0.5, 0.5),
    hill=(1.5, 2.5),
    decay=(0.5, 1.5),
    noise=(0.5, 1.5),
)
"""Table 3's out-of-distribution column, which goes with d = 11 genes."""


@dataclass(frozen=True)
class Expression:
    """One simulated experiment.

    Attributes:
        observed: The wild type, `[n, d]`, float64, at least 0.
        knocked_out: For each knocked-out gene, n cells under do(gene = 0), `[n, d]`.
        graph: Acyclic, over the columns, from regulator to target.
        parameters: What was drawn: "production" {gene: rate}, "strength" {regulator: {target: rate, below 0
            for repression}}, "half_response" {regulator: expression}, "hill", "decay", "noise".
    """

    observed: pd.DataFrame
    knocked_out: dict[str, pd.DataFrame]
    graph: nx.DiGraph
    parameters: dict[str, Any]


def sergio(
    *,
    network: str | nx.DiGraph = "dream4",
    d: int | None = None,
    n: int = 30,
    knockouts: bool | Sequence[str] = True,
    seed: int = 0,
    ranges: Ranges = ACTIVA,
    steps_per_cell: int = 15,
    burn_in: int = 50,
    independent: bool = False,
) -> Expression:
    """Simulate n cells of the wild type and of each knock-out, at steady state and without technical noise.

    A knocked-out gene produces nothing, so that its expression is exactly 0; everything else, half responses
    included, stays as in the wild type. Targets that need it go silent, too: their columns are constant 0.

    Cells are snapshots of one trajectory of n * steps_per_cell steps per condition, drawn with replacement,
    as is SERGIO's way, and it takes about 1 / decay units of time for expression to forget itself. So they
    are not independent: the mean of the default 30 cells is as uncertain as that of two independent cells,
    and their variance is half of that at steady state. With steps_per_cell = 300, n cells are worth 0.6 n.

    Args:
        network: "dream4" (one of five real networks at random), another name that
            :func:`~foundation_causal.simulate.systems.gene_networks.read_network` knows, or a graph of
            your own.
        d: The number of genes; a connected acyclic part of the network is drawn. None takes 8 genes of a
            named network and all genes of a graph, which must then be acyclic.
        n: Cells per condition.
        knockouts: True for every gene, False for none, or the names of the genes. `observed` does not depend
            on them.
        seed: Fixes the genes, the parameters and the cells, bit for bit.
        ranges: Where parameters are drawn from.
        steps_per_cell: Steps of 0.01 units of time per cell, at least 1; AVICI, whose version of SERGIO
            ACTIVA used, takes 15.
        burn_in: Steps before the first cell, from the steady state that the equation has without noise.
        independent: Take each cell from a trajectory of its own. Genes and parameters are those of the same
            seed without it, and the cells are others. It needs n times the memory.

    Raises:
        InputError: An unknown network or gene, too few genes, a cycle, a size out of range, or no SERGIO.

    >>> data = sergio(d=4, n=5, seed=1)
    >>> data.observed.shape, len(data.knocked_out)
    ((5, 4), 4)
    >>> gene = list(data.graph)[0]
    >>> bool((data.knocked_out[gene][gene] == 0).all())
    True
    """
    for name, size in (("d", GENES if d is None else d), ("n", n), ("steps_per_cell", steps_per_cell)):
        check_number(name, size, least=1, whole=True)
    check_number("burn_in", burn_in, least=0, whole=True)
    check_seed(seed)
    random = np.random.default_rng(seed)
    graph = _regulation(network, d, random)
    genes = list(graph)
    off = _knocked_out(knockouts, genes)
    drawn = _draw(graph, ranges, random)
    length = {"nCells": int(n), "safety_iter": burn_in, "scale_iter": steps_per_cell}
    times = int(n) if independent else 1
    dependent_seed, independent_seed = (int(random.integers(2**32)) for _ in range(2))
    with seeded_globals(independent_seed if independent else dependent_seed):
        wild = _grn(graph, drawn, [None] * times)
        half_response = {gene: float(wild.attr_["genes"][gene].ss_conc_[0]) for gene in genes if graph[gene]}
        drawn["half_response"] = half_response
        (observed,) = _cells(wild, drawn["noise"], length, times)
        each = [gene for gene in off for _ in range(times)]
        mutants = _cells(_grn(graph, drawn, each), drawn["noise"], length, times) if off else []
    return Expression(observed, dict(zip(off, mutants, strict=True)), graph, drawn)


def _regulation(network: str | nx.DiGraph, d: int | None, random: np.random.Generator) -> nx.DiGraph:
    """The acyclic graph to simulate."""
    if isinstance(network, str):
        name = DREAM4[random.integers(len(DREAM4))] if network == "dream4" else network
        return draw_subnetwork(read_network(name), d or GENES, random, name=f"'{name}'")
    if d is not None:
        return draw_subnetwork(check_nodes(network), d, random)
    graph = check_dag(network)
    if not len(graph):
        raise InputError("The network has no genes; give a graph with at least one node.")
    return graph


def _knocked_out(knockouts: bool | Sequence[str], genes: list[str]) -> list[str]:
    if isinstance(knockouts, bool):
        return genes if knockouts else []
    if isinstance(knockouts, str):
        raise InputError(f"knockouts is the text '{knockouts}'; give a list of genes, or True for all.")
    unknown = [gene for gene in knockouts if gene not in genes]
    if unknown:
        raise InputError(f"knockouts names {quoted(unknown)}; choose among the genes {quoted(genes)}.")
    return list(dict.fromkeys(knockouts))


def _draw(graph: nx.DiGraph, ranges: Ranges, random: np.random.Generator) -> dict[str, Any]:
    """The parameters of one data set, as AVICI's generator draws them."""
    production = {gene: float(random.uniform(*ranges.production)) for gene in graph if not graph.pred[gene]}
    strength: dict[str, dict[str, float]] = {}
    for gene in graph:
        if graph[gene]:
            activation = random.beta(*ranges.activation)
            strength[gene] = {
                target: float(random.uniform(*ranges.strength)) * (1 if random.random() < activation else -1)
                for target in graph[gene]
            }
    return {
        "production": production,
        "strength": strength,
        "hill": float(random.choice(ranges.hill)),
        "decay": float(random.choice(ranges.decay)),
        "noise": float(random.choice(ranges.noise)),
    }


def _grn(graph: nx.DiGraph, drawn: dict[str, Any], off: Sequence[str | None]) -> GRN:
    """SERGIO's network at its noise-free steady state, one cell type for each entry of `off`.

    Cell types are independent of each other, and SERGIO advances all at once, so a condition is a cell type:
    in the one of gene g, g produces nothing. Half responses are estimated if `drawn` lacks them.
    """
    try:
        from SERGIO.GRN import GRN, Gene, SingleInteraction
        from SERGIO.MR import mrProfile
    except ModuleNotFoundError as error:
        raise InputError(
            f"SERGIO needs the package '{error.name}', which is not installed; "
            "pip install 'foundation-causal[simulators]'."
        ) from None

    class Switched(Gene):
        """A gene that can be off in some cell types."""

        def __init__(self, name: str, decay: float) -> None:
            super().__init__(name, decay)
            self.on = np.array([gene != name for gene in off], dtype=np.float64)

        def _calc_prod(self, cTypes: list[int], regs_conc: str = "ss") -> Array:
            produced: Array = super()._calc_prod(cTypes, regs_conc) * self.on[cTypes]
            return produced

    grn = GRN()
    genes = {gene: grn._add_gene(Switched(gene, drawn["decay"])) for gene in graph}
    half_response = drawn.get("half_response", {})
    for source, targets in drawn["strength"].items():
        for target, strength in targets.items():
            grn.add_interaction(
                SingleInteraction(
                    [genes[source]], genes[target], strength, half_response.get(source), drawn["hill"]
                )
            )
    grn.setMRs()
    masters = mrProfile(grn.get_mrs(), len(off))
    for gene, rate in drawn["production"].items():
        masters.profile[gene][:] = rate
    grn.init(masters, update_half_resp=not half_response)
    return grn


def _cells(grn: GRN, noise: float, length: dict[str, int], times: int = 1) -> list[pd.DataFrame]:
    """Expression in each condition, `[n, d]` each.

    Conditions have `times` cell types each, one after another: one, or one for each cell.
    """
    from SERGIO import sergio as Simulator

    class AtOnce(Simulator):
        """SERGIO's simulator; a step is taken for all genes at once, and no state is copied to append one."""

        def _simulate_ss(self, nCells: Array, noise_ss: float, **length: float) -> None:
            steps = int(length["safety_iter"] + nCells.max() * length["scale_iter"])
            states = _trajectory(self.grn_, noise_ss, length["dt"], steps)
            for gene, columns in zip(
                self.grn_.attr_["genes"].values(), states.transpose(1, 2, 0), strict=True
            ):
                gene.sim_conc_.update(enumerate(columns))

    simulator = AtOnce(grn)
    simulator.simulate(noise_s=noise, dt=STEP, **length)
    table = simulator.getSimExpr()  # genes in rows, the cells of one cell type after those of another
    values = np.split(table.to_numpy(dtype=np.float64).T[::times], grn.nCellTypes_ // times)
    return [pd.DataFrame(cells, columns=list(table.index)) for cells in values]


def _trajectory(grn: GRN, noise: float, dt: float, steps: int) -> Array:
    """The states of all genes in all cell types, `[1 + steps, d, cell types]`.

    Bit for bit those of SERGIO's own steps: as many numbers come from NumPy's global generator in the same
    order, and the same terms are added up in the same order.
    """
    genes = list(grn.attr_["genes"].values())
    edges = list(grn.attr_["interactions"].values())
    place = {gene.name_: i for i, gene in enumerate(genes)}
    sources = list(dict.fromkeys(place[edge.reg_[0].name_] for edge in edges))
    activation, repression = np.zeros((2, len(sources), len(genes), 1))
    half = np.ones((len(sources), 1))
    hill = edges[0].n_ if edges else 1.0  # one for all edges; NumPy squares exactly only by a plain number
    for edge in edges:
        i, j = sources.index(place[edge.reg_[0].name_]), place[edge.tar_.name_]
        (activation if edge.k_ > 0 else repression)[i, j] = abs(edge.k_)
        half[i] = np.power(edge.h_, hill)
    on = np.array([gene.on for gene in genes])
    constant = np.array([gene.prod_rates_ if gene.isMR_ else np.zeros(on.shape[1]) for gene in genes])
    decay = np.array([[gene.decay_] for gene in genes])
    states = np.empty((1 + steps, *on.shape))
    states[0] = [np.maximum(gene.ss_conc_, 0) for gene in genes]
    for step in range(steps):
        x = states[step]
        power = np.power(x[sources], hill)
        response = (power / (power + half))[:, None]
        produced = on * (constant + (activation * response + repression * (1 - response)).sum(0))
        lost = decay * x
        made, gone = np.random.normal(size=(2, *on.shape))  # noqa: NPY002
        shaken = (np.sqrt(produced) * made + np.sqrt(lost) * gone) * noise * np.sqrt(dt)
        np.maximum(x + (produced - lost) * dt + shaken, 0, out=states[step + 1])
    return states
