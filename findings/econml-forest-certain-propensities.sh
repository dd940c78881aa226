#!/usr/bin/env bash
# Guess: with propensities of 0.2 or 0.8, and so no weight above 5, EconML's LinearDRLearner with its defaults finds an
#   effect of 3,000 dollars on 2,000 incomes within some thousands.
# Seen: tens of millions, in each of three draws. The default model of the treatment is the more accurate of a logistic
#   regression and a random forest; propensities that are no line in the logit make it the forest, whose trees grow until
#   they are certain. Rows with the highest incomes have few neighbours, all trees agree, and a propensity of 0 is
#   raised to the default min_propensity of 1e-6: a weight of a million. min_propensity=0.05 brings thousands back.
# Why it matters: overlap is good, there is no warning, and an interval can leave out the truth.
# Source: econml/dr/_drlearner.py, min_propensity; econml/sklearn_extensions/model_selection.py, get_selector.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile econml==0.17.0 numpy==2.4.6 scikit-learn==1.9.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from econml.dr import LinearDRLearner

print("econml", version("econml"))


def draw(seed, n=2000):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    income = 20_000 * np.exp(0.8 * z)
    covariates = np.column_stack([rng.integers(18, 60, n), income])
    treatment = (rng.random(n) < np.where(np.abs(z) > 0.67, 0.8, 0.2)).astype(int)
    return 0.8 * income * np.exp(0.4 * rng.normal(size=n)) + 3000 * treatment, treatment, covariates


errors = {"defaults": [], "min_propensity=0.05": []}
for seed in range(3):
    outcome, treatment, covariates = draw(seed)
    for name, settings in {"defaults": {}, "min_propensity=0.05": {"min_propensity": 0.05}}.items():
        model = LinearDRLearner(random_state=0, **settings).fit(outcome, treatment, X=covariates)
        lower, upper = model.ate_interval(covariates)
        print(f"draw {seed}, {name}: {model.ate(covariates):,.0f} ({lower:,.0f} to {upper:,.0f})")
        errors[name].append(abs(model.ate(covariates) - 3000))
held = min(errors["defaults"]) > 1e6 and max(errors["min_propensity=0.05"]) < 5000
sys.exit(0 if held else "this has changed: errors above a million, and below 5,000, were seen")
PYTHON
