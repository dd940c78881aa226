#!/usr/bin/env bash
# Guess: CausalForestDML.ate_interval(X) of the rows it was fitted to is the interval of its attribute ate_.
# Seen: they are two estimators. ate_interval is the mean of the forest's effects in rows, with an error that takes
#   the errors of the rows as wholly dependent: it is more than twice as wide as that of ate_, which is a doubly
#   robust mean, and stands in ate_stderr_ and ate__inference() (two underscores).
# Why it matters: the method that all other estimators of the package have gives up most of the forest's precision,
#   and nothing points to the other one.
# Source: econml/inference/_inference.py, population_summary; econml/dml/causal_forest.py, ate_ and ate__inference.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile econml==0.17.0 numpy==2.4.6 scikit-learn==1.9.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from econml.dml import CausalForestDML

print("econml", version("econml"))
ratios = []
for seed in range(3):
    rng = np.random.default_rng(seed)
    covariates = rng.normal(size=(1000, 4))
    treatment = (rng.random(1000) < 1 / (1 + np.exp(-covariates[:, 0]))).astype(int)
    outcome = 2 * np.sin(covariates[:, 0]) + treatment + rng.normal(size=1000)
    forest = CausalForestDML(discrete_treatment=True, random_state=0).fit(outcome, treatment, X=covariates)
    lower, upper = forest.ate_interval(covariates, alpha=0.1)
    low, high = (float(np.ravel(end)[0]) for end in forest.ate__inference().conf_int(alpha=0.1))
    print(f"draw {seed}: ate_interval {lower:.2f} to {upper:.2f}, of ate_ {low:.2f} to {high:.2f}")
    ratios.append((upper - lower) / (high - low))
print("width of the first over that of the second:", [round(float(ratio), 1) for ratio in ratios])
sys.exit(0 if min(ratios) > 2 else "this has changed, expected more than 2")
PYTHON
