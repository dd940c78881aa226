#!/usr/bin/env bash
# Guess: estimate_ate of CausalML's TMLELearner, asked about two drugs and a control, gives for each drug its mean
#   effect against the control, as the T- and X-learners of the package do on the same call.
# Seen: each against everybody else. With effects of 1 and 4 the first drug, which helps, has -1.0, with an interval
#   from -1.1 to -.9, and the second 3.5: those with the other drug count as untreated. The T-learner says 1.0 and 4.0.
#   It does not matter whether the scores given are shares of all three arms or of two.
# Why it matters: whether a drug helps or harms depends on how good the others in the trial are; with two arms, which
#   is what one tries first, all is right.
# Source: estimate_ate in causalml/inference/meta/tmle.py, w_group = (treatment == group), with all rows; tlearner.py
#   keeps the rows of the group and of the control.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causalml==0.18.0 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON' 2>/dev/null
import sys
from importlib.metadata import version

import numpy as np
from causalml.inference.meta import BaseTRegressor, TMLELearner
from sklearn.linear_model import LinearRegression

print("causalml", version("causalml"))
rng = np.random.default_rng(0)
covariates = rng.normal(size=(6000, 2))
arm = rng.choice(["control", "first", "second"], 6000)
outcome = covariates[:, 0] + (arm == "first") + 4 * (arm == "second") + rng.normal(size=6000)
seen = {}
for name, rows in (("three arms", arm != ""), ("first and control", arm != "second")):
    data = covariates[rows], arm[rows], outcome[rows]
    others = sorted(set(arm[rows]) - {"control"})
    shares = {group: np.full(rows.sum(), 1 / (len(others) + 1)) for group in others}
    tmle = TMLELearner(LinearRegression(), control_name="control").estimate_ate(*data, shares)
    plain = BaseTRegressor(LinearRegression(), control_name="control").estimate_ate(*data)
    for group, effect, low, high, other in zip(others, *tmle, plain[0], strict=True):
        seen[name, group] = float(effect), float(other)
        print(f"{name}, {group} drug: TMLE {effect:.1f}, from {low:.1f} to {high:.1f}; T-learner {other:.1f}")
right = {("three arms", "first"): 1, ("three arms", "second"): 4, ("first and control", "first"): 1}
same = all(abs(seen[key][1] - effect) < 0.2 for key, effect in right.items())
same &= seen["three arms", "first"][0] < -0.8 and abs(seen["first and control", "first"][0] - 1) < 0.2
sys.exit(0 if same else "this has changed, expected an effect of -1 in three arms and of 1 in two from TMLE")
PYTHON
