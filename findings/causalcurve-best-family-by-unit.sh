#!/usr/bin/env bash
# Guess: GPS_Regressor of causal-curve, which without a choice takes the "best-fitting family" for the dose, of normal,
#   lognormal and gamma, finds the same one in grams and in kilograms.
# Seen: a lognormal dose is lognormal in grams and normal in kilograms; a normal one is gamma in grams and normal in
#   kilograms. The family with the least deviance is taken, which is in squares of the dose for the normal and of its
#   logarithm for the lognormal: the smaller the numbers, the more normal. The curve of the lognormal dose goes from
#   1.8 to -6.5 with the one family and from 5.9 to -2.4 with the other.
# Why it matters: the score that is to take away confounding is that of a distribution chosen by the unit of a column;
#   nothing is said unless verbose.
# Source: _find_best_gps_model in causal_curve/gps_core.py, "the one with the lowest deviance".
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
doses = {"lognormal": np.exp(1 + 0.7 * age + 0.5 * rng.normal(size=500))}
doses["normal"] = 10 + 2 * age + 1.5 * rng.normal(size=500)
seen = {}
for name, dose in doses.items():
    outcome = 2 * np.log(dose.clip(0.1)) - 4 * age + rng.normal(scale=0.5, size=500)
    for unit, factor in (("grams", 1), ("kilograms", 0.001)):
        model = GPS_Regressor(random_seed=0)
        model.fit(T=pd.Series(dose * factor), X=pd.DataFrame({"age": age}), y=pd.Series(outcome))
        curve = model.calculate_CDRC(0.95)["Causal_Dose_Response"]
        seen[name, unit] = model.best_gps_family.removesuffix("_gps_model"), curve.iloc[0]
        print(f"{name} dose in {unit}: {seen[name, unit][0]}, curve from {curve.iloc[0]:.1f} to {curve.iloc[-1]:.1f}")
families = [family for family, _ in seen.values()]
moved = seen["lognormal", "kilograms"][1] - seen["lognormal", "grams"][1]
same = families == ["lognormal", "normal", "gamma", "normal"] and moved > 2
sys.exit(0 if same else "this has changed, expected another family in kilograms")
PYTHON
