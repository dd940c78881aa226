#!/usr/bin/env bash
# Guess: optimaladj finds the optimal set of adjustment wherever the treatment's effect is identified, among them where
#   a drug acts on one organ and this on the outcome in two ways: the confounder.
# Seen: for Z -> T, Z -> Y, T -> M -> Y it gives Z, and where M acts by A and by B on Y a NetworkXError, "The edge T-M
#   not in graph", in all four functions. For each directed way from T to Y its first arrow is removed, and the second
#   way has the same first arrow. With two arrows out of T, one for each way, it works.
# Why it matters: a chain that forks is in nearly every graph of more than a few columns, and the message reads as if
#   the graph lacked an arrow. The set is the same for the graph with M -> Y in place of the fork, which works.
# Source: backdoor_graph in optimaladj/CausalGraph.py, Gbd.remove_edge for each of nx.all_simple_edge_paths.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile optimaladj==0.0.5 networkx==3.2.1 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import networkx as nx
from optimaladj.CausalGraph import CausalGraph

print("optimaladj", version("optimaladj"), "networkx", nx.__version__)
confounder = [("Z", "T"), ("Z", "Y")]
ways = {
    "T -> M -> Y": [("T", "M"), ("M", "Y")],
    "T -> M, M -> A -> Y, M -> B -> Y": [("T", "M"), ("M", "A"), ("M", "B"), ("A", "Y"), ("B", "Y")],
    "T -> A -> Y, T -> B -> Y": [("T", "A"), ("T", "B"), ("A", "Y"), ("B", "Y")],
}
functions = ("optimal_adj_set", "optimal_minimal_adj_set", "optimal_minimum_adj_set", "optimal_mincost_adj_set")
seen = {}
for name, arrows in ways.items():
    graph = CausalGraph()
    graph.add_edges_from(confounder + arrows)
    nx.set_node_attributes(graph, 1, "cost")
    seen[name] = []
    for function in functions:
        try:
            seen[name].append(sorted(getattr(graph, function)("T", "Y", [], ["T", "Y", "Z"])))
        except nx.NetworkXError as error:
            seen[name].append(str(error))
    print(f"{name}: {seen[name]}")
refused = ["The edge T-M not in graph."] * 4
same = list(seen.values()) == [[["Z"]] * 4, refused, [["Z"]] * 4]
sys.exit(0 if same else "this has changed, expected an error where one mediator acts in two ways")
PYTHON
