"""ADAG: variables are tokens, and their attention is the weighted graph (Yin, Gao, Yu, 2025).

The rows of a domain become the tokens of its variables in two steps: they are condensed to as many rows as
there are variables, with the same second moments, and rotated.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import networkx as nx
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from discovery.adag.data import domain_frame
from discovery.knowledge import Constraints, Knowledge, no_constraints, settled
from discovery.prediction import Prediction
from discovery.search.dags import most_probable_dag
from foundation_causal.errors import InputError
from foundation_causal.graphs import from_adjacency
from foundation_causal.networks.pretrained import Pretrained, load_pretrained, parameter_count, write_card
from foundation_causal.observations import rows_like
from foundation_causal.types import Array

THRESHOLD = 0.3  # of |weight|, as in the paper


class Round(NamedTuple):
    """The state at the end of a round of the augmented Lagrangian, as means over domains."""

    loss: float
    reconstruction: float
    cyclicity: float


class ADAG(Pretrained):
    r"""From the rows of any domain of one family to its weighted adjacency, in one pass.

    With :math:`H_0 \in R^{d \times n}` the normalized data, a token for each variable, layer :math:`l` is

    .. math::
        K_l[i, j] = \frac{P_l[i, j]}{n} \langle W^K_l h_i, W^Q_l h_j \rangle, \qquad
        H_{l+1} = g_l \circ \mathrm{LN}(H_l - K_l^\top H_l)

    and the last layer's kernel, without its diagonal, is the answer :math:`A`. There is no softmax. `LN`
    takes all entries of a domain together, so that the variables keep their relative scales. The variables
    of a family have an identity: :math:`P_l` and :math:`g_l` belong to pairs and to variables, and hold what
    domains share, such as the order.

    `n` is `d` here: the rows of a domain are condensed to `d` rows with the same second moments
    (:func:`condensed`), which is all that the training loss depends on. So domains may have any number of
    rows, and neither the order of rows nor constants added to columns nor a common factor matter. The
    relative units of the columns do matter, as in every least squares score.

    Build one by `fit_adag`.

    Args:
        columns: Names of the variables.
        layers: Number of attention layers, `L`.
        threshold: Magnitude beyond which a weight is an edge.
        architecture: Names the architecture in `config.json`.

    Example:
        >>> ADAG(["a", "b", "c"]).weights(np.random.default_rng(0).normal(size=(10, 3))).shape
        (3, 3)
    """

    def __init__(
        self,
        columns: list[str],
        layers: int = 4,
        threshold: float = THRESHOLD,
        architecture: str = "adag",
    ) -> None:
        super().__init__()
        if architecture != "adag":
            raise ValueError(f"the architecture is '{architecture}'")
        d = len(columns)
        self.columns, self.threshold = list(columns), threshold
        self.queries, self.keys = (nn.Parameter(torch.eye(d).repeat(layers, 1, 1)) for _ in range(2))
        self.positions = nn.Parameter(torch.full((layers, d, d), d**-0.5))
        with torch.no_grad():
            self.positions[:-1] *= 0.1  # a hidden layer starts close to the identity
        self.gains = nn.Parameter(torch.ones(layers, d, 1))
        self.rounds: list[Round] = []  # of the training; empty once loaded

    def forward(self, h: Tensor) -> Tensor:
        """Tokens `[B, d, d]` (variable, condensed row) -> weights `[B, d, d]`, `[i, j]` that of `i -> j`."""
        d, last = h.shape[-1], len(self.positions) - 1
        h = self._normalized(h, 0)
        for layer in range(last):
            h = self._normalized(h - self._kernel(h, layer).transpose(-1, -2) @ h, layer + 1)
        return self._kernel(h, last) * (1 - torch.eye(d, dtype=h.dtype, device=h.device))

    def _kernel(self, h: Tensor, layer: int) -> Tensor:
        causes, effects = h @ self.keys[layer], h @ self.queries[layer]
        return self.positions[layer] * (causes @ effects.transpose(-1, -2)) / h.shape[-1]

    def _normalized(self, h: Tensor, layer: int) -> Tensor:
        return self.gains[layer] * nn.functional.layer_norm(h, h.shape[-2:])

    @torch.no_grad()
    def weights(self, data: pd.DataFrame | NDArray[np.generic]) -> pd.DataFrame:
        """The weighted adjacency of a domain: row `i`, column `j` holds the effect of `i` on `j`.

        Args:
            data: `n` rows (at least 5) of the model's columns in any order; `n` need not be that of training.

        Raises:
            InputError: Other columns than the model's, or rows that cannot be used.
        """
        frame = domain_frame(rows_like(data, self.columns, what="data"))
        values = frame.to_numpy()
        moments = second_moments(values / np.abs(values).max())
        rows = condensed(moments / moments.diagonal().mean())
        # The same rotation each time: one draw of those seen in training.
        turn = rotation(len(self.columns), torch.Generator().manual_seed(0))
        weights = self(tokens(torch.tensor(rows).to(turn), turn)[None])[0].double().numpy()
        return pd.DataFrame(weights, index=self.columns, columns=self.columns)

    def graph(
        self,
        data: pd.DataFrame | NDArray[np.generic],
        *,
        threshold: float | None = None,
        knowledge: Knowledge | None = None,
    ) -> nx.DiGraph:
        """The DAG of a domain: weights beyond the threshold, largest first, leaving out what closes a cycle.

        Its edges carry their weight as the attribute `weight`.

        Args:
            data: `n` rows (at least 5) of the model's columns in any order.
            threshold: Magnitude beyond which a weight is an edge; the model's by default.
            knowledge: What is known of the graph, which it then honours.

        Raises:
            InputError: Other columns than the model's, rows that cannot be used, a threshold that is not
                positive, or knowledge of other columns.
        """
        constraints = None if knowledge is None else knowledge.constraints(self.columns)
        used = self.threshold if threshold is None else threshold
        return weighted_dag(self.weights(data), used, constraints)

    def prediction(
        self, data: pd.DataFrame | NDArray[np.generic], *, knowledge: Knowledge | None = None
    ) -> Prediction:
        """The graph with the interface of `discovery.discover`.

        `probabilities` are `w / (w + threshold)` for a weight of magnitude `w`: an order of the edges, one
        half at the threshold, and not calibrated; 1 and 0 where knowledge settles an edge.

        Args:
            data: `n` rows (at least 5) of the model's columns in any order.
            knowledge: What is known of the graph, which it then honours.

        Raises:
            InputError: Other columns than the model's, rows that cannot be used, or knowledge of other
                columns.
        """
        weights = self.weights(data)
        constraints = (
            no_constraints(len(weights)) if knowledge is None else knowledge.constraints(self.columns)
        )
        size = weights.abs().to_numpy()
        scores = settled(size / (size + self.threshold), constraints)
        graph = weighted_dag(weights, self.threshold, constraints)
        at = {name: place for place, name in enumerate(self.columns)}
        for cause, effect in graph.edges:
            graph.edges[cause, effect]["probability"] = float(scores[at[cause], at[effect]])
        return Prediction(pd.DataFrame(scores, index=self.columns, columns=self.columns), graph)

    def save(self, folder: str | Path) -> None:
        """Write `config.json`, `model.safetensors` and a model card, `README.md`.

        Raises:
            InputError: A folder that cannot be written to.
        """
        self.save_pretrained(folder)
        purpose = "weighted adjacency of one family of linear data sets"
        write_card(folder, card(self), model=self, kind="structure", purpose=purpose)

    @classmethod
    def load(cls, folder: str | Path) -> ADAG:
        """The model that `save` wrote, or one of a hub id.

        Raises:
            InputError: Weights that are missing, broken, not finite, or of another architecture.
        """
        return load_pretrained(cls, folder)


def weighted_dag(
    weights: pd.DataFrame, threshold: float = THRESHOLD, constraints: Constraints | None = None
) -> nx.DiGraph:
    """The DAG of the weights beyond the threshold, largest first, leaving out what closes a cycle.

    Args:
        weights: Row `i`, column `j`: the effect of `i` on `j`, `[d, d]`.
        threshold: Magnitude beyond which a weight is an edge.
        constraints: Edges to insert before all others, and edges to leave out.

    Raises:
        InputError: A threshold that is not positive.

    Example:
        >>> names = ["a", "b"]
        >>> weights = pd.DataFrame([[0, -2.0], [0.5, 0]], index=names, columns=names)
        >>> weighted_dag(weights).edges(data=True)
        OutEdgeDataView([('a', 'b', {'weight': -2.0})])
    """
    if not threshold > 0:
        raise InputError(f"The threshold is {threshold}; give a number above 0.")
    values = weights.to_numpy()
    adjacency = most_probable_dag(np.abs(values), threshold, constraints)
    graph = from_adjacency(adjacency, [str(name) for name in weights.columns])
    for (cause, effect), weight in zip(graph.edges, values[adjacency], strict=True):
        graph.edges[cause, effect]["weight"] = float(weight)
    return graph


def second_moments(rows: Array) -> Array:
    """The covariance `[d, d]` of rows `[n, d]`, with 1/n: all that the reconstruction loss depends on."""
    centred = rows - rows.mean(0)
    return centred.T @ centred / len(rows)


def condensed(moments: Array) -> Array:
    """The `d` rows that have these second moments exactly: their symmetric root times the root of `d`.

    Args:
        moments: Second moments, `[..., d, d]`.

    Returns:
        Rows, `[..., d, d]`.

    Example:
        >>> moments = np.array([[2.0, 1.0], [1.0, 2.0]])
        >>> rows = condensed(moments)
        >>> np.allclose(rows.T @ rows / 2, moments)
        True
    """
    values, vectors = np.linalg.eigh(moments)
    root = vectors * np.sqrt(np.maximum(values, 0))[..., None, :] @ np.swapaxes(vectors, -1, -2)
    return root * np.sqrt(moments.shape[-1])


def rotation(d: int, generator: torch.Generator) -> Tensor:
    """An orthogonal matrix `[d, d]`, uniform over all of them (Mezzadri, 2007)."""
    q, r = torch.linalg.qr(torch.randn(d, d, generator=generator))
    return q * r.diagonal().sign()


def tokens(rows: Tensor, turn: Tensor) -> Tensor:
    """Rows `[..., n, d]`, turned by `turn` `[n, n]` -> one token for each variable, `[..., d, n]`."""
    return (turn @ rows).transpose(-1, -2)


CARD = """---
library_name: foundation-causal
license: mit
tags: [causal-discovery, adag]
---
# ADAG

Weighted adjacency of one family of linear data sets (Yin, Gao, Yu, 2025), by attention among its variables.

- **Variables** ({count}): {columns}.
- **Network**: {layers} layers, {parameters:,} parameters. Edges: weights beyond {threshold:g} in magnitude.
- **Training**: without graphs, on domains of the family.
  {reached}
- **Known limits**: other variables, or domains without what the training domains share, are out of its reach;
  relations are linear; the columns' relative units matter; no latent confounders.
"""


def card(model: ADAG) -> str:
    """The model card, from what was trained and measured."""
    reached = "How it went is not recorded."
    if model.rounds:
        end = model.rounds[-1]
        reached = (
            f"At the end: loss {end.loss:.4g}, of that reconstruction {end.reconstruction:.4g}, "
            f"in noise variances; cyclicity {end.cyclicity:.2g}."
        )
    return CARD.format(
        count=len(model.columns),
        columns=", ".join(model.columns),
        layers=len(model.positions),
        parameters=parameter_count(model),
        threshold=model.threshold,
        reached=reached,
    )
