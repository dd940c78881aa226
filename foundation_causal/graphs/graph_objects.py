"""What users hold as a graph: objects of other packages, lists of pairs, dictionaries and matrices.

Classes of other packages are told by the name of their module, so that none of them is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from networkx.classes.reportviews import OutEdgeView

from foundation_causal.checks import as_float, as_list
from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs.edge_marks import (
    ATTRIBUTE,
    BIDIRECTED,
    DIRECTED,
    UNDIRECTED,
    Drawing,
    Marks,
    backward,
    check_marks_option,
    joined,
    refuse_marks,
    shown,
)
from foundation_causal.graphs.mixed_graph import MixedGraph

EDGE_HEADERS = (("cause", "effect"), ("from", "to"), ("source", "target"))
WEIGHT = "weight"
CAUSALLEARN_ENDS = {-1: "-", 1: ">", 2: "o"}  # an entry is the mark at the end of its row
AMBIGUOUS = (
    "is a dictionary, which may name each variable's causes or its effects; say which by "
    "as_graph(parents=...) or as_graph(children=...)."
)


def to_digraph(given: Any, names: Sequence[str] | None = None, marks: Marks = "refuse") -> nx.DiGraph:
    """What a user gave as a graph, as a networkx.DiGraph.

    Args:
        given: See :func:`foundation_causal.graphs.as_graph`.
        names: The variables, which lists of edges and matrices without labels do not name.
        marks: As for :meth:`foundation_causal.graphs.edge_marks.Drawing.digraph`.

    Raises:
        InputError: It is no graph, or not a directed one.
    """
    check_marks_option(marks)
    if isinstance(given, MixedGraph):
        given = given.to_networkx()
    try:
        if _is_plain(given):
            if marks == "refuse":
                refuse_marks(given)
            return given
        if marks == "refuse":
            _refuse_undirected(given)
        return _drawing(given, names).digraph(names, marks)
    except InputError as error:
        text = str(error)
        # Shared with the readers of files, which say in front which file "it" is.
        raise InputError(f"The graph {text[3:]}" if text.startswith("it ") else text) from error


def names_as_text(names: object) -> list[str] | None:
    """The variables that a caller named, as text; None where none are named.

    Raises:
        InputError: It is no list of names.
    """
    if names is None:
        return None
    try:
        return [str(name) for name in names]  # type: ignore[attr-defined]
    except TypeError:  # an array without dimensions says that it can be iterated over, and cannot
        raise InputError(f"names is of the type {type(names).__name__}; give a list of names.") from None


def drawing_of_mapping(mapping: object, *, towards: str) -> Drawing:
    """The edges of a dictionary from each variable to its "parents" or to its "children".

    Raises:
        InputError: It is no dictionary of lists.

    >>> drawing_of_mapping({"y": ["a", "b"]}, towards="parents").edges[0]
    ('a', '-->', 'y', {})
    """
    if not isinstance(mapping, Mapping):
        raise InputError(
            f"{towards} is of the type {type(mapping).__name__}; give a dictionary from names to lists."
        )
    drawing = Drawing(complete=False)
    for name, others in mapping.items():
        if (listed := as_list(others)) is None:
            raise InputError(f"The {towards} of {quoted([name])} are no list; give a list of names.")
        drawing.node(name)
        for other in listed:
            cause, effect = (other, name) if towards == "parents" else (name, other)
            drawing.edge(cause, DIRECTED, effect)
    return drawing


def drawing_of_pairs(pairs: Iterable[Any]) -> Drawing:
    """The edges of a list of pairs (cause, effect), or triples with a dictionary of attributes.

    Raises:
        InputError: Something in it is neither.
    """
    drawing = Drawing(complete=False)
    for pair in pairs:
        listed = list(pair) if isinstance(pair, Sequence | np.ndarray) and not isinstance(pair, str) else []
        if len(listed) == 3 and isinstance(listed[2], Mapping):
            drawing.edge(listed[0], DIRECTED, listed[1], dict(listed[2]))
        elif len(listed) == 2 and all(map(_is_name, listed)):
            drawing.edge(listed[0], DIRECTED, listed[1])
        else:
            raise InputError(f"it has {pair!r:.80} among its edges; give pairs of names (cause, effect).")
    return drawing


def drawing_of_table(table: pd.DataFrame) -> Drawing:
    """The edges of a table with the columns cause and effect, and perhaps weight, one edge a row.

    Raises:
        InputError: Other columns, a weight that is zero or missing, or an edge with one end.
    """
    header = [str(name).strip() for name in table.columns]
    odd = [name for name in header[2:] if name.lower() != WEIGHT]
    if odd or len(header) > 3:
        raise InputError(
            f"its list of edges has more columns than {header[0]} and {header[1]}; leave out "
            f"{quoted(odd or header[2:])}, and the edges that are not meant."
        )
    drawing = Drawing(complete=False)
    for line in table.itertuples(index=False):
        cause, effect = ("" if pd.isna(end) else str(end).strip() for end in line[:2])
        if not (cause and effect):
            raise InputError(f"the edge '{cause}' -> '{effect}' has one end only; name both or leave it out.")
        drawing.edge(cause, DIRECTED, effect, {WEIGHT: _weight(line[2], cause, effect)} if header[2:] else {})
    return drawing


def is_edge_table(table: pd.DataFrame) -> bool:
    """Whether the first two columns are called as the ends of edges are."""
    return tuple(str(name).strip().lower() for name in table.columns[:2]) in EDGE_HEADERS


def matrix_drawing(matrix: Any, names: Sequence[str] | None) -> Drawing:
    """The edges of a 0/1 matrix `[d, d]`, `A[i, j] = 1` for i -> j; without names its nodes are X1 ... Xd.

    Raises:
        InputError: It is not square, does not fit the names, or holds something other than 0 and 1.
    """
    values = np.asarray(matrix)
    known = names_as_text(names)
    if known is None:
        known = [f"X{j + 1}" for j in range(len(values) if values.ndim else 0)]
    if len(set(known)) < len(known):
        raise InputError("Two variables of the graph have the same name; give each its own.")
    if values.shape != (len(known), len(known)):
        raise InputError(
            f"The adjacency matrix has the shape {values.shape}; give {len(known)} rows and columns."
        )
    if not np.isin(values, [0, 1]).all():
        raise InputError("The adjacency matrix holds something other than 0 and 1; threshold it first.")
    drawing = Drawing({name: {} for name in known})
    for i, j in np.argwhere(values.astype(bool)):
        drawing.edge(known[i], DIRECTED, known[j])
    return drawing


def _is_plain(given: object) -> bool:
    """Whether it is a directed graph of networkx, or of a package that builds on it, with single edges."""
    return (
        isinstance(given, nx.DiGraph) and not given.is_multigraph() and not hasattr(given, "undirected_edges")
    )


def _refuse_undirected(given: object) -> None:
    """Refuse a graph none of the edges of which has a direction, which says more than naming one of them."""
    undirected = isinstance(given, nx.Graph) and not given.is_directed()
    if undirected and not nx.get_edge_attributes(given, ATTRIBUTE):
        raise InputError(
            f"it is of the type {type(given).__name__}, which is undirected; give a networkx.DiGraph, the "
            "edges of which lead from cause to effect."
        )


def _drawing(given: Any, names: Sequence[str] | None) -> Drawing:
    if isinstance(given, nx.Graph):
        return _networkx(given)
    for package, read in PACKAGES.items():
        if _is_from(given, package):
            return read(given, names)
    if isinstance(given, pd.DataFrame):
        return drawing_of_table(given) if is_edge_table(given) else _labelled_matrix(given)
    if hasattr(given, "toarray"):  # a sparse matrix
        return matrix_drawing(given.toarray(), names)
    if isinstance(given, np.ndarray):
        return _marked_array(given, names) if given.dtype.kind in "UO" else matrix_drawing(given, names)
    if isinstance(given, list | tuple | set | frozenset | OutEdgeView):
        return _listed(list(given), names)
    if isinstance(given, Mapping):
        array = given.get("graph")
        if isinstance(array, np.ndarray):  # what tigramite's methods return
            return _marked_array(array, names)
        raise InputError(f"it {AMBIGUOUS}")
    if isinstance(given, str):
        how = "parse_graph reads text" if set(given) & set("{[~\n") else "read_graph reads files"
        raise InputError(f"it is the text {quoted([given])}; {how}.")
    raise InputError(
        f"it is of the type {type(given).__name__}; give a networkx.DiGraph, pairs (cause, effect), a 0/1 "
        "matrix or a graph of a known package."
    )


def _is_from(given: object, package: str) -> bool:
    """Whether the class of an object, or one that it builds on, is defined in a package."""
    return any(f"{kind.__module__}.".startswith(f"{package}.") for kind in type(given).__mro__)


def _listed(given: list[Any], names: Sequence[str] | None) -> Drawing:
    """Pairs, or the rows of a matrix."""
    rows = [
        row for row in given if isinstance(row, list | tuple) and all(isinstance(v, int | float) for v in row)
    ]
    if len(rows) == len(given) > 0 and all(len(row) == len(given) for row in rows):
        if len(given) == 2:
            raise InputError(
                "it is two pairs of numbers, which may be edges or a matrix; give edges by their names, or a "
                "NumPy array."
            )
        return matrix_drawing(given, names)
    return drawing_of_pairs(given)


def _networkx(graph: nx.Graph) -> Drawing:
    """Undirected graphs, those with parallel edges, and what pgmpy makes of both."""
    drawing = Drawing({str(node): dict(values) for node, values in graph.nodes(data=True)})
    undirected = {frozenset(edge) for edge in getattr(graph, "undirected_edges", ())}  # of pgmpy's PDAG
    seen = set()
    for left, right, values in graph.edges(data=True):
        marks, values = DIRECTED if graph.is_directed() else UNDIRECTED, dict(values)
        ends = values.pop(ATTRIBUTE, None)
        if isinstance(ends, Mapping):  # of pgmpy's MAG: the mark at each end
            marks = joined(ends[left], ends[right])
        elif isinstance(ends, str):
            marks = ends
        elif values.get("type") == "bidirected" and graph.is_multigraph():  # of pgmpy's ADMG, there both ways
            marks = BIDIRECTED
        elif frozenset((left, right)) in undirected:
            marks = UNDIRECTED
        if graph.is_directed() and marks in (UNDIRECTED, BIDIRECTED):
            if (frozenset((left, right)), marks) in seen:
                continue
            seen.add((frozenset((left, right)), marks))
        drawing.edge(left, marks, right, values)
    return drawing


def _prediction(prediction: Any, names: Sequence[str] | None) -> Drawing:
    del names
    graph = getattr(prediction, "graph", None)
    if not isinstance(graph, nx.DiGraph):
        raise InputError(f"it is of the type {type(prediction).__name__}; give its graph.")
    return _networkx(graph)


def _causallearn(given: Any, names: Sequence[str] | None) -> Drawing:
    """A GeneralGraph, or the CausalGraph that PC returns."""
    graph = getattr(given, "G", given)
    if not hasattr(graph, "get_node_names"):
        raise InputError(f"it is of the type {type(given).__name__}; give its GeneralGraph.")
    nodes = graph.get_node_names()
    ends, drawing = np.asarray(graph.graph), Drawing({str(node): {} for node in nodes})
    for i, j in zip(*np.triu_indices(len(nodes), 1), strict=True):
        first, second = ends[i, j], ends[j, i]
        if not (first or second):
            continue
        if first not in CAUSALLEARN_ENDS or second not in CAUSALLEARN_ENDS:
            raise InputError(
                f"it has two edges between {quoted([nodes[i], nodes[j]])}; leave out the bidirected one."
            )
        drawing.edge(nodes[i], joined(CAUSALLEARN_ENDS[first], CAUSALLEARN_ENDS[second]), nodes[j])
    return drawing


def _castle(given: Any, names: Sequence[str] | None) -> Drawing:
    """A learner of gcastle, or its matrix, in which an undirected edge stands twice."""
    matrix = given if isinstance(given, np.ndarray) else getattr(given, "causal_matrix", None)
    if matrix is None:
        raise InputError(f"it is a {type(given).__name__} that has learnt nothing; call its learn first.")
    columns: Any = getattr(matrix, "columns", None)
    labelled = columns is not None and not isinstance(columns, pd.RangeIndex) and len(columns) == len(matrix)
    drawing = matrix_drawing(np.asarray(matrix), list(columns) if labelled else names)
    return _both_ways_undirected(drawing)


def _both_ways_undirected(drawing: Drawing) -> Drawing:
    """The drawing with one undirected edge for every two that lead there and back."""
    there = {(left, right) for left, _, right, _ in drawing.edges}
    edges = [
        (left, UNDIRECTED if (right, left) in there else marks, right, values)
        for left, marks, right, values in drawing.edges
        if (right, left) not in there or left <= right
    ]
    return Drawing(drawing.nodes, edges, drawing.complete)


def _marked_array(array: Any, names: Sequence[str] | None) -> Drawing:
    """Tigramite's array of marks `[d, d]` or `[d, d, lags]`, the edge from the row to the column."""
    marks = array[:, :, None] if array.ndim == 2 else array
    if marks.ndim != 3 or marks.shape[0] != marks.shape[1]:
        raise InputError(f"The array of marks has the shape {array.shape}; give [d, d] or [d, d, 1].")
    if not all(isinstance(mark, str) for mark in marks.flat):
        raise InputError("The array holds something that is neither a number nor text; give a 0/1 matrix.")
    if (marks[:, :, 1:] != "").any():
        raise InputError("it has edges from earlier time steps; give one without lags.")
    known = [f"X{j + 1}" for j in range(len(marks))] if names is None else [str(name) for name in names]
    if len(known) != len(marks):
        raise InputError(f"The array of marks has {len(marks)} variables; give {len(known)}.")
    drawing = Drawing({name: {} for name in known})
    for i, j in zip(*np.triu_indices(len(known), 1), strict=True):
        if marks[i, j, 0] or marks[j, i, 0]:
            drawing.edge(known[i], marks[i, j, 0] or backward(marks[j, i, 0]), known[j])
    return drawing


