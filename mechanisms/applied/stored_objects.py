"""Fitted models as JSON and arrays, and back: only classes that are listed here, and nothing is unpickled.

A model is a tree of frozen dataclasses, arrays and numbers. Every object is written down once, after those
that it holds, and a reference stands wherever it is held; so what parts of a model share, they share after
loading.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import partial
from importlib import import_module
from types import MethodType
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import pandas as pd

from foundation_causal.errors import InputError

Array = np.ndarray[Any, Any]
KINDS_OF_ARRAYS = "biuf"  # bool, whole numbers, numbers


class Stored(NamedTuple):
    """How objects of a class are written down and made again.

    Attributes:
        made_by: The class, or a function that makes the object anew, as "module:name".
        arguments: Which attribute is given as which argument; None for all fields of a dataclass.
        kept: Attributes that are set afterwards: what was computed from the others, and need not be again.
        name: Under which it is written down; by default the name of the class.
    """

    made_by: str
    arguments: Mapping[str, str] | None = None
    kept: tuple[str, ...] = ()
    name: str | None = None


def _module(module: str, *classes: str) -> dict[str, Stored]:
    return {name: Stored(f"{module}:{name}") for name in classes}


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


STORED: dict[str, Stored] = {
    **_module("foundation_causal.columns.schema", "Column", "Schema"),
    **_module("foundation_causal.observations", "Observations"),
    **_module("mechanisms.discrete.class_model", "ClassModel"),
    **_module("mechanisms.discrete.class_regression", "ClassFit"),
    **_module("mechanisms.discrete.count_node", "CountNode", "Seen"),
    **_module("mechanisms.discrete.count_regression", "CountFit"),
    **_module("mechanisms.discrete.designs", "Curve", "Design"),
    **_module("mechanisms.discrete.discrete_nodes", "GumbelNode", "Shifted", "ThresholdNode"),
    **_module("mechanisms.discrete.mixed_model", "MixedModel"),
    **_module("mechanisms.discrete.ordered_regression", "OrderedFit"),
    **_module("mechanisms.discrete.piled_node", "Ends", "PiledNode"),
    **_module("mechanisms.discrete.tables", "TableFit"),
    **_module("mechanisms.kernel.gaussian_process", "Kernel", "Point", "Regression"),
    **_module("mechanisms.kernel.inducing_rows", "InducingRegression"),
    **_module("mechanisms.kernel.kernel_model", "KernelModel"),
    **_module("mechanisms.kernel.noise_scale", "Features", "LogVariance", "Spread"),
    **_module("mechanisms.kernel.parent_inputs", "ParentInputs"),
    **_module("mechanisms.linear", "LinearModel"),
    **_module("mechanisms.logarithms", "LogModel", "Relative"),
    **_module("mechanisms.mechanism_model", "Edited"),
    **_module(
        "mechanisms.noise.distributions",
        *("Atoms", "Gumbel", "Logistic", "Piled", "Scale", "SmoothDistribution"),
    ),
    **_module("mechanisms.queries.extrapolation", "Ranges"),
    **_module("mechanisms.cond_fip.cond_fip_model", "CondFiPModel"),
    **_module("mechanisms.cond_fip.published_decoder", "Condition"),
    **_module("mechanisms.corrector.corrected_model", "CorrectedModel"),
    **_module("mechanisms.corrector.network", "Context"),
    **_module("mechanisms.per_table.network_fitting", "NetworkModel", "Table"),
    # DoWhy's fitted mechanisms are objects of scikit-learn, which only a pickle holds: they are fitted again.
    "DoWhyModel": Stored("mechanisms.dowhy_bridge:fit_dowhy", _same("data", "graph", "seed")),
    "ObservedNoise": Stored(
        "mechanisms.noise.sampling:ObservedNoise", _same("residuals"), kept=("distributions",)
    ),
    "FittedNoise": Stored(
        "mechanisms.noise.sampling:ObservedNoise",
        _same("residuals"),
        kept=("distributions",),
        name="ObservedNoise",
    ),
    "CausalModel": Stored(
        "mechanisms.causal_model:CausalModel",
        {
            "mechanisms": "mechanisms",
            "noise": "_noise",
            "do": "clamps",
            "ranges": "ranges",
            "schema": "schema",
        },
        kept=("observed_noise",),
    ),
    "AveragedModel": Stored("mechanisms.averaged_model:AveragedModel", _same("models", "weights")),
    "MixedGraph": Stored("foundation_causal.graphs.mixed_graph:MixedGraph", _same("directed", "bidirected")),
    "ConfoundedModel": Stored(
        "mechanisms.hidden_causes.confounded_model:ConfoundedModel",
        {"observed": "observed", "graph": "mixed", "fit": "_fit", "clamps": "clamps", "shifts": "shifts"},
    ),
    "ImputedModel": Stored("mechanisms.gaps.imputed_model:ImputedModel", _same("models")),
}
# Networks, by what they are made from beside their weights: settings, and buffers that the maker takes.
NETWORKS = {
    "CondFiP": ("mechanisms.cond_fip.network:CondFiP", ()),
    "Corrector": ("mechanisms.corrector.network:Corrector", ()),
    "DECI": ("mechanisms.per_table.deci:DECI", ("parents",)),
    "FiP": ("mechanisms.per_table.fip:FiP", ("parents",)),
}


# Functions whose arguments are kept, for fits that only some questions need.
FUNCTIONS = {"fitted_model": "mechanisms.inference:fitted_model"}


class Writer:
    """Writes a model down.

    Attributes:
        objects: Its objects as JSON, each after those that it refers to.
        arrays: Its arrays, by name.
    """

    def __init__(self) -> None:
        self.objects: list[dict[str, Any]] = []
        self.arrays: dict[str, Array] = {}
        self._known: dict[int, dict[str, Any]] = {}  # by identity, of what _alive keeps from being replaced
        self._alive: list[Any] = []

    def value(self, value: Any) -> Any:
        """Any value as JSON.

        Raises:
            InputError: A function, or an object of a class that is not listed.
        """
        if value is None or isinstance(value, bool | str) or type(value) is int:
            return value
        if type(value) is float:
            return value if math.isfinite(value) else {"number": repr(value)}
        if id(value) not in self._known:
            self._alive.append(value)
            self._known[id(value)] = self._written(value)
        return self._known[id(value)]

    def _written(self, value: Any) -> dict[str, Any]:
        if isinstance(value, np.ndarray):
            return {"array": [self._array(value), *_order(value)]}
        if type(value) in (list, tuple):
            return {type(value).__name__: [self.value(item) for item in value]}
        if isinstance(value, Mapping) and not isinstance(value, nx.Graph):
            return {"dict": [[self.value(key), self.value(item)] for key, item in value.items()]}
        if (scalar := _scalar(value)) is not None:
            return scalar
        if (special := self._special(value)) is not None:
            return self._object(special)
        name = type(value).__name__
        if name not in STORED or type(value).__module__ != STORED[name].made_by.partition(":")[0]:
            raise InputError(f"The model holds {_told(value)}, which files cannot hold; {REMEDY}.")
        stored = STORED[name]
        names = stored.arguments or _same(*_field_names(value))
        written = {argument: self.value(getattr(value, source)) for argument, source in names.items()}
        kept = {attribute: self.value(getattr(value, attribute)) for attribute in stored.kept}
        return self._object({"class": stored.name or name, "arguments": written, "kept": kept})

    def _object(self, written: dict[str, Any]) -> dict[str, Any]:
        self.objects.append(written)
        return {"object": len(self.objects) - 1}

    def _array(self, array: Array) -> str:
        if array.dtype.kind not in KINDS_OF_ARRAYS:
            raise InputError(f"The model holds an array of {array.dtype}, which files cannot hold; {REMEDY}.")
        name = f"a{len(self.arrays)}"
        self.arrays[name] = np.ascontiguousarray(array.transpose(_order(array)))
        return name

    def _special(self, value: Any) -> dict[str, Any] | None:
        """What is no dataclass of this project: graphs, tables, dtypes, tensors, networks and one method."""
        if isinstance(value, nx.Graph):
            place = {node: k for k, node in enumerate(value)}
            edges = [[place[a], place[b], _attributes(extra)] for a, b, extra in value.edges(data=True)]
            kind = "DiGraph" if value.is_directed() else "Graph"
            return {"class": kind, "nodes": self.value(list(value)), "edges": edges}
        if isinstance(value, partial) and value.func.__name__ in FUNCTIONS:
            given = {"args": self.value(list(value.args)), "keywords": self.value(value.keywords)}
            return {"class": "partial", "function": value.func.__name__, **given}
        if isinstance(value, pd.DataFrame):
            frame = {"values": self.value(value.to_numpy(dtype=np.float64)), "columns": list(value.columns)}
            return {"class": "DataFrame", **frame, "index": self.value(_labels(value.index))}
        if isinstance(value, pd.CategoricalDtype) and value.categories is not None:
            categories = {"labels": self.value(list(value.categories)), "dtype": str(value.categories.dtype)}
            return {"class": "CategoricalDtype", "ordered": bool(value.ordered), **categories}
        if isinstance(value, np.dtype | pd.api.extensions.ExtensionDtype):
            return {"class": "dtype", "name": str(value)}
        if isinstance(value, MethodType) and value.__name__ == "predict":
            return {"class": "predict", "of": self.value(value.__self__)}
        if type(value).__module__.partition(".")[0] == "torch":
            return {"class": "Tensor", "array": self.value(value.detach().cpu().numpy())}
        if type(value).__name__ in NETWORKS:
            state = {name: self.value(tensor) for name, tensor in value.state_dict().items()}
            settings = getattr(value, "arguments", None) or value.settings
            return {"class": type(value).__name__, "settings": settings, "state": state}
        return None


def _order(array: Array) -> list[int]:
    """The axes as they lie in memory: sums of single precision are rounded otherwise in another order."""
    return sorted(range(array.ndim), key=lambda axis: -array.strides[axis])


REMEDY = "save a model that `infer` returned, before functions of your own change its mechanisms"


def _told(value: Any) -> str:
    return "a function" if callable(value) else f"an object of the class {type(value).__name__}"


def _field_names(value: Any) -> Sequence[str]:
    names = [field.name for field in fields(value)] if is_dataclass(value) else value._fields
    return list(names)


def _scalar(value: Any) -> dict[str, Any] | None:
    """Labels of levels and rows that are neither text nor plain numbers."""
    if isinstance(value, datetime):  # as is pandas' Timestamp
        return {"timestamp": value.isoformat()}
    if isinstance(value, pd.Timedelta):
        return {"timedelta": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, pd.Interval):
        ends = [_scalar(end) or _scalar(np.float64(end)) for end in (value.left, value.right)]
        return {"interval": [*ends, value.closed]}
    if isinstance(value, np.bool_ | np.integer | np.floating):
        return {"numpy": [value.dtype.name, repr(value.item())]}
    return None


def _attributes(extra: Mapping[Any, Any]) -> dict[str, Any]:
    """The attributes of an edge that JSON holds as they are."""
    plain = {str(key): item.item() if isinstance(item, np.generic) else item for key, item in extra.items()}
    return {key: item for key, item in plain.items() if isinstance(item, bool | int | float | str)}


def _labels(index: pd.Index) -> Any:
    """The labels of rows; None where they are the numbers from 0, or what JSON does not hold."""
    if isinstance(index, pd.RangeIndex) and (index.start, index.step) == (0, 1):
        return None
    labels = index.tolist()
    known = all(isinstance(label, str | int | float | pd.Timestamp) for label in labels)
    return labels if known and index.nlevels == 1 else None


class Reader:
    """Makes objects from what :class:`Writer` wrote down; whatever it raises means that this is broken."""

    def __init__(self, objects: Sequence[Mapping[str, Any]], arrays: Mapping[str, Array]) -> None:
        self._arrays = arrays
        self._made: list[Any] = []
        for written in objects:
            self._made.append(self._object(written))

    def value(self, written: Any) -> Any:
        """The value that JSON stands for."""
        if not isinstance(written, Mapping):
            if isinstance(written, list):
                raise ValueError("a list without a kind")
            return written
        ((kind, content),) = written.items()
        match kind:
            case "object":
                return self._made[_position(content, len(self._made))]
            case "array":
                name, *order = content
                return self._arrays[name].transpose(np.argsort(order))
            case "list":
                return [self.value(item) for item in content]
            case "tuple":
                return tuple(self.value(item) for item in content)
            case "dict":
                return {self.value(key): self.value(item) for key, item in content}
        return _read_scalar(kind, content)

    def _object(self, written: Mapping[str, Any]) -> Any:
        name = written["class"]
        if name in STORED:
            return self._instance(STORED[name], written)
        if name in NETWORKS:
            return self._network(NETWORKS[name], written)
        match name:
            case "DiGraph" | "Graph":
                return self._graph(written)
            case "partial":
                given, keywords = self.value(written["args"]), self.value(written["keywords"])
                return partial(_found(FUNCTIONS[written["function"]]), *given, **keywords)
            case "DataFrame":
                values, columns = self.value(written["values"]), written["columns"]
                return pd.DataFrame(values, index=self.value(written["index"]), columns=columns)
            case "CategoricalDtype":
                labels = pd.Index(self.value(written["labels"]), dtype=written["dtype"])
                return pd.CategoricalDtype(labels, ordered=written["ordered"])
            case "dtype":
                return pd.api.types.pandas_dtype(written["name"])
            case "predict":
                return self.value(written["of"]).predict
            case "Tensor":
                import torch

                return torch.from_numpy(self.value(written["array"]))
        raise ValueError(f"there is no class {name!r}")

    def _instance(self, stored: Stored, written: Mapping[str, Any]) -> Any:
        given = {name: self.value(item) for name, item in written["arguments"].items()}
        make = _found(stored.made_by)
        hidden = {f.name for f in fields(make) if not f.init} if is_dataclass(make) else set()
        made = make(**{name: item for name, item in given.items() if name not in hidden})
        for name in hidden:
            object.__setattr__(made, name, given[name])  # the dataclass is frozen
        for name in stored.kept:
            made.__dict__[name] = self.value(written["kept"][name])
        return made

    def _network(self, network: tuple[str, tuple[str, ...]], written: Mapping[str, Any]) -> Any:
        import torch

        where, buffers = network
        state = {name: self.value(tensor) for name, tensor in written["state"].items()}
        with torch.random.fork_rng(devices=[]):  # its first weights are random, and replaced
            made = _found(where)(*(state[name] for name in buffers), **written["settings"])
        made.load_state_dict(state, strict=True)
        return made.eval()

    def _graph(self, written: Mapping[str, Any]) -> nx.DiGraph | nx.Graph:
        nodes = self.value(written["nodes"])
        graph = nx.DiGraph() if written["class"] == "DiGraph" else nx.Graph()
        graph.add_nodes_from(nodes)
        for a, b, extra in written["edges"]:
            graph.add_edge(nodes[_position(a, len(nodes))], nodes[_position(b, len(nodes))], **extra)
        return graph


def _position(number: Any, length: int) -> int:
    if type(number) is not int or not 0 <= number < length:
        raise ValueError(f"{number!r} is the position of nothing")
    return number


def _found(where: str) -> Any:
    module, _, name = where.partition(":")
    return getattr(import_module(module), name)


def _read_scalar(kind: str, content: Any) -> Any:
    match kind:
        case "number":
            return float(content)
        case "numpy":
            name, text = content
            if name == "bool":
                return np.bool_(text == "True")
            return np.dtype(name).type(text)
        case "timestamp":
            return pd.Timestamp(content)
        case "timedelta":
            return pd.Timedelta(content)
        case "date":
            return date.fromisoformat(content)
        case "interval":
            left, right, closed = content
            low, high = (_read_scalar(*next(iter(end.items()))) for end in (left, right))
            return pd.Interval(low, high, closed=closed)
    raise ValueError(f"there is no kind {kind!r}")
