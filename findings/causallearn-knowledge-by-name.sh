#!/usr/bin/env bash
# Guess: causal-learn's PC honours an edge forbidden in its BackgroundKnowledge by the name of its column, or says
#   that it knows no such column.
# Seen: neither. pc() numbers the columns X1, X2, ... and ignores knowledge about any other name in silence: the
#   forbidden pain -> sleep comes out, and only the same knowledge about "X3" and "X4" turns it. With node_names given
#   it is the other way round: then the words count, and X3 and X4 are ignored.
# Why it matters: the user's knowledge is believed to hold in a graph that was found without it.
# Source: the page "Background knowledge" of causal-learn's documentation takes the nodes from an earlier run's graph.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causal-learn==0.1.4.8 numpy==2.4.6 scipy==1.17.1
"$room/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from causallearn.graph.GraphNode import GraphNode
from causallearn.search.ConstraintBased.PC import pc
from causallearn.utils.PCUtils.BackgroundKnowledge import BackgroundKnowledge

print("causal-learn", version("causal-learn"))
rng = np.random.default_rng(0)
age, dose = rng.normal(size=(2, 2000))
pain = age + dose + rng.normal(size=2000)
sleep = pain + rng.normal(size=2000)
table = np.column_stack([age, dose, pain, sleep])
columns = ["age", "dose", "pain", "sleep"]


def last_edge(forbidden, **names):
    knowledge = BackgroundKnowledge().add_forbidden_by_node(*map(GraphNode, forbidden))
    graph = pc(table, background_knowledge=knowledge, show_progress=False, **names).G
    return {-1: "->", 1: "<-"}[int(graph.graph[2, 3])]


seen = {
    "pain -> sleep forbidden": last_edge(["pain", "sleep"]),
    "X3 -> X4 forbidden": last_edge(["X3", "X4"]),
    "pain -> sleep forbidden, node_names given": last_edge(["pain", "sleep"], node_names=columns),
    "X3 -> X4 forbidden, node_names given": last_edge(["X3", "X4"], node_names=columns),
}
for what, edge in seen.items():
    print(f"{what}: pain {edge} sleep")
expected = ["->", "<-", "<-", "->"]
sys.exit(0 if list(seen.values()) == expected else f"this has changed, expected {expected}")
PYTHON
