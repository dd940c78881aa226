#!/usr/bin/env bash
# Guess: after set_arc_weight and set_node_variance the covariance, the correlation and the precision of
#   graphical_models' GaussDAG are those of the new weights, as its samples are.
# Seen: whichever was asked for before stays what it was. With a weight of 5 instead of 1 and a variance of 9 the
#   covariance of effect and cause is still 1, where a sample has 45; the precision, asked for the first time after the
#   weight was changed, knows the weight. partial_correlation and regression_coefficients take the covariance.
# Why it matters: a study that turns one weight up in a loop gets the first answer each time, or the right one, by
#   whether it looked before; true values and samples of the same object then contradict each other.
# Source: _ensure_covariance in graphical_models/classes/dags/gaussdag.py computes it where there is none; the setters
#   do not take it away.
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
for looked in (True, False):
    graph = GaussDAG([0, 1], {(0, 1): 1.0})
    before = graph.covariance[0, 1] if looked else None
    graph.set_arc_weight(0, 1, 5.0)
    graph.set_node_variance(0, 9.0)
    sampled = np.cov(graph.sample(20_000).T)[0, 1]
    slope = float(graph.regression_coefficients([1], [0])[0].item())
    seen[looked] = graph.covariance[0, 1], slope, graph.precision[0, 1]
    name = f"covariance before {before:.0f}, after" if looked else "not looked at before:"
    shown = f"slope {slope:.0f}, precision {seen[looked][2]:.0f}"
    print(f"{name} {seen[looked][0]:.0f}, in a sample {sampled:.0f}; {shown}")
same = np.allclose(seen[True], (1, 1, -5)) and np.allclose(seen[False], (45, 5, -5)) and abs(sampled - 45) < 2
sys.exit(0 if same else "this has changed, expected the covariance of the old weights")
PYTHON
