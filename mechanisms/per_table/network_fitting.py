"""Networks trained from scratch on one data set and its graph: units, held-out rows, the loop, the model."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import torch
from torch import Tensor, nn

from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs import adjacency, check_dag
from foundation_causal.networks.optimizers import warmed_cosine
from foundation_causal.observations import Observations
from foundation_causal.runtime import one_thread
from foundation_causal.types import Array
from mechanisms.mechanism_model import MechanismModel

MIN_TRAINING_ROWS = 30
STATES = 2**17  # of variables in rows, held at once: some hundred megabytes

Loss = Callable[[nn.Module, Tensor, Tensor, Sequence[int]], Tensor]
"""Network, rows [n, d], free entries [n, d] (0 or 1), nodes -> a number."""


@dataclass(frozen=True)
class Training:
    """How a network is trained on one data set.

    Attributes:
        steps: The most steps of AdamW; the learning rate warms up over the first twentieth and falls as a
            cosine towards the last.
        batch: Rows in a step.
        learning_rate: Learning rate at its peak.
        weight_decay: Weight decay of AdamW, on matrices.
        held_out: Share of the rows that the training does not see, by which the best weights are chosen.
        check_every: Steps between looks at the held-out rows.
        patience: Looks without an improvement after which the training stops.
        average: Decay of the running average of the weights, which is what is looked at and kept.
    """

    steps: int = 500
    batch: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    held_out: float = 0.1
    check_every: int = 20
    patience: int = 10
    average: float = 0.98

    def __post_init__(self) -> None:
        check_settings(steps=self.steps, batch=self.batch)
        check_settings(check_every=self.check_every, patience=self.patience)
        if not 0 < self.held_out < 1:
            raise InputError(f"The held-out share is {self.held_out}; give a number between 0 and 1.")
        if not 0 < self.learning_rate < math.inf:
            raise InputError(f"The learning rate is {self.learning_rate}; give a positive number.")


def check_settings(**sizes: int) -> None:
    """Refuse settings that are no whole numbers above 0.

    Raises:
        InputError: A size that is no whole number above 0.
    """
    for name, value in sizes.items():
        if not isinstance(value, int) or value < 1:
            raise InputError(f"The setting '{name}' is {value!r}; give a whole number above 0.")


@dataclass(frozen=True)
class Table:
    """Observations as a network sees them: standardized, rows and columns in an order of their own.

    The columns are sorted by name and the rows are in a random order of their own, so that the user's order
    of columns and rows does not bear on what is learned.

    Attributes:
        graph: The DAG, nodes in the order of the user's columns.
        rows: float32, shape `[n, d]`.
        free: float32, shape `[n, d]`, 0 where the entry was set by an intervention, which says nothing of its
            variable's mechanism, otherwise 1.
        parents: Bool, shape `[d, d]`, `parents[i, j]`: j is a parent of i.
        place: For each of the user's columns its place among the network's.
        centre: Mean of the user's columns.
        scale: Standard deviation of the user's columns.
        level: Mean of each column over its free entries, in units of `scale` from `centre`.
    """

    graph: nx.DiGraph
    rows: Tensor
    free: Tensor
    parents: Tensor
    place: tuple[int, ...]
    centre: Array
    scale: Array
    level: Array

    def made(self, network: Callable[[], nn.Module], seed: int) -> nn.Module:
        """The network with weights drawn from the seed; torch's global random state stays as it was."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return network()


def standardized(data: Observations, graph: nx.DiGraph | None, seed: int) -> Table:
    """The table for a DAG over the data's variables.

    Raises:
        InputError: The graph does not fit the data, or too few rows tell of a variable.
    """
    graph = check_dag(graph, data.names)
    values, free = data.values, data.free
    short = [name for name, rows in zip(data.names, free.sum(0), strict=True) if rows < MIN_TRAINING_ROWS]
    if short:
        raise InputError(
            f"Fewer than {MIN_TRAINING_ROWS} rows tell of the mechanism of {quoted(short)}; give more rows "
            "for a network to learn from, or use the kernel model."
        )
    centre, scale = values.mean(0), values.std(0)
    by_name = np.argsort(np.array(data.names))
    order = np.ix_(data.rows_in_random_order(seed), by_name)
    units = (values - centre) / scale
    return Table(
        graph=graph,
        rows=torch.from_numpy(units[order]).float(),
        free=torch.from_numpy(free[order]).float(),
        parents=torch.from_numpy(adjacency(graph)[np.ix_(by_name, by_name)].T > 0),
        place=tuple(np.argsort(by_name).tolist()),
        centre=centre,
        scale=scale,
        level=(units * free).sum(0) / free.sum(0),
    )


