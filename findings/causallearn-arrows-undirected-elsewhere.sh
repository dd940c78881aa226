#!/usr/bin/env bash
# Guess: the matrix of a graph that causal-learn's PC found, with -1 at the tail and 1 at the head of an arrow, keeps
#   its directions in graphical_models' PDAG.from_amat and in networkx, or is refused by them.
# Seen: neither. Both ends are "not 0", which is an edge without direction for the one and two arrows for the other: the
#   collider x -> z <- y, of whose arrows PC is sure, becomes x - z - y, which says that x and y are dependent, and in
#   networkx two cycles. The places of 1, transposed, are read rightly by both.
# Why it matters: directions are all that such a graph says beyond adjacency; the number of edges is right, and a
#   distance to the true graph counts every arrow as a mistake.
# Source: causal-learn's docstring of pc says what -1 and 1 are; from_amat in graphical_models/classes/dags/pdag.py and
#   networkx' from_numpy_array look for entries that are not 0.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causal-learn==0.1.4.8 pgmpy==1.1.2 einops==0.8.2 \
  networkx==3.6.1 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps graphical-models==0.1a21 xgboost-cpu==3.2.0
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import networkx as nx
import numpy as np
from causallearn.search.ConstraintBased.PC import pc
from graphical_models import PDAG

print(*(f"{name} {version(name)}" for name in ("causal-learn", "graphical-models", "networkx")))
rng = np.random.default_rng(0)
x, y, noise = rng.normal(size=(3, 2000))
found = pc(np.column_stack([x, y, x + y + noise]), show_progress=False).G.graph.astype(int)
print("x, y, z by causal-learn:", found.tolist())
seen = {}
for name, matrix in (("as it is", found), ("places of 1, transposed", (found == 1).T.astype(int))):
    pattern, digraph = PDAG.from_amat(matrix), nx.from_numpy_array(matrix, create_using=nx.DiGraph)
    arcs = sorted((int(cause), int(effect)) for cause, effect in pattern.arcs)
    seen[name] = arcs, len(pattern.edges), sorted(digraph.edges)
    print(f"{name}: {len(arcs)} arrows and {len(pattern.edges)} edges without; networkx {seen[name][2]}")
same = seen["as it is"] == ([], 2, [(0, 2), (1, 2), (2, 0), (2, 1)])
same &= seen["places of 1, transposed"] == ([(0, 2), (1, 2)], 0, [(0, 2), (1, 2)])
sys.exit(0 if same else "this has changed, expected two edges without direction")
PYTHON
