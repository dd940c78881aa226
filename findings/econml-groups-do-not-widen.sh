#!/usr/bin/env bash
# Guess: fit(..., groups=clinic) of EconML's LinearDML, on rows that come in clusters, gives standard errors that
#   count the clusters, as cov_type="cluster" of statsmodels does; or at least wider ones than without groups.
# Seen: the same ones. groups only keeps a cluster's rows together when the table is split; 50 clinics of 40 patients
#   count as 2,000 independent rows, and of 20 intervals that should hold the effect 19 times some 5 do.
# Why it matters: the argument is taken, cross-fitting is right, and the interval that it comes with is several times
#   too narrow.
# Source: _OrthoLearner.fit in econml/_ortho_learner.py; the final StatsModelsLinearRegression has no groups.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile econml==0.17.0 statsmodels==0.15.0 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import statsmodels.api as sm
from econml.dml import LinearDML
from sklearn.linear_model import LinearRegression

print("econml", version("econml"))
held, errors = {"no groups": 0, "groups": 0, "statsmodels": 0}, {"no groups": [], "groups": [], "statsmodels": []}
for seed in range(20):
    rng = np.random.default_rng(seed)
    clinic = np.repeat(np.arange(50), 40)
    habit, skill = rng.normal(size=(2, 50))[:, clinic]  # of a clinic: how much it gives, how well its patients do
    age, *noise = rng.normal(size=(3, 2000))
    dose = habit + 0.2 * noise[0]
    y = dose + skill + 0.2 * noise[1]  # the effect is 1
    answers = {}
    for name, groups in {"no groups": None, "groups": clinic}.items():
        model = LinearDML(model_y=LinearRegression(), model_t=LinearRegression(), random_state=0)
        model.fit(y, dose, X=None, W=age[:, None], groups=groups)
        result = model.intercept__inference()
        answers[name] = float(np.ravel(result.point_estimate)[0]), float(np.ravel(result.stderr)[0])
    columns = sm.add_constant(np.column_stack([dose, age]))
    clustered = sm.OLS(y, columns).fit(cov_type="cluster", cov_kwds={"groups": clinic})
    answers["statsmodels"] = clustered.params[1], clustered.bse[1]
    for name, (estimate, error) in answers.items():
        held[name] += abs(estimate - 1) < 1.96 * error
        errors[name].append(error)
for name, count in held.items():
    print(f"{name}: mean standard error {np.mean(errors[name]):.3f}, {count} of 20 intervals hold the effect")
narrow = np.mean(errors["groups"]) < 1.3 * np.mean(errors["no groups"]) < 0.5 * np.mean(errors["statsmodels"])
sys.exit(0 if narrow and held["groups"] <= 10 else "this has changed, expected groups to leave the errors narrow")
PYTHON