@dataclass(frozen=True)
class NetworkModel(MechanismModel):
    """A network trained on one data set, as a mechanism model in the user's units. A root is its mean.

    Attributes:
        table: What it was trained on.
        network: Rows `[n, d]` and nodes `[k]` -> F at these nodes, `[n, k]`; in the table's order and units.
        losses: Losses on the held-out rows, at every look; empty if there was nothing to learn.
    """

    table: Table
    network: nn.Module
    losses: Sequence[float]

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG."""
        return self.table.graph

    @one_thread()
    @torch.inference_mode()
    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape `[n, d]` -> `[n, len(nodes)]`."""
        table, requested = self.table, list(nodes)
        units = np.tile(table.level[requested], (len(values), 1))
        learned = [k for k, j in enumerate(requested) if table.graph.in_degree(self.names[j])]
        if learned:
            rows = np.empty_like(values, dtype=np.float32)
            rows[:, table.place] = (values - table.centre) / table.scale
            places = [table.place[requested[k]] for k in learned]
            at_once = max(1, STATES // rows.shape[1])
            for start in range(0, len(rows), at_once):
                part = torch.from_numpy(rows[start : start + at_once])
                units[start : start + at_once, learned] = self.network(part, places).numpy()
        return table.centre[requested] + table.scale[requested] * units


def fitted(network: nn.Module, loss: Loss, table: Table, training: Training, seed: int) -> NetworkModel:
    """Train a network on most of the rows, and keep the averaged weights that do best on the others."""
    nodes = table.parents.any(1).nonzero()[:, 0].tolist()
    losses: list[float] = []
    if not nodes:
        return NetworkModel(table, network, losses)
    unseen = max(1, round(training.held_out * len(table.rows)))
    held_out = table.rows[:unseen], table.free[:unseen], nodes
    rows, free = table.rows[unseen:], table.free[unseen:]
    averaged = copy.deepcopy(network)
    best = copy.deepcopy(network.state_dict())
    optimizer = _adamw(network, training)
    random = torch.Generator().manual_seed(seed)
    batches: list[Tensor] = []
    for step in range(1, training.steps + 1):
        if not batches:
            batches = list(torch.randperm(len(rows), generator=random).split(training.batch))
        chosen = batches.pop(0)
        done = step / training.steps
        share = warmed_cosine(done, warm=20 * done, least=0.02)
        for group in optimizer.param_groups:
            group["lr"] = training.learning_rate * share
        optimizer.zero_grad()
        loss(network, rows[chosen], free[chosen], nodes).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        _average(averaged, network, min(training.average, step / (9 + step)))
        if step % training.check_every == 0 or step == training.steps:
            with torch.no_grad():
                losses.append(float(loss(averaged, *held_out)))
            if losses[-1] == min(losses):
                best = copy.deepcopy(averaged.state_dict())
            elif len(losses) - losses.index(min(losses)) > training.patience:
                break
    averaged.load_state_dict(best)
    return NetworkModel(table, averaged, losses)


def _adamw(network: nn.Module, training: Training) -> torch.optim.Optimizer:
    matrices = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    groups: list[dict[str, Any]] = [{"params": matrices}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(
        groups, lr=training.learning_rate, weight_decay=training.weight_decay, betas=(0.9, 0.98)
    )


@torch.no_grad()
def _average(averaged: nn.Module, network: nn.Module, keep: float) -> None:
    for mean, now in zip(averaged.parameters(), network.parameters(), strict=True):
        mean.lerp_(now, 1 - keep)