def _pyagrum(given: Any, names: Sequence[str] | None) -> Drawing:
    del names
    if not (hasattr(given, "arcs") and hasattr(given, "variable")):
        raise InputError(f"it is of the type {type(given).__name__}; give a pyagrum.BayesNet.")
    called = {node: given.variable(node).name() for node in sorted(given.nodes())}
    drawing = Drawing({name: {} for name in called.values()})
    for cause, effect in sorted(given.arcs()):
        drawing.edge(called[cause], DIRECTED, called[effect])
    return drawing


def _dowhy(given: Any, names: Sequence[str] | None) -> Drawing:
    """A CausalModel, its CausalGraph, or a model of dowhy.gcm."""
    del names
    for _ in range(3):
        if isinstance(given, nx.DiGraph):
            return _networkx(given)
        given = getattr(given, "graph", None) or getattr(given, "_graph", None)
    raise InputError("it is an object of dowhy without a graph; give its networkx.DiGraph.")


def _igraph(given: Any, names: Sequence[str] | None) -> Drawing:
    del names
    nodes = given.vs["name"] if "name" in given.vs.attributes() else range(given.vcount())
    drawing = Drawing({str(node): {} for node in nodes})
    if len(drawing.nodes) < given.vcount():
        raise InputError("The graph has two nodes that read the same as text; give each its own name.")
    for edge in given.es:
        marks = DIRECTED if given.is_directed() else UNDIRECTED
        drawing.edge(nodes[edge.source], marks, nodes[edge.target], edge.attributes())
    return drawing


