#!/usr/bin/env bash
# Guess: a table of causally with hidden common causes, SCMContext.confounded_model(p), has the effects of its graph and
#   besides dependences that the graph does not explain.
# Seen: it has neither: each column is its own noise, independent of all others. A chain of three with weights from .8
#   to 1 has correlations of .5 and more without hidden causes, and of .0 with them, at p = .2 as at p = 1. The hidden
#   columns stand before the measured ones, and the loop that draws the columns counts from the first, as many as are
#   measured: it draws the hidden columns, which have no parents, and leaves the rest as noise.
# Why it matters: the package is for tests of discovery where assumptions fail. All methods come out alike, with an
#   empty graph, as if hidden causes hid everything; the graph returned has its arrows.
# Source: sample in causally/scm/scm.py, topological_order(self.adjacency) beside confound_adjacency.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile igraph==1.0.0 networkx==3.2.1 scikit-learn==1.7.2 scipy==1.16.3 \
  torch==2.13.0 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps causally==0.1.0
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from causally.graph.random_graph import CustomGraph
from causally.scm.context import SCMContext
from causally.scm.noise import Normal
from causally.scm.scm import LinearModel

print("causally", version("causally"), "numpy", version("numpy"))
chain = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]])
seen = {}
for share in (None, 0.2, 1.0):
    context = SCMContext()
    if share is not None:
        context.confounded_model(share)
    model = LinearModel(5000, CustomGraph(chain), Normal(), context, 0.8, 1.0, seed=0)
    table, graph = model.sample()
    seen[share] = np.corrcoef(table.T)[np.triu_indices(3, 1)]
    print(f"p = {share}: correlations {seen[share].round(2)}, spreads {table.std(axis=0).round(2)},", end=" ")
    print(f"{int(graph.sum())} arrows returned")
same = seen[None].min() > 0.4 and max(np.abs(seen[0.2]).max(), np.abs(seen[1.0]).max()) < 0.06
sys.exit(0 if same else "this has changed, expected independent columns with hidden causes")
PYTHON
