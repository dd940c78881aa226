#!/usr/bin/env bash
# Guess: unit_change of DoWhy, which divides the change of a unit's output between its inputs and the mechanism ("f"),
#   gives parts that add up to the change, for linear mechanisms exactly.
# Seen: a fee of 10 that is new in the second period is nobody's: the output rises by 10 for every unit, and both
#   parts are 0. With the mechanisms given as SklearnLinearRegressionModel only the coefficients are compared; the
#   same two regressions as SklearnRegressionModel give f = 10.
# Why it matters: a change of level, the commonest of all, is missing from an account of root causes, and says so
#   nowhere.
# Source: unit_change_linear in dowhy/gcm/unit_change.py, from coefficients alone; its class has no intercept.
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
from dowhy import gcm
from dowhy.gcm.ml.regression import SklearnRegressionModel
from dowhy.gcm.unit_change import SklearnLinearRegressionModel, unit_change
from sklearn.linear_model import LinearRegression

gcm.config.disable_progress_bars()
print("dowhy", version("dowhy"))
rng = np.random.default_rng(0)
before = pd.DataFrame({"use": rng.normal(size=200)})
after = before.copy()  # each unit uses what it did
bill_before, bill_after = 2 * before["use"], 2 * after["use"] + 10
seen = {}
for kind in (SklearnLinearRegressionModel, SklearnRegressionModel):
    first, second = kind(LinearRegression()), kind(LinearRegression())
    first.fit(before.to_numpy(), bill_before.to_numpy())
    second.fit(after.to_numpy(), bill_after.to_numpy())
    change = (second.predict(after.to_numpy()) - first.predict(before.to_numpy())).mean()
    parts = unit_change(before, after, ["use"], first, second).mean().round(6)
    seen[kind.__name__] = {name: float(abs(part)) for name, part in parts.items()}
    print(f"{kind.__name__}: bills change by {change:.2f}, parts {seen[kind.__name__]}")
expected = {
    "SklearnLinearRegressionModel": {"use": 0.0, "f": 0.0},
    "SklearnRegressionModel": {"use": 0.0, "f": 10.0},
}
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
