#!/usr/bin/env bash
# Guess: est_via_weighting of causalinference, a regression of the outcome with inverse propensities for weights, is
#   what its documentation calls it, doubly robust: with the right model of the propensity the effect is right, though
#   the regression has a line in x where the outcome has a square.
# Seen: an effect of 1 comes out as -.3, -.4 and -.1 in three draws. Outcome and covariates are each multiplied by the
#   weight, not by its root, so that every weight counts squared: to the last digit it is statsmodels' WLS with the
#   squares, where WLS with the weights themselves, on the same propensities, gives about 1.
# Why it matters: those with the smallest chance of their own arm count for too much, by the very factor that was to
#   put things right; nothing looks wrong, and the estimate is called doubly robust.
# Source: weigh_data in causalinference/estimators/weighting.py, followed by an unweighted lstsq.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causalinference==0.1.3.post1 statsmodels==0.15.0 numpy==2.4.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import statsmodels.api as sm
from causalinference import CausalModel

print("causalinference", version("causalinference"))
same = True
for seed in range(3):
    rng = np.random.default_rng(seed)
    x, noise = rng.normal(size=(2, 10000))
    d = (rng.random(10000) < 1 / (1 + np.exp(1 - x))).astype(int)
    y = d + 2 * x**2 + noise
    model = CausalModel(y.copy(), d.copy(), x.reshape(-1, 1).copy())
    model.est_propensity()
    model.est_via_weighting()
    seen, error = (float(model.estimates["weighting"][name]) for name in ("ate", "ate_se"))
    score = model.propensity["fitted"]
    weights = np.where(d == 1, 1 / score, 1 / (1 - score))
    columns = sm.add_constant(np.column_stack([d, x]))
    once, squared = (sm.WLS(y, columns, weights=weights**power).fit(cov_type="HC0") for power in (1, 2))
    print(f"draw {seed}: true effect 1, est_via_weighting {seen:.2f} +- {error:.2f}")
    for name, fit in (("WLS, weights", once), ("WLS, squared weights", squared)):
        print(f"  {name}: {fit.params[1]:.2f} +- {fit.bse[1]:.2f}")
    same &= abs(seen - squared.params[1]) < 1e-6 and seen < 0.3 and abs(once.params[1] - 1) < 0.3
sys.exit(0 if same else "this has changed, expected the weighted regression with squared weights")
PYTHON
