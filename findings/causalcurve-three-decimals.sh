#!/usr/bin/env bash
# Guess: calculate_CDRC of causal-curve draws the same curve for deaths per person as for deaths per 100,000 persons,
#   with numbers a hundred thousand times smaller.
# Seen: per 100,000 it rises from 2 to 19; per person it is 0.0 at every dose, with an interval from 0.0 to 0.0. What
#   comes back is rounded to three decimals, the dose as well: in kilograms there is one dose, 0.0, for the whole curve.
#   The predictions are rounded before they are averaged.
# Why it matters: a flat curve of no width is "no effect, beyond doubt", of doses in grams or of risks, where small
#   numbers are the rule; multiplying the answer afterwards brings nothing back.
# Source: round(3) in calculate_CDRC, causal_curve/gps_core.py and tmle_core.py, and in _cdrc_predictions_continuous,
#   gps_regressor.py; no docstring speaks of it.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causal-curve==1.0.6 pygam==0.12.0 statsmodels==0.15.0 \
  scikit-learn==1.9.1 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from causal_curve import GPS_Regressor

print("causal-curve", version("causal-curve"), "statsmodels", version("statsmodels"))
rng = np.random.default_rng(0)
age = rng.normal(size=500)
milligrams = 10 + 2 * age + 2 * rng.normal(size=500)
deaths = milligrams + age + rng.normal(size=500)
seen = {}
for name, unit_of_dose, unit_of_outcome in (
    ("milligrams, per 100,000", 1, 1),
    ("milligrams, per person", 1, 1e-5),
    ("kilograms, per 100,000", 1e-6, 1),
):
    model = GPS_Regressor(gps_family="normal", random_seed=0)
    columns = pd.Series(milligrams * unit_of_dose), pd.DataFrame({"age": age}), pd.Series(deaths * unit_of_outcome)
    model.fit(T=columns[0], X=columns[1], y=columns[2])
    curve = model.calculate_CDRC(0.95)
    response, width = curve["Causal_Dose_Response"], (curve["Upper_CI"] - curve["Lower_CI"]).max()
    seen[name] = response.iloc[0], response.iloc[-1], width, curve["Treatment"].nunique()
    print(f"{name}: from {seen[name][0]:.1f} to {seen[name][1]:.1f}, width {width:.2f}, {seen[name][3]} doses")
rising = seen["milligrams, per 100,000"]
same = rising[1] - rising[0] > 10 and rising[2] > 0.5 and rising[3] > 90
same &= seen["milligrams, per person"][:3] == (0, 0, 0) and seen["kilograms, per 100,000"][3] == 1
sys.exit(0 if same else "this has changed, expected a curve of zeros")
PYTHON
