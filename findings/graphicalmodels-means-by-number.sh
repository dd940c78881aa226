#!/usr/bin/env bash
# Guess: means() and deterministic_intervention_means() of graphical_models' GaussDAG give the mean of every node for
#   any graph without cycles, as its samples have it: for 2 -> 1 -> 0 what they give for 0 -> 1 -> 2.
# Seen: nodes are gone through by their number, and causes with a higher one count as 0. For 2 -> 1 -> 0 with a bias of
#   10 at the root the means are 0, 0 and 10, where a sample has 60, 20 and 10; and setting the root to 5 changes
#   nothing but itself, where 30 and 10 follow. For 0 -> 1 -> 2 all is right, and so are covariances in both.
# Why it matters: columns of a table do not stand in causal order, so that effects against that order are not there:
#   "no effect" of the one and the full effect of the other, by the place of a column.
# Source: means and deterministic_intervention_means in graphical_models/classes/dags/gaussdag.py, for i in
#   range(self.nnodes); the counterfactuals beside them use topological_sort, regression_coefficients uses the means.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pgmpy==1.1.2 einops==0.8.2 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps graphical-models==0.1a21 xgboost-cpu==3.2.0
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from graphical_models import GaussDAG

print("graphical-models", version("graphical-models"), "numpy", version("numpy"))
np.random.seed(0)
seen = {}
for name, order in (("0 -> 1 -> 2", [0, 1, 2]), ("2 -> 1 -> 0", [2, 1, 0])):
    root, middle, last = order
    biases = np.zeros(3)
    biases[root] = 10
    graph = GaussDAG([0, 1, 2], {(root, middle): 2.0, (middle, last): 3.0}, biases=biases)
    sampled, intervened = graph.sample(20_000).mean(axis=0), graph.deterministic_intervention_means({root: 5.0})
    seen[name] = graph.means()[order].tolist(), sampled[order].round().tolist(), intervened[order].tolist()
    print(f"{name}, root first: means {seen[name][0]}, in a sample {seen[name][1]}, with the root at 5 {seen[name][2]}")
same = seen["0 -> 1 -> 2"] == ([10, 20, 60], [10, 20, 60], [5, 10, 30])
same &= seen["2 -> 1 -> 0"] == ([10, 0, 0], [10, 20, 60], [5, 0, 0])
sys.exit(0 if same else "this has changed, expected means of 0 for effects with a lower number")
PYTHON
