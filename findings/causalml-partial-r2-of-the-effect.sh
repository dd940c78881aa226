#!/usr/bin/env bash
# Guess: the partial R squared that SensitivitySelectionBias of CausalML (causalsens) gives for each covariate, to
#   compare a hidden cause with, is the share of the outcome's variance that the covariate explains beside the others:
#   .96 for the strongest one below, .2 for a weak one, 0 for a column of noise.
# Seen: .01 for the strongest, 0 for the others. The residuals are outcome minus predicted EFFECT, not minus predicted
#   outcome; leaving out a covariate changes the effects by little, whatever it explains. The R squared of the
#   confounding in the other table, rsqs, has the same residuals below the line, and is .009 where .26 would be due.
# Why it matters: "a hidden cause as strong as age would not change the result" is read off the two: a strong covariate
#   passes for one that explains nothing, and the same amount of confounding seems to take a thirtieth of what it does.
# Source: causalsens in causalml/metrics/sensitivity.py takes get_prediction, "predictions of treatment effects", where
#   predictions of the outcome are needed.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causalml==0.18.0 statsmodels==0.14.6 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON' 2>/dev/null
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import statsmodels.api as sm
from causalml.inference.meta import BaseTRegressor
from causalml.metrics.sensitivity import SensitivitySelectionBias
from sklearn.linear_model import LinearRegression

print("causalml", version("causalml"))
rng = np.random.default_rng(0)
names = ["strong", "weak", "noise"]
table = pd.DataFrame(rng.normal(size=(3000, 3)), columns=names)
table["p"] = 0.5
table["w"] = rng.integers(0, 2, 3000)
table["y"] = 5 * table["strong"] + table["weak"] / 2 + table["w"] + rng.normal(size=3000)
learner = BaseTRegressor(LinearRegression())
alpha = np.array([0.0, 1.0])
bias = SensitivitySelectionBias(table, names, "p", "w", "y", learner, alpha_range=alpha)
confounding, covariates = bias.causalsens()
seen = dict(zip(covariates["feature"], covariates["partial_rsqs"].astype(float), strict=True))


def unexplained(columns):
    return sm.OLS(table["y"], sm.add_constant(table[["w", *columns]])).fit().ssr


right = {name: 1 - unexplained(names) / unexplained([other for other in names if other != name]) for name in names}
for name in names:
    print(f"{name}: partial R squared {right[name]:.3f} by regression, {seen[name]:.3f} by causalsens")
share = float(confounding["rsqs"].iloc[1])
due = table["w"].var() / (unexplained(names) / 3000)
print(f"confounding of 1: R squared {share:.3f}, variance of it over the outcome's residual variance {due:.3f}")
same = right["strong"] > 0.9 and right["weak"] > 0.1 and max(map(abs, seen.values())) < 0.05 and share < due / 10
sys.exit(0 if same else "this has changed, expected partial R squared near 0 for the strongest covariate")
PYTHON
