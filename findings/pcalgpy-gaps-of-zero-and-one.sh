#!/usr/bin/env bash
# Guess: fixedGaps and fixedEdges of pcalg_py's pc, matrices that say which pairs have no edge and which keep it, may be
#   of 0 and 1 as of False and True, like the adjacency matrices of the package.
# Seen: with a matrix of 0 and 1 the graph is empty, whatever the data and whatever the matrix says: also one of zeros
#   only, which forbids nothing. With the same matrix as bool the edges are right, less the forbidden one. "Not" of 0 is
#   -1 and of 1 is -2, both count as an edge while the tests run, so that a forbidden pair is tested as any other; in
#   the end, edges are the entries equal to 1: none. The skeleton beside it has edges, also forbidden ones.
# Why it matters: knowledge read from a file or from another graph's matrix is of 0 and 1. An empty graph says that
#   nothing depends on anything, and no message says otherwise.
# Source: skeleton in pcalg_py/pc.py, G = ~fixedGaps; udag2pdagRelaxed in pcalg_py/graph_utils.py, gInput == 1. The
#   docstring has fixedGaps: np.ndarray.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile networkx==3.2.1 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps pcalg-py==0.0.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from pcalg_py import SuffStat, gaussCItest, pc

print("pcalg-py", version("pcalg-py"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
table = rng.normal(size=(1000, 3))
table[:, 1] += table[:, 0]
table[:, 2] += table[:, 1]
statistics = SuffStat(np.corrcoef(table.T), len(table))
nothing, first_two = np.zeros((3, 3), dtype=int), np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
seen = {}
for name, gaps in (("nothing", nothing), ("A - B", first_two)):
    for kind in (bool, int):
        found = pc(statistics, gaussCItest, 0.001, list("ABC"), fixedGaps=gaps.astype(kind))
        graph = sorted({tuple(sorted(edge)) for edge in found["graph"].edges})
        seen[name, kind] = graph, sorted(tuple(sorted(edge)) for edge in found["skel"]["graph"].edges)
        print(f"{name} forbidden, as {kind.__name__}: graph {graph}, skeleton {seen[name, kind][1]}")
chain = [("A", "B"), ("B", "C")]
same = seen["nothing", bool] == (chain, chain) and ("A", "B") not in seen["A - B", bool][0]
same &= seen["nothing", int] == ([], chain) and seen["A - B", int] == ([], chain)
sys.exit(0 if same else "this has changed, expected an empty graph for a matrix of 0 and 1")
PYTHON
