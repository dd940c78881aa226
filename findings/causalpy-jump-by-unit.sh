#!/usr/bin/env bash
# Guess: the jump at a threshold that RegressionDiscontinuity of CausalPy estimates does not depend on the unit of the
#   running variable: metres or kilometres, it is a difference of two outcomes at one point.
# Seen: 2.0 in metres, 4.0 in kilometres. The fitted line is read at .001 below and .001 above the threshold, in the
#   variable's own unit, and the slope over the .002 in between counts as jump. The regression that it has fitted says
#   2.0 for "treated" in both.
# Why it matters: shares of votes, doses in grams and distances from a border in degrees are such columns: where a
#   window around the threshold is narrow in its unit, the effect is the trend across it, without a warning.
# Source: causalpy/experiments/regression_discontinuity.py, epsilon=0.001, "how far above and below the treatment
#   threshold to evaluate the causal impact", which names no unit.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causalpy==0.9.0 scikit-learn==1.9.1
"$room/venv/bin/python" -W ignore - <<'PYTHON' 2>/dev/null
import sys
from importlib.metadata import version

import causalpy
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

print("causalpy", version("causalpy"))
rng = np.random.default_rng(0)
metres = np.sort(rng.uniform(-1, 1, 500))
y = 2 * (metres >= 0) + metres + 0.1 * rng.normal(size=500)
jump, slope = {}, {}
for name, x in (("metres", metres), ("kilometres", metres / 1000)):
    result = causalpy.RegressionDiscontinuity(
        pd.DataFrame({"x": x, "y": y, "treated": x >= 0}),
        formula="y ~ 1 + x + treated",
        running_variable_name="x",
        model=LinearRegression(fit_intercept=False),
        treatment_threshold=0.0,
    )
    jump[name] = float(np.ravel(result.discontinuity_at_threshold)[0])
    design = np.column_stack([np.ones(500), x >= 0, x])
    slope[name] = float(np.linalg.lstsq(design, y, rcond=None)[0][1])
    print(f"{name}: discontinuity {jump[name]:.2f}, coefficient of treated {slope[name]:.2f}")
same = abs(jump["metres"] - 2) < 0.1 and jump["kilometres"] > 3.5
same &= abs(slope["metres"] - slope["kilometres"]) < 1e-6
sys.exit(0 if same else "this has changed, expected another jump in kilometres")
PYTHON
