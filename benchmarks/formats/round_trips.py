"""Graphs from other tools to this project and back: which format keeps which graph?

Every tool writes two graphs in every format that it has, and this project reads them; then this project
writes them, and the tool reads them. One graph has plain names; the other has blanks, quotes and letters
beyond ASCII in its names, and a node without edges. Weights are 0.00001. Run with the extra `baselines` and
igraph, pydot and semopy; tools that are not there are left out.

    python benchmarks/formats/round_trips.py                       # prints the tables
    python benchmarks/formats/round_trips.py --fixtures FOLDER     # and keeps what the tools wrote
    python benchmarks/formats/round_trips.py --tetrad JAR          # Tetrad, too; its jar, and a JDK

Tetrad 7.6.3 runs on Java 17; `pip download --no-deps tetrad-plus==0.1.2.1` has its jar.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib.metadata
import io
import json
import logging
import os
import re
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx

from foundation_causal import InputError, parse_graph
from foundation_causal.graph_files import format_graph

GRAPHS = {
    "plain": nx.DiGraph([("age", "dose"), ("dose", "pressure"), ("age", "pressure"), ("sex", "pressure")]),
    "awkward": nx.DiGraph([("blood flow", 'the "dose"'), ('the "dose"', "größe & alter")]),
}
GRAPHS["awkward"].add_node("alone")
for graph in GRAPHS.values():
    nx.set_edge_attributes(graph, 1e-05, "weight")
PROJECT = "foundation-causal"
VERSIONS: dict[str, str] = {}  # of tools that are no Python packages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--fixtures", type=Path, help="a folder to keep the texts of the plain graph in")
    parser.add_argument("--tetrad", type=Path, help="the jar of Tetrad, such as tetrad-gui-7.6.3-launch.jar")
    options = parser.parse_args()
    if options.tetrad:
        with_tetrad(options.tetrad.resolve())
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    print("| written by | format | plain names | awkward names |\n|---|---|---|---|")
    for (tool, format), write in WRITERS.items():
        texts = {name: attempt(write, graph) for name, graph in GRAPHS.items()}
        if isinstance(texts["plain"], ImportError):
            continue
        answers = [
            f"not written: {short(text)}"
            if isinstance(text, Exception)
            else read_back(text, format, GRAPHS[name])
            for name, text in texts.items()
        ]
        print(f"| {versioned(tool)} | {format} | {' | '.join(answers)} |")
        if options.fixtures:
            keep(options.fixtures, tool, format, texts)
    print("\n| written here, read by | format | plain names | awkward names |\n|---|---|---|---|")
    for (tool, format), read in READERS.items():
        answers = [theirs(read, graph, format) for graph in GRAPHS.values()]
        if None not in answers:
            print(f"| {versioned(tool)} | {format} | {' | '.join(map(str, answers))} |")

    print("\n| object of | read here | plain names | awkward names |\n|---|---|---|---|")
    for tool, make in OBJECTS.items():
        made = {name: attempt(make, graph) for name, graph in GRAPHS.items()}
        if isinstance(made["plain"], ImportError):
            continue
        kind = type(made["plain"]).__name__
        answers = [
            f"not made: {type(one).__name__}"
            if isinstance(one, Exception)
            else read_object(tool, one, GRAPHS[name])
            for name, one in made.items()
        ]
        print(f"| {versioned(tool)} | {kind} | {' | '.join(answers)} |")


def attempt(function: Callable[..., Any], *given: Any) -> Any:
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return function(*given)
    except Exception as error:
        return error


def read_back(text: str, format: str, graph: nx.DiGraph) -> str:
    read = attempt(lambda: parse_graph(text, format=format.split(",")[0]))
    return f"refused: {short(read)}" if isinstance(read, Exception) else compared(read, graph)


def theirs(read: Callable[[str], nx.DiGraph], graph: nx.DiGraph, format: str) -> str | None:
    text = attempt(lambda: format_graph(graph, format))
    if isinstance(text, Exception):
        return f"not written: {short(text)}"
    found = attempt(read, text)
    if isinstance(found, ImportError):
        return None
    return f"refused: {short(found)}" if isinstance(found, Exception) else compared(found, graph)


def compared(found: nx.DiGraph, graph: nx.DiGraph) -> str:
    """What is left of a graph, in a few words."""
    edges = {(str(a), str(b)) for a, b in found.edges}
    nodes = {str(node) for node in found}
    if edges != set(graph.edges):
        return f"other edges: {', '.join(f'{a} -> {b}' for a, b in sorted(edges)) or 'none'}"
    if nodes != set(graph):
        return f"other nodes: {', '.join(sorted(nodes))}"
    weights = {found.edges[edge].get("weight") for edge in found.edges}
    kept = {str(weight) for weight in weights} <= {"1e-05"}
    told = "same, weights too" if kept else "same" if weights <= {None} else f"same, weight {weights.pop()}"
    return told


def short(error: Exception) -> str:
    """The first words of this project's sentences; of other exceptions the name."""
    words = " ".join(str(error).split()).replace("|", "/")
    told = words.removeprefix("Cannot use the graph in the text: ").removeprefix("Cannot read the text ")
    return (
        told.split(",")[0].split(";")[0].strip("(") if isinstance(error, InputError) else type(error).__name__
    )


