"""What the networks say of tables, of one or of a batch of them, without a search."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from discovery.knowledge import Constraints, settled
from discovery.network.edge_transformer import Answers, EdgeTransformer, chances
from discovery.network.hidden_causes import Answer, OpenWorld
from discovery.network.neighbourhoods import read_by_groups
from discovery.network.network_inputs import Inputs, network_inputs
from discovery.preparation import AT_ONCE, Rows, most_rows, thin
from foundation_causal.errors import InputError
from foundation_causal.networks.pretrained import has_arguments, shared_pretrained
from foundation_causal.types import Array

if TYPE_CHECKING:
    from discovery.avici.network import Avici

DEFAULT_MODEL = "edge-transformer"
TYPED_MODEL = "edge-transformer-types"  # which stands in for it where a column is discrete
OPEN_MODEL = "edge-transformer-open-world"  # which tells beside both of hidden causes
EDGE_TRANSFORMERS = (DEFAULT_MODEL, TYPED_MODEL, OPEN_MODEL)
# Of the open world's logits in the pool with the default model's, which was trained on less varied
# tables: where columns are clipped, often zero or spoiled, or noise grows with causes, its directions are
# said .87 and right .80, and the other's .84 and .84 (tables of other seeds than the benchmarks').
# Searches end alike from .5 to 1.
OPEN_WEIGHT = 0.7

ROWS_AT_ONCE = 4000  # of all tables whose statistics are computed together; more leave the caches


class Question(NamedTuple):
    """A table that the network is asked about.

    Attributes:
        rows: The rows, as `rows_of` makes them.
        constraints: Edges that are known to be there, or not to be there.
    """

    rows: Rows
    constraints: Constraints | None = None

    @property
    def alike(self) -> Hashable:
        """What questions that can be asked together have in common; None where one has to stand alone.

        Tables with gaps stand alone, because filling goes on until the last table of a batch is filled, and
        tables with interventions, because those of a batch share which rows are free of them.
        """
        rows = self.rows
        if rows.intervened is not None or np.isnan(rows.values).any():
            return None
        types = rows.levels.tobytes(), rows.ordered.tobytes()
        return rows.values.shape, rows.codes is None, *types, self.constraints is None


def edge_probabilities(
    rows: Rows, model: str | Path = DEFAULT_MODEL, constraints: Constraints | None = None
) -> Array:
    """The network's probability of every edge `[d, d]`, without a search and without hidden causes.

    The arguments are those of :func:`network_answers`.
    """
    return network_answers(rows, model, constraints)[0]


def network_answers(
    rows: Rows,
    model: str | Path = DEFAULT_MODEL,
    constraints: Constraints | None = None,
    confounders: bool = False,
) -> Answer:
    """What the network says of every pair, without a search.

    Args:
        rows: The rows of a table, as `rows_of` makes them.
        model: A bundled model, a model folder, or a hub id.
        constraints: Edges that are known to be there, or not to be there.
        confounders: Whether columns may share hidden causes.

    Returns:
        Probabilities `[d, d]` if there are no hidden causes, 1 and 0 where the constraints settle an edge;
        and what holds if there may be, None if that is not asked for, or the model knows of none.

    Raises:
        InputError: Weights that cannot be used.
    """
    (answer,) = batch_answers([Question(rows, constraints)], model, confounders)
    return answer


def batch_answers(
    questions: Sequence[Question],
    model: str | Path = DEFAULT_MODEL,
    confounders: bool = False,
    device: str | torch.device = "cpu",
) -> list[Answer]:
    """The answers about tables that are :attr:`Question.alike`, in one pass of each network.

    They differ from those of one table at a time by what single precision rounds, some 1e-7. Tables of more
    than `AT_ONCE` columns are read one by one, and in groups of their columns
    (:mod:`discovery.network.neighbourhoods`).

    Args:
        questions: At least one; any number of tables that are alike, or one.
        model: A bundled model, a model folder, or a hub id.
        confounders: Whether columns may share hidden causes.
        device: Where statistics and networks are computed.

    Returns:
        For every table what :func:`network_answers` says of it.

    Raises:
        InputError: Weights that cannot be used.
    """
    source, typed = str(model), questions[0].rows.codes is not None
    network = _on_device(TYPED_MODEL if typed and source == DEFAULT_MODEL else source, str(device))
    if isinstance(network, EdgeTransformer) and questions[0].rows.values.shape[1] > AT_ONCE:

        def ask(rows: Rows, known: Constraints | None) -> Answer:
            ((closed, world),) = batch_answers([Question(rows, known)], model, confounders, device)
            # Nobody reads the tokens of a group, and all groups are held at once.
            return closed, None if world is None else world._replace(tokens=None)

        return [read_by_groups(*question, ask) for question in questions]
    rows = [thin(question.rows, most_rows(question.rows.values.shape[1])) for question in questions]
    constraints = [question.constraints for question in questions]
    knowledge = _knowledge(constraints, device)
    intervened = _stacked([part.intervened for part in rows], device)
    if not isinstance(network, EdgeTransformer):
        filled = _stacked([part.filled for part in rows], device)
        assert filled is not None
        return [
            (p, None) for p in _settled(network.probabilities(filled, intervened, knowledge), constraints)
        ]
    pools = source == DEFAULT_MODEL and not typed
    skeptic = _skeptic(network, source, str(device)) if confounders or pools else None
    levels, ordered = (
        _stacked([getattr(part, name) for part in rows], device) for name in ("levels", "ordered")
    )
    kinds = (levels, ordered) if network.types or skeptic is not None else (None, None)
    values = _stacked([part.values for part in rows], device)
    assert values is not None
    inputs = _inputs(values, intervened, knowledge, *kinds)
    said, opened = _said(network, skeptic, inputs, pools, confounders)
    closed = _settled(said, constraints)
    if opened is None:
        return [(p, None) for p in closed]
    worlds = _open_worlds(opened, constraints, bundled=source in EDGE_TRANSFORMERS)
    return list(zip(closed, worlds, strict=True))


@torch.no_grad()
def _said(
    network: EdgeTransformer, skeptic: EdgeTransformer | None, inputs: Inputs, pools: bool, confounders: bool
) -> tuple[torch.Tensor, Answers | None]:
    """Probabilities `[B, d, d]` without hidden causes, and what holds if there may be some, if that is asked.

    Args:
        network: The one that is asked first.
        skeptic: The one that tells of hidden causes, if any.
        inputs: Of a batch of tables.
        pools: Whether the two say together what holds without hidden causes.
        confounders: Whether hidden causes are asked about.
    """
    if skeptic is None:
        return network.complete_world(inputs), None
    if pools and confounders:
        other, opened = skeptic.both_worlds(inputs)
        return _pool([(network.complete_logits(inputs), 1 - OPEN_WEIGHT), (other, OPEN_WEIGHT)]), opened
    if pools:
        return pooled([(network, 1 - OPEN_WEIGHT), (skeptic, OPEN_WEIGHT)], inputs), None
    return network.complete_world(inputs), skeptic.open_world(inputs) if confounders else None


@torch.no_grad()
def pooled(networks: Sequence[tuple[EdgeTransformer, float]], inputs: Inputs) -> torch.Tensor:
    r"""What several networks say together of tables without hidden causes: a logarithmic opinion pool.

    .. math:: P(s) \propto \prod_k P_k(s)^{w_k} \quad\text{for each state } s \text{ of a pair},

    that is, their logits are averaged (Genest and Zidek, 1986, section 3). A direction that one network takes
    for granted and the other finds open is open in part.

    Args:
        networks: Each with its weight; the weights sum to 1.
        inputs: Of a batch of tables, with types if one of the networks reads them.

    Returns:
        Probability of `i -> j`, `[B, d, d]`.
    """
    return _pool([(network.complete_logits(inputs), weight) for network, weight in networks])


def _pool(parts: Sequence[tuple[torch.Tensor, float]]) -> torch.Tensor:
    """The pool of logits with weights, `[B, d, d]`."""
    return chances(torch.stack([weight * logits for logits, weight in parts]).sum(0))


def _inputs(values: torch.Tensor, *others: torch.Tensor | None) -> Inputs:
    """The features of a batch, computed for so many of its tables at a time as stay near the processor."""
    batch, n = values.shape[:2]
    step = max(1, ROWS_AT_ONCE // n) if values.device.type == "cpu" else batch
    pieces = []
    for k in range(0, batch, step):
        beside = [None if part is None else part[k : k + step] for part in others]
        pieces.append(network_inputs(values[k : k + step], *beside, mirrored=True))
    return Inputs(*(torch.cat(same) for same in zip(*pieces, strict=True)))


def _open_worlds(
    opened: Answers, constraints: Sequence[Constraints | None], *, bundled: bool
) -> list[OpenWorld]:
    """What holds of each table if there may be hidden causes; tokens are kept of the bundled network only."""
    parts = zip(
        _settled(opened.direct, constraints),
        opened.confounded.double().cpu().numpy(),
        opened.familiarity.tolist(),
        opened.tokens.float().cpu().numpy(),
        strict=True,
    )
    return [OpenWorld(*part[:3], tokens=part[3] if bundled else None) for part in parts]


def _knowledge(constraints: Sequence[Constraints | None], device: str | torch.device) -> torch.Tensor | None:
    """What is known as the network reads it, `[B, d, d, 2]`."""
    known = [one for one in constraints if one is not None]
    if not known:
        return None
    off_diagonal = ~np.eye(len(known[0].forbidden), dtype=bool)
    return _stacked([np.stack(one, -1) & off_diagonal[..., None] for one in known], device)


def _stacked(parts: Sequence[NDArray[Any] | None], device: str | torch.device) -> torch.Tensor | None:
    """The parts of all tables in one tensor; None where the first has none."""
    whole = [part for part in parts if part is not None]
    return torch.tensor(np.stack(whole)).to(device) if whole else None


def _settled(answer: torch.Tensor, constraints: Sequence[Constraints | None]) -> list[Array]:
    """Probabilities of each table, from those of a batch."""
    whole = answer.double().cpu().numpy()
    return [p if known is None else settled(p, known) for p, known in zip(whole, constraints, strict=True)]


def _skeptic(network: EdgeTransformer, source: str, device: str) -> EdgeTransformer | None:
    """The network that tells of hidden causes: this one, or a bundled one beside the default."""
    if network.confounders or source != DEFAULT_MODEL:
        return network if network.confounders else None
    other = _on_device(OPEN_MODEL, device)
    assert isinstance(other, EdgeTransformer)
    return other


def _on_device(source: str, device: str) -> EdgeTransformer | Avici:
    """The network on a device; on the processor the one that was loaded."""
    network = loaded_network(source)
    return network if device == "cpu" else _copied(network, device)


@lru_cache(maxsize=4)
def _copied(network: EdgeTransformer | Avici, device: str) -> EdgeTransformer | Avici:
    return deepcopy(network).to(device)


def loaded_network(source: str) -> EdgeTransformer | Avici:
    """The network of this name or folder, read once while its files stay as they are.

    Raises:
        InputError: Weights that cannot be used.
    """
    if source not in EDGE_TRANSFORMERS:  # the others are imported only for what may be one of them
        from discovery.adag.network import ADAG
        from discovery.avici.network import Avici

        if has_arguments(source, Avici):
            return shared_pretrained(Avici, source)
        if has_arguments(source, ADAG):
            raise InputError(
                f"The model '{source}' is an ADAG, which knows one family of tables; apply it with "
                "`foundation-causal adag apply`, or in Python with ADAG.load(folder).graph(data)."
            )
    return shared_pretrained(EdgeTransformer, source)
