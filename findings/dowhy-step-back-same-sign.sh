#!/usr/bin/env bash
# Guess: the effect of going from treated to untreated (control_value=True, treatment_value=False) is minus that of
#   going from untreated to treated, whichever of DoWhy's estimators computes it.
# Seen: so it is for linear regression, 2 and -2. Stratification, matching and weighting by the propensity and
#   distance matching give the same positive number both ways: they do not look at the two values.
# Why it matters: the sign of "what if we stopped treating" hangs on the estimator, and a comparison of estimators,
#   which is what DoWhy is for, finds a contradiction that is none of the data.
# Source: dowhy/causal_estimators/propensity_score_*.py and distance_matching_estimator.py compare the rows that are 1
#   with those that are 0; the docstring of estimate_effect describes both values without exception.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile dowhy==0.14 numpy==2.2.6 pandas==2.3.3
"$room/venv/bin/python" -W ignore - <<'PYTHON' 2> /dev/null
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from dowhy import CausalModel

print("dowhy", version("dowhy"))
rng = np.random.default_rng(0)
z = rng.normal(size=3000)
t = rng.random(3000) < 1 / (1 + np.exp(-z))
table = pd.DataFrame({"z": z, "t": t, "y": 2 * t + z + rng.normal(size=3000)})
model = CausalModel(table, "t", "y", graph="digraph {z -> t; z -> y; t -> y}")
estimand = model.identify_effect()
signs = {}
names = ["linear_regression", "propensity_score_stratification", "propensity_score_matching"]
for name in [*names, "propensity_score_weighting", "distance_matching"]:
    values = [
        model.estimate_effect(
            estimand, method_name=f"backdoor.{name}", control_value=control, treatment_value=treated
        ).value
        for control, treated in [(False, True), (True, False)]
    ]
    signs[name] = [int(np.sign(value)) for value in values]
    print(f"{name}: untreated to treated {values[0]:.2f}, treated to untreated {values[1]:.2f}")
same = signs.pop("linear_regression") == [1, -1] and all(pair == [1, 1] for pair in signs.values())
sys.exit(0 if same else "this has changed, expected all but the regression to keep the sign")
PYTHON
