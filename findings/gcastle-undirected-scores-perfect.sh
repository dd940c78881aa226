#!/usr/bin/env bash
# Guess: gcastle's MetricsDAG, fed with the causal_matrix of gcastle's own PC or GES (undirected edges are 1 in both
#   places), counts an edge without direction as a mistake or as half of one; rates stay between 0 and 1.
# Seen: a graph in which no edge has a direction scores better than perfect: SHD 0, FDR 0 and a true positive rate of
#   2.0. The precision beside it says .5, and F1 .67.
# Why it matters: by SHD, a method that never decides beats every method that does; the mean of such rates over tables
#   may pass for good.
# Source: castle/metrics/evaluation.py, _count_accuracy; the docstring names CPDAGs as -1 in one place, PC gives 1 in
#   both.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile gcastle==1.0.4 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from castle.metrics import MetricsDAG

print("gcastle", version("gcastle"))
chain = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]])
graphs = {
    "the truth": chain,
    "one edge turned": np.array([[0, 0, 0], [1, 0, 1], [0, 0, 0]]),
    "no edge directed": chain | chain.T,
}
seen = {}
for name, graph in graphs.items():
    scores = MetricsDAG(graph, chain).metrics
    seen[name] = [float(scores[what]) for what in ("shd", "tpr", "fdr", "precision")]
    print(f"{name}: shd, tpr, fdr, precision", seen[name])
expected = {
    "the truth": [0, 1, 0, 1],
    "one edge turned": [1, 0.5, 0.5, 0.5],
    "no edge directed": [0, 2, 0, 0.5],
}
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