def _torch_geometric(data: Any, names: Sequence[str] | None) -> Drawing:
    del names
    d = int(data.num_nodes or 0)
    called = [str(name) for name in data["names"]] if "names" in data else [f"X{j + 1}" for j in range(d)]
    if len(called) != d or len(set(called)) < d:
        raise InputError(
            f"The graph has {d} nodes and {len(set(called))} different names; give each its own."
        )
    drawing = Drawing({name: {} for name in called})
    index = np.zeros((2, 0), dtype=int) if data.edge_index is None else data.edge_index.cpu().numpy()
    if index.size and not 0 <= index.min() <= index.max() < d:
        raise InputError(f"it has an edge to the node {index.max()} of {d}; number them from 0 on.")
    for i, j in index.T:
        drawing.edge(called[i], DIRECTED, called[j])
    return drawing


def _lingam(given: Any, names: Sequence[str] | None) -> Drawing:
    raise InputError(
        f"it is a {type(given).__name__} of lingam, the matrix of which leads from column to row; give "
        "graph_from_lingam(...)."
    )


# Those that build on networkx are told by that.
PACKAGES: dict[str, Callable[[Any, Sequence[str] | None], Drawing]] = {
    "discovery": _prediction,
    "causallearn": _causallearn,
    "castle": _castle,
    "pyagrum": _pyagrum,
    "pyAgrum": _pyagrum,
    "dowhy": _dowhy,
    "igraph": _igraph,
    "torch_geometric": _torch_geometric,
    "lingam": _lingam,
}


