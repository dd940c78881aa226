#!/usr/bin/env bash
# Guess: ccm of CausalityAnalyzer of effconnpy has a larger value from x to y than from y to x, when x drives y and y
#   does not drive x, as cross mapping is said to show.
# Seen: the two are the same number to the last digits at every lag, .07, .15 and .27 here; it is the correlation of
#   the distances between the moments of x with those of y, and a correlation has no direction.
# Why it matters: with the threshold of create_connectivity_matrix every pair is an arrow both ways or none; "mutual
#   influence" is a property of the formula.
# Source: skill = np.corrcoef(x_dist.flatten(), y_dist.flatten()) in convergent_cross_mapping of
#   effconnpy/analyzers.py, without any neighbours or prediction.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile copent==0.5.7 networkx==3.5 statsmodels==0.14.6 scikit-learn==1.7.2 \
  scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps effconnpy==0.1.25 # no plots needed here
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version
from unittest.mock import MagicMock

import numpy as np

sys.modules.update({name: MagicMock() for name in ("dowhy", "vtk", "fury", "dipy", "dipy.io", "dipy.io.streamline")})

from effconnpy import CausalityAnalyzer

print("effconnpy", version("effconnpy"), "numpy", np.__version__)
x, y = np.zeros(300), np.zeros(300)
x[0], y[0] = 0.4, 0.2
for step in range(299):
    x[step + 1] = x[step] * 3.8 * (1 - x[step])
    y[step + 1] = y[step] * (3.5 - 3.5 * y[step] - 0.35 * x[step])
seen = []
for name, first, second in (("x, y", x, y), ("y, x", y, x)):
    for lag in (1, 2, 3):
        values = CausalityAnalyzer(np.column_stack([first, second])).causality_test(method="ccm", lag=lag)
        seen.append((float(values["0 → 1"]), float(values["1 → 0"])))
        print(f"columns {name}, lag {lag}: 0 → 1 {seen[-1][0]:.6f}, 1 → 0 {seen[-1][1]:.6f}")
same = all(abs(there - back) < 1e-9 for there, back in seen)
same &= np.allclose([there for there, _ in seen[:3]], [there for there, _ in seen[3:]])
sys.exit(0 if same else "this has changed, expected the same number in both directions")
PYTHON
