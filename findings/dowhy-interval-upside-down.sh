#!/usr/bin/env bash
# Guess: the interval that DoWhy's linear regression gives for going back from treatment 1 to 0 is the one of going
#   from 0 to 1 with both signs turned: lower bound first; and its standard error stays what it was.
# Seen: the interval is upside down, from -4.98 to -5.04, and the standard error is NEGATIVE. Both are multiplied by the
#   step. From 0 to 1 and from 10 to 12 they are right.
# Why it matters: low <= truth <= high is never true, so a study of coverage finds 0 of 100; an error bar has a negative
#   length; and the ratio of an effect to its error has the sign of the slope whichever way the step went.
# Source: dowhy/causal_estimators/linear_regression_estimator.py, _estimate_confidence_intervals and
#   _estimate_std_error.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile dowhy==0.14 numpy==2.4.6 pandas==2.3.3 networkx==3.6.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import logging
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from dowhy import CausalModel

logging.disable(logging.CRITICAL)
print("dowhy", version("dowhy"))
rng = np.random.default_rng(0)
rain, dose_noise, crop_noise = rng.normal(size=(3, 4000))
dose = 2 * rain + dose_noise
table = pd.DataFrame({"rain": rain, "dose": dose, "crop": 5 * dose + 3 * rain + crop_noise})
model = CausalModel(table, "dose", "crop", common_causes=["rain"])
estimand = model.identify_effect()
seen = {}
for before, after in [(0, 1), (10, 12), (1, 0), (12, 10)]:
    estimate = model.estimate_effect(
        estimand, method_name="backdoor.linear_regression", control_value=before, treatment_value=after
    )
    low, high = np.ravel(estimate.get_confidence_intervals())
    error = float(np.ravel(estimate.get_standard_error())[0])
    print(f"from {before} to {after}: {estimate.value:.2f}, interval {low:.2f} to {high:.2f}, error {error:.3f}")
    seen[before, after] = (bool(low < high), error > 0)
expected = {(0, 1): (True, True), (10, 12): (True, True), (1, 0): (False, False), (12, 10): (False, False)}
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
