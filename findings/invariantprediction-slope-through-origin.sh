#!/usr/bin/env bash
# Guess: the coefficients of ICP in the package invariant-causal-prediction are the slopes of the regressions whose
#   residuals it tests, whatever the zero of the target and of the columns: 1.0 for a cause with a slope of one.
# Seen: with a target around 50 and a cause around 0 the slope is 17.9 in one table, with the cause around 10 it is
#   4.6, around 100 it is .5; with both minus their means it is 1.0. The sets that are accepted are the same each
#   time, because their test has a constant in its regression and the coefficients do not.
# Why it matters: the set of causes is right and the size of the effect is a matter of the scale's zero, Celsius or
#   kelvin; nothing in the answer says that the line goes through the origin. The columns must be centred beforehand.
# Source: _coef_for_set in invariant_causal_prediction/icp.py, without the ones that _glm_residuals puts in.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile invariant-causal-prediction==0.1.1 scikit-learn==1.7.2 \
  statsmodels==0.15.0 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
MPLBACKEND=agg "$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from invariant_causal_prediction import ICP

print("invariant-causal-prediction", version("invariant-causal-prediction"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
environment = np.repeat([0, 1], 500)
cause = rng.normal(size=1000) + 2 * environment
target = cause + rng.normal(size=1000)
seen, sets = {}, []
places = {
    "around 50 and 0": (cause, target + 50),
    "around 50 and 10": (cause + 10, target + 50),
    "around 50 and 100": (cause + 100, target + 50),
    "both minus their means": (cause - cause.mean(), target - target.mean()),
}
for name, (column, outcome) in places.items():
    found = ICP(alpha=0.05).fit(column[:, None], outcome, environment)
    seen[name], accepted = float(found["maximin_coefficients"][0]), found["accepted_sets"]
    sets.append(accepted)
    print(f"target and cause {name}: accepted {accepted}, coefficient {seen[name]:.2f}")
same = all(accepted == [(0,)] for accepted in sets) and abs(seen["both minus their means"] - 1) < 0.1
same &= seen["around 50 and 0"] > 10 and 3 < seen["around 50 and 10"] < 8 and seen["around 50 and 100"] < 0.7
sys.exit(0 if same else "this has changed, expected lines through the origin")
PYTHON
