"""The facts about a data set that are known before it is loaded, and the data set itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd


@dataclass(frozen=True)
class Facts:
    """A data set in numbers and words, known without reading a file.

    Attributes:
        name: What `load_dataset` knows it by.
        title: What it is about, in a few words.
        origin: Whether the rows were measured or are simulated.
        rows: How many rows there are, or for simulated data how many come by default; None where
            the installed packages carry the reference graph alone.
        columns: The number of variables.
        edges: The number of edges of the reference graph.
        acyclic: Whether the reference graph is a DAG.
        about: Source, shape, licence and known problems, in one paragraph.
        weight: What the data set counts in an average over its family; 1 but for the cause-effect pairs.
    """

    name: str
    title: str
    origin: Literal["measured", "simulated"]
    rows: int | None
    columns: int
    edges: int
    acyclic: bool
    about: str
    weight: float = 1.0


@dataclass(frozen=True)
class Dataset:
    """Observations with their reference graph.

    Attributes:
        name: What `load_dataset` knows it by.
        frame: float64 `[n, d]`, in the units of the source.
        graph: The reference graph over the columns of `frame`; it need not be acyclic.
        about: Source, shape, licence and known problems, in one paragraph.
        weight: What the data set counts in an average over its family; 1 but for the cause-effect pairs.
        conditions: The experiment that each row comes from, where there are several, `[n]`.
        intervened: Which values the experiments reached into, bool `[n, d]`, as `discover` takes it.
    """

    name: str
    frame: pd.DataFrame
    graph: nx.DiGraph
    about: str
    weight: float = 1.0
    conditions: pd.Series | None = None
    intervened: pd.DataFrame | None = None

    def _repr_html_(self) -> str:
        from foundation_causal.plots.html_views import graph_view, table_view  # which import pandas

        return graph_view(f"{self.name}: {self.about}", self.graph) + table_view(self.frame, "Its rows")
