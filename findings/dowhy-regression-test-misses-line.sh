#!/usr/bin/env bash
# Guess: regression_based of DoWhy's independence tests, "if X and Y are dependent, then X should help in predicting
#   Y", rejects the independence of two columns with a correlation of .99 in 200 or 300 rows, whatever its random
#   state.
# Seen: of 40 random states 95% or all give p above .05 on two tables of 200 rows, as a rule exactly 1, and on two of
#   300 rows still some 70 to 90%; the smallest p there are 4e-17 and 9e-33. The line is fitted by some dozens of
#   kernel features, which fall to nothing where there was no row to learn from; a held-out row at the end of the line
#   then costs more than the mean does. kernel_based says 0 each time. Columns that are independent have p = 1.
# Why it matters: 1 is read as proof of independence, and the next run of the same script says 9e-33; a graph is
#   refuted or not by the draw.
# Source: dowhy/gcm/independence_test/regression.py, Nystroem features and an F test on held-out rows.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile dowhy==0.14 numpy==2.2.6 pandas==2.3.3 networkx==3.5 \
    scikit-learn==1.7.2
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from dowhy.gcm.independence_test import kernel_based, regression_based

print("dowhy", version("dowhy"))
missed = {}
for rows, table in ((200, 1), (200, 3), (300, 0), (300, 3)):
    rng = np.random.default_rng(table)
    x, noise = rng.normal(size=(2, rows))
    y = 2 * x + 0.3 * noise
    found = []
    for state in range(40):
        np.random.seed(state)
        found.append(regression_based(x, y, n_jobs=1))
    found = np.array(found, dtype=float)
    missed[rows, table] = float((found > 0.05).mean())
    other = float(kernel_based(x, y))
    correlation = np.corrcoef(x, y)[0, 1]
    print(f"{rows} rows, correlation {correlation:.2f}: p above .05 in {missed[rows, table]:.0%} of 40 states")
    print(f"  p = 1 in {(found == 1).mean():.0%}, smallest {found.min():.0e}; kernel_based {other:.0e}")
    missed[rows, table] *= other < 1e-6
sys.exit(0 if min(missed.values()) > 0.15 else f"this has changed, expected at least 15% above .05: {missed}")
PYTHON