def versioned(tool: str) -> str:
    if tool == "tetrad":
        return f"tetrad {VERSIONS[tool]}"
    return f"{tool} {importlib.metadata.version(tool)}" if tool != PROJECT else tool


def keep(folder: Path, tool: str, format: str, texts: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        if isinstance(text, str):
            form, *kind = format.split(", ")
            file = f"{'-'.join([*versioned(tool).split(), *kind, name])}.{form}"
            (folder / file).write_text(text, encoding="utf-8")


# Writers


def by_networkx(form: str) -> Callable[[nx.DiGraph], str]:
    forms: dict[str, Callable[[nx.DiGraph], str]] = {
        "gml": lambda graph: "\n".join(nx.generate_gml(graph)),
        "graphml": lambda graph: "\n".join(nx.generate_graphml(graph)),
        "gexf": lambda graph: "\n".join(nx.generate_gexf(graph)),
        "dot": lambda graph: nx.nx_pydot.to_pydot(graph).to_string(),
        "json": lambda graph: json.dumps(nx.node_link_data(graph, edges="edges"), indent=1),
        "json, adjacency": lambda graph: json.dumps(nx.adjacency_data(graph), indent=1),
        "json, cytoscape": lambda graph: json.dumps(nx.cytoscape_data(graph), indent=1),
    }
    return forms[form]


def by_igraph(form: str) -> Callable[[nx.DiGraph], str]:
    def write(graph: nx.DiGraph) -> str:
        with temporary(form) as file:
            getattr(to_igraph(graph), f"write_{form}")(str(file))
            return file.read_text(encoding="utf-8")

    return write


def to_igraph(graph: nx.DiGraph) -> Any:
    import igraph

    made = igraph.Graph(directed=True)
    made.add_vertices(list(graph))
    made.add_edges(list(graph.edges))
    made.es["weight"] = [weight for *_, weight in graph.edges(data="weight")]
    return made


def by_pgmpy_dag(method: str) -> Callable[[nx.DiGraph], str]:
    def write(graph: nx.DiGraph) -> str:
        from pgmpy.base import DAG

        dag = DAG(list(graph.edges))
        dag.add_nodes_from(graph)
        return str(getattr(dag, method)())

    return write


def by_pgmpy_network(writer: str) -> Callable[[nx.DiGraph], str]:
    def write(graph: nx.DiGraph) -> str:
        from pgmpy import readwrite
        from pgmpy.factors.discrete import TabularCPD
        from pgmpy.models import DiscreteBayesianNetwork

        network = DiscreteBayesianNetwork(list(graph.edges))
        network.add_nodes_from(graph)
        for node in graph:
            parents = list(graph.predecessors(node))
            values = [[0.25] * 2 ** len(parents), [0.75] * 2 ** len(parents)]
            states = {name: ["no", "yes"] for name in [node, *parents]}
            network.add_cpds(TabularCPD(node, 2, values, parents, [2] * len(parents), state_names=states))
        with temporary("net") as file:
            made = getattr(readwrite, writer)(network)
            for method in ("write", "write_bif", "write_xmlbif", "write_xdsl"):
                if hasattr(made, method):
                    getattr(made, method)(str(file))
                    return file.read_text(encoding="utf-8")
        raise AttributeError(f"{writer} writes nothing")

    return write


def by_pyagrum(suffix: str) -> Callable[[nx.DiGraph], str]:
    def write(graph: nx.DiGraph) -> str:
        import pyagrum

        network = pyagrum.BayesNet("network")
        for node in graph:
            network.add(pyagrum.LabelizedVariable(node, node, ["no", "yes"]))
        for cause, effect in graph.edges:
            network.addArc(cause, effect)
        network.generateCPTs()
        if suffix == "dot":
            return str(network.toDot())
        with temporary(suffix) as file:
            pyagrum.saveBN(network, str(file))
            return file.read_text(encoding="utf-8")

    return write


def by_causallearn(form: str) -> Callable[[nx.DiGraph], str]:
    def write(graph: nx.DiGraph) -> str:
        from causallearn.graph.Edges import Edges
        from causallearn.graph.GeneralGraph import GeneralGraph
        from causallearn.graph.GraphNode import GraphNode
        from causallearn.utils.GraphUtils import GraphUtils

        nodes = {name: GraphNode(name) for name in graph}
        made = GeneralGraph(list(nodes.values()))
        for cause, effect in graph.edges:
            made.add_edge(Edges().directed_edge(nodes[cause], nodes[effect]))
        return str(made) if form == "tetrad" else str(GraphUtils.to_pydot(made).to_string())

    return write


WRITERS: dict[tuple[str, str], Callable[[nx.DiGraph], str]] = {
    **{
        ("networkx", form): by_networkx(form)
        for form in ("gml", "graphml", "gexf", "dot", "json", "json, adjacency", "json, cytoscape")
    },
    **{("igraph", form): by_igraph(form) for form in ("gml", "graphml", "dot")},
    ("pgmpy", "dagitty"): by_pgmpy_dag("to_dagitty"),
    ("pgmpy", "lavaan"): by_pgmpy_dag("to_lavaan"),
    ("pgmpy", "bif"): by_pgmpy_network("BIFWriter"),
    ("pgmpy", "xmlbif"): by_pgmpy_network("XMLBIFWriter"),
    ("pgmpy", "xdsl"): by_pgmpy_network("XDSLWriter"),
    ("pyagrum", "dot"): by_pyagrum("dot"),
    ("pyagrum", "bif"): by_pyagrum("bif"),
    ("pyagrum", "xmlbif"): by_pyagrum("bifxml"),
    ("pyagrum", "xdsl"): by_pyagrum("xdsl"),
    ("pyagrum", "hugin"): by_pyagrum("net"),
    ("causal-learn", "tetrad"): by_causallearn("tetrad"),
    ("causal-learn", "dot"): by_causallearn("dot"),
}


# Readers


@contextlib.contextmanager
def temporary(suffix: str, text: str = "") -> Any:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"graph.{suffix}"
        file.write_text(text, encoding="utf-8")
        yield file


def with_networkx(form: str) -> Callable[[str], nx.DiGraph]:
    def read(text: str) -> nx.DiGraph:
        with temporary(form, text) as file:
            if form == "json":
                return nx.node_link_graph(json.loads(text), edges="edges")
            reader = {"gml": nx.read_gml, "graphml": nx.read_graphml, "dot": nx.nx_pydot.read_dot}[form]
            return nx.DiGraph(reader(file))

    return read


def with_igraph(form: str) -> Callable[[str], nx.DiGraph]:
    def read(text: str) -> nx.DiGraph:
        import igraph

        with temporary(form, text) as file:
            graph = igraph.Graph.Read(str(file), format=form)
        names = graph.vs["label" if "label" in graph.vs.attributes() else "id"]
        made = nx.DiGraph()
        made.add_nodes_from(names)
        for edge in graph.es:
            made.add_edge(names[edge.source], names[edge.target], **edge.attributes())
        return made

    return read


def with_pgmpy(method: str) -> Callable[[str], nx.DiGraph]:
    def read(text: str) -> nx.DiGraph:
        from pgmpy.base import DAG

        dag = getattr(DAG, method)(text)
        return plain(dag)

    return read


def plain(graph: nx.DiGraph) -> nx.DiGraph:
    made = nx.DiGraph()
    made.add_nodes_from(graph)
    made.add_edges_from(graph.edges)
    return made


def with_causallearn(text: str) -> nx.DiGraph:
    from causallearn.utils.TXT2GeneralGraph import txt2generalgraph

    from foundation_causal import as_graph

    with temporary("txt", text) as file:
        return as_graph(txt2generalgraph(str(file)))


def with_dowhy(text: str) -> nx.DiGraph:
    import numpy as np
    import pandas as pd
    from dowhy import CausalModel

    nodes = list(GRAPHS["plain" if "age" in text else "awkward"])
    data = pd.DataFrame(np.random.default_rng(0).normal(size=(20, len(nodes))), columns=nodes)
    model = CausalModel(data=data, treatment=nodes[0], outcome=nodes[1], graph=text)
    return plain(model._graph._graph)


def with_semopy(text: str) -> nx.DiGraph:
    import semopy

    made = nx.DiGraph()
    for line in semopy.Model(text).inspect(mode="list").itertuples():
        made.add_nodes_from([line.lval, line.rval])
        if line.op == "~":
            made.add_edge(line.rval, line.lval)
    return made


READERS: dict[tuple[str, str], Callable[[str], nx.DiGraph]] = {
    **{("networkx", form): with_networkx(form) for form in ("gml", "graphml", "dot", "json")},
    ("igraph", "gml"): with_igraph("gml"),
    ("igraph", "graphml"): with_igraph("graphml"),
    ("pgmpy", "dagitty"): with_pgmpy("from_dagitty"),
    ("pgmpy", "lavaan"): with_pgmpy("from_lavaan"),
    ("causal-learn", "tetrad"): with_causallearn,
    ("dowhy", "gml"): with_dowhy,
    ("dowhy", "dot"): with_dowhy,
    ("dowhy", "dagitty"): with_dowhy,
    ("semopy", "lavaan"): with_semopy,
}


def with_tetrad(jar: Path) -> None:
    """Add Tetrad to the writers and readers."""
    program = Path(__file__).with_name("TetradGraphs.java")
    VERSIONS["tetrad"] = next(iter(re.findall(r"\d[\d.]*\d", jar.name)), "")

    def run(task: str, text: str) -> str:
        with temporary("txt", text) as file:
            command = ["java", "-cp", str(jar), str(program), task, str(file)]
            done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
        return done.stdout

    @functools.cache
    def written(name: str) -> list[str]:
        lines = [*GRAPHS[name], *("\t".join(edge) for edge in GRAPHS[name].edges)]
        return run("write", "\n".join(lines)).split("\f")

    def by_tetrad(place: int) -> Callable[[nx.DiGraph], str]:
        return lambda graph: written("plain" if "age" in graph else "awkward")[place]

    def read(text: str) -> nx.DiGraph:
        return nx.DiGraph([tuple(line.split("\t")) for line in run("read", text).splitlines()])

    for place, form in enumerate(("tetrad", "tetrad, xml", "dot", "lavaan")):
        WRITERS["tetrad", form] = by_tetrad(place)
    READERS["tetrad", "tetrad"] = read


# Objects: the same graph as a tool holds it in memory.


def as_causallearn(graph: nx.DiGraph) -> Any:
    from causallearn.graph.GeneralGraph import GeneralGraph
    from causallearn.graph.GraphNode import GraphNode

    nodes = {name: GraphNode(name) for name in graph}
    made = GeneralGraph(list(nodes.values()))
    for cause, effect in graph.edges:
        made.add_directed_edge(nodes[cause], nodes[effect])
    return made


def as_castle(graph: nx.DiGraph) -> Any:
    from castle.common import Tensor

    return Tensor(nx.to_numpy_array(graph, weight=None), index=list(graph), columns=list(graph))


def as_lingam(graph: nx.DiGraph) -> Any:
    """A fitted model, whose matrix leads from the column's variable to the row's."""
    import numpy as np
    from lingam import DirectLiNGAM

    noise = np.random.default_rng(0).laplace(size=(2000, len(graph)))
    known = np.where(nx.to_numpy_array(nx.transitive_closure(graph), weight=None).T, 1, 0)
    rows = noise @ np.linalg.inv(np.eye(len(graph)) - nx.to_numpy_array(graph, weight=None))
    return DirectLiNGAM(prior_knowledge=known).fit(rows)


def as_pyagrum(graph: nx.DiGraph) -> Any:
    import pyagrum

    made = pyagrum.BayesNet()
    for name in graph:
        made.add(pyagrum.LabelizedVariable(name, name, 2))
    for edge in graph.edges:
        made.addArc(*edge)
    return made


def as_pgmpy(graph: nx.DiGraph) -> Any:
    from pgmpy.models import DiscreteBayesianNetwork

    made = DiscreteBayesianNetwork()
    made.add_nodes_from(graph)
    made.add_edges_from(graph.edges)
    return made


def as_dowhy(graph: nx.DiGraph) -> Any:
    import numpy as np
    import pandas as pd
    from dowhy import CausalModel

    nodes = list(graph)
    data = pd.DataFrame(np.random.default_rng(0).normal(size=(20, len(nodes))), columns=nodes)
    return CausalModel(data=data, treatment=nodes[0], outcome=nodes[1], graph=plain(graph))


def as_geometric(graph: nx.DiGraph) -> Any:
    from torch_geometric.utils import from_networkx

    made = from_networkx(plain(graph))
    made["names"] = list(graph)
    return made


OBJECTS: dict[str, Callable[[nx.DiGraph], Any]] = {
    "networkx": plain,
    "igraph": to_igraph,
    "pgmpy": as_pgmpy,
    "causal-learn": as_causallearn,
    "gcastle": as_castle,
    "lingam": as_lingam,
    "pyagrum": as_pyagrum,
    "dowhy": as_dowhy,
    "torch-geometric": as_geometric,
}


def read_object(tool: str, given: Any, graph: nx.DiGraph) -> str:
    """What of a graph comes through an object of a tool; those without names get them."""
    from foundation_causal import as_graph, graph_from_lingam

    names = list(graph) if tool == "lingam" else None
    taken = graph_from_lingam if tool == "lingam" else as_graph
    read = attempt(lambda: taken(given, names))
    return f"refused: {short(read)}" if isinstance(read, Exception) else compared(plain(read), graph)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
