#!/usr/bin/env bash
# Guess: add_edge of causal-learn's GeneralGraph takes each pair of marks that a PAG can have, whichever node comes
#   first, and its text, read again by txt2generalgraph, is the same graph.
# Seen: eight of nine do; "a o-- b" is left out without a word, although the same edge seen from b, "b --o a", is
#   taken. add_edge only returns False, which txt2generalgraph does not look at.
# Why it matters: a PAG with selection bias loses an adjacency, which says that the pair is independent.
# Source: add_edge in causallearn/graph/GeneralGraph.py has no branch for a circle followed by a tail.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causal-learn==0.1.4.8 numpy==2.4.6 pandas==3.1.1 networkx==3.6.1
ROOM="$room" "$room/venv/bin/python" -W ignore - <<'PYTHON'
import os
import sys
from importlib.metadata import version

from causallearn.graph.Edge import Edge
from causallearn.graph.Endpoint import Endpoint
from causallearn.graph.GeneralGraph import GeneralGraph
from causallearn.graph.GraphNode import GraphNode
from causallearn.utils.TXT2GeneralGraph import txt2generalgraph

print("causal-learn", version("causal-learn"))
file = os.path.join(os.environ["ROOM"], "graph.txt")
ends = {"-": Endpoint.TAIL, ">": Endpoint.ARROW, "o": Endpoint.CIRCLE}
seen = {}
for left in ends:
    for right in ends:
        nodes = [GraphNode("a"), GraphNode("b")]
        graph = GeneralGraph(nodes)
        graph.add_edge(Edge(*nodes, ends[left], ends[right]))
        seen[left + right] = graph.get_num_edges()
with open(file, "w") as text:
    text.write("Graph Nodes:\na;b\n\nGraph Edges:\n1. a o-- b\n")
seen["text"] = txt2generalgraph(file).get_num_edges()
for what, value in seen.items():
    print(f"marks {what}: {value} edges")
expected = {pair: int(pair != "o-") for pair in seen} | {"text": 0}
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
