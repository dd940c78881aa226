#!/usr/bin/env bash
# Guess: causal-learn's FCI, given a perfect test of independence and a graph without hidden causes, is sound: a tail
#   at an end of an edge means that this end is a cause of the other, so no edge has a tail at both.
# Seen: for a hub with four neighbours in a row (three triangles side by side) all seven edges come out as "---", tails
#   at both ends, with perfect independence and on 5,000 rows alike. In a PAG such an edge says that the rows were
#   selected by a common effect. Without the last neighbour all edges are circles at both ends, "o-o", as is right.
# Why it matters: selection bias is reported of tables that have none, and both ends of an edge are declared causes of
#   each other or of the selection; any larger graph with this pattern of open edges is struck.
# Source: ruleR5 in causallearn/search/ConstraintBased/FCI.py asks that the path between the neighbours is uncovered,
#   not that it still is when the two ends are put on, as rule 5 of Zhang (2008) does.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causal-learn==0.1.4.8 numpy==2.4.6 pandas==3.1.1 networkx==3.6.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from collections import Counter
from importlib.metadata import version

import networkx as nx
import numpy as np
from causallearn.search.ConstraintBased.FCI import fci

print("causal-learn", version("causal-learn"))
hub = 4
truth = nx.DiGraph([(0, 3), (0, 1), (1, 2), (0, hub), (3, hub), (hub, 1), (hub, 2)])
rng = np.random.default_rng(0)
table = np.zeros((5000, 5))
for node in nx.topological_sort(truth):
    table[:, node] = sum(0.6 * table[:, cause] for cause in truth.predecessors(node)) + rng.normal(size=5000)
marks = {-1: "-", 1: ">", 2: "o"}


def kinds(matrix):
    pairs = [(i, j) for i in range(len(matrix)) for j in range(i) if matrix[i, j]]
    return dict(Counter(marks[matrix[i, j]] + "-" + marks[matrix[j, i]] for i, j in pairs))


quiet = {"show_progress": False, "verbose": False}
keep = [0, 1, 3, hub]
smaller = nx.relabel_nodes(truth.subgraph(keep), {node: place for place, node in enumerate(keep)})
seen = {
    "perfect test": kinds(fci(table, "d_separation", true_dag=truth, **quiet)[0].graph),
    "5,000 rows": kinds(fci(table, "fisherz", alpha=0.01, **quiet)[0].graph),
    "without the last, perfect test": kinds(fci(table[:, keep], "d_separation", true_dag=smaller, **quiet)[0].graph),
    "without the last, 5,000 rows": kinds(fci(table[:, keep], "fisherz", alpha=0.01, **quiet)[0].graph),
}
for what, edges in seen.items():
    print(f"{what}: {edges}")
print("true edges:", *truth.edges)
expected = {what: {"o-o": 5} if "without" in what else {"---": 7} for what in seen}
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