def lingam_drawing(given: Any, names: Sequence[str] | None) -> Drawing:
    """The edges of lingam's matrix of weights `[d, d]`: from the column's variable to the row's.

    Raises:
        InputError: It is not square or no matrix of numbers, or NaN leaves the direction of a pair open.
    """
    labels = None
    matrix = getattr(given, "adjacency_matrix_", given)
    if matrix is None:
        raise InputError(f"it is a {type(given).__name__} that has learnt nothing; call its fit first.")
    if isinstance(matrix, pd.DataFrame):
        labels = _labels(matrix)
        matrix = matrix.to_numpy()
    try:
        weights = np.asarray(matrix, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputError("its weights are not all numbers; give a matrix [d, d] of floats.") from None
    if weights.ndim != 2 or weights.shape[0] != weights.shape[1]:
        raise InputError(f"it has the shape {weights.shape}; give as many rows as columns.")
    known = labels if labels is not None else names_as_text(names)
    drawing = matrix_drawing((weights != 0).T, known)  # which checks the names
    drawing.edges.clear()
    known = list(drawing.nodes)
    for effect, cause in np.argwhere(weights != 0):
        if np.isnan(weights[effect, cause]):
            if cause < effect or not np.isnan(weights[cause, effect]):
                drawing.edge(known[cause], BIDIRECTED, known[effect])
        else:
            drawing.edge(known[cause], DIRECTED, known[effect], {WEIGHT: float(weights[effect, cause])})
    return drawing


def _labelled_matrix(table: pd.DataFrame) -> Drawing:
    known = _labels(table)
    return matrix_drawing(table.to_numpy(), known)


def _labels(table: pd.DataFrame) -> list[str]:
    """The names of a matrix, which its rows and its columns must have in the same order."""
    rows, columns = [str(name) for name in table.index], [str(name) for name in table.columns]
    if rows != columns:
        raise InputError(
            "its matrix has other labels for rows than for columns, or in another order; give both the same, "
            "or columns called cause and effect."
        )
    return columns


def _weight(value: Any, cause: str, effect: str) -> float:
    try:
        weight = as_float(value)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"the weight of the edge {shown(cause, DIRECTED, effect)} is {value!r:.40}; give a number."
        ) from error
    if not np.isfinite(weight) or weight == 0:
        raise InputError(
            f"the weight of the edge {shown(cause, DIRECTED, effect)} is {weight:g}; leave out edges that "
            "are not meant."
        )
    return weight


def _is_name(end: object) -> bool:
    return isinstance(end, str | int | float | np.generic) or pd.api.types.is_scalar(end)
