#!/usr/bin/env bash
# Guess: graph_to_numpy of pywhy-graphs, whose codes tell a directed from a bidirected edge, carries a CPDAG with a ->
#   b and b - c into an array and back, as graph_to_clearn and graph_to_pcalg do.
# Seen: b - c is 0 in both places, without a word; back comes a graph in which c is alone.
# Why it matters: the undirected edges are what is left open in a CPDAG; whoever scores the array counts them as
#   missing.
# Source: pywhy_graphs/export/numpy.py; the docstring of graph_to_numpy gives 10 as the code of an undirected edge.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pywhy-graphs==0.1.0 numpy==1.26.4 networkx==3.6.1 pandas==3.0.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

from pywhy_graphs import CPDAG
from pywhy_graphs.export import graph_to_clearn, graph_to_numpy, graph_to_pcalg, numpy_to_graph

print("pywhy-graphs", version("pywhy-graphs"))
graph = CPDAG()
graph.add_nodes_from("abc")
graph.add_edge("a", "b", "directed")
graph.add_edge("b", "c", "undirected")
array = graph_to_numpy(graph)
back = numpy_to_graph(array, list("abc"), "cpdag")
marks, _ = graph_to_clearn(graph)
seen = {
    "causal-learn's array, b and c": [int(marks[1, 2]), int(marks[2, 1])],
    "pcalg's": graph_to_pcalg(graph)[[1, 2], [2, 1]].tolist(),
    "numpy's": array[[1, 2], [2, 1]].tolist(),
    "undirected edges before and after": [len(graph.edges()["undirected"]), len(back.edges()["undirected"])],
}
for what, value in seen.items():
    print(f"{what}: {value}")
expected = [[-1, -1], [1, 1], [0, 0], [1, 0]]
sys.exit(0 if list(seen.values()) == expected else f"this has changed, expected {expected}")
PYTHON
