#!/usr/bin/env bash
# Guess: f1_score_edges of rcd, which compares a true and a found skeleton, is 1 for a skeleton and itself, in whatever
#   order the edges were listed.
# Seen: for a chain of three edges listed forwards and backwards it is .33; networkx says that the two graphs are equal.
#   An undirected edge is compared as a pair with an order, and networkx names the end first that came into the graph
#   first. For graphs from two matrices with the columns in one order it is 1.
# Why it matters: a true graph read from a list of edges and a found one made from a matrix are the usual two, and the
#   README compares such skeletons by this score. It says that a perfect method misses half.
# Source: f1_score_edges in rcd/utilities/utils.py, set(true_graph.edges()).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile networkx==3.4.2 tqdm==4.67.1 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps rcd==0.2.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import networkx as nx
import numpy as np
from rcd.utilities.utils import f1_score_edges

print("rcd", version("rcd"), "networkx", nx.__version__)
chain = [("rain", "wet"), ("wet", "slip"), ("slip", "fall")]
true = nx.Graph(chain)
others = {"itself": nx.Graph(chain), "listed backwards": nx.Graph(chain[::-1])}
by_matrix = np.array([[0, 0, 1, 0], [0, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 0]])
names = dict(enumerate(["fall", "wet", "slip", "rain"]))
others["from a matrix, columns in another order"] = nx.Graph(
    nx.relabel_nodes(nx.from_numpy_array(by_matrix), names).edges
)
seen = {}
for name, found in others.items():
    seen[name] = round(f1_score_edges(true, found), 2)
    print(f"{name}: F1 {seen[name]}, equal by networkx {nx.utils.graphs_equal(true, found)}")
equal = all(nx.utils.graphs_equal(true, found) for found in others.values())
same = equal and seen["itself"] == 1 and max(list(seen.values())[1:]) < 0.7
sys.exit(0 if same else "this has changed, expected a score by the order of edges")
PYTHON
