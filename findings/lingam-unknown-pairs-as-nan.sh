#!/usr/bin/env bash
# Guess: lingam's RCD and BottomUpParceLiNGAM leave a pair with a hidden common cause at 0, or mark it by a symbol
#   that graph packages refuse; their adjacency_matrix_ read by networkx (transposed, for lingam's rows are effects)
#   is an acyclic graph.
# Seen: the pair is NaN in both places; NaN differs from 0, so networkx makes two edges of it, and the graph has a
#   cycle. igraph does the same. `matrix != 0`, `matrix.astype(bool)` and np.argwhere count both as well; `abs(matrix)
#   > 0.1` counts neither, so what is confounded looks unconnected.
# Why it matters: "we cannot tell" becomes a feedback loop or an independence, by which line the reader happens to
#   write.
# Source: lingam/rcd.py writes NaN; networkx' from_numpy_array takes nonzero entries.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile lingam==1.13.0 igraph==1.0.0 networkx==3.6.1 numpy==2.2.6 scipy==1.13.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import igraph
import lingam
import networkx as nx
import numpy as np

print("lingam", lingam.__version__, "networkx", nx.__version__, "igraph", igraph.__version__)
rng = np.random.default_rng(0)
hidden, *noise = rng.exponential(size=(4, 1000)) - 1
sleep, mood = hidden + 0.3 * noise[0], hidden + 0.3 * noise[1]
table = np.column_stack([sleep, mood, mood + noise[2]])  # column 2 is an effect of column 1
seen = {}
for method in (lingam.RCD(), lingam.BottomUpParceLiNGAM()):
    weights = method.fit(table).adjacency_matrix_
    graph = nx.from_numpy_array(weights.T, create_using=nx.DiGraph)
    edges = igraph.Graph.Weighted_Adjacency(weights.T.tolist()).get_edgelist()
    name = type(method).__name__
    seen[name] = {
        "sleep and mood": [str(weights[0, 1]), str(weights[1, 0])],
        "networkx has a cycle": not nx.is_directed_acyclic_graph(graph),
        "igraph has both": {(0, 1), (1, 0)} <= set(edges),
        "above 0.1": bool((np.abs(weights[:2, :2]) > 0.1).any()),
    }
    print(name, weights.round(2).tolist(), seen[name])
one = {"sleep and mood": ["nan", "nan"], "networkx has a cycle": True, "igraph has both": True, "above 0.1": False}
sys.exit(0 if list(seen.values()) == [one, one] else f"this has changed, expected {one} twice")
PYTHON
