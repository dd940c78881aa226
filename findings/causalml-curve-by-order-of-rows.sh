#!/usr/bin/env bash
# Guess: the area under the uplift curve that CausalML gives a model (auuc_score, qini_score) does not depend on the
#   order of the table's rows; a model that says the same of everybody scores as chance does, .5 and 0.
# Seen: rows with the same prediction stay in the table's order. With the table sorted by its outcome a constant has
#   an area of .16 and a Qini of -.36; a model of two levels, which is exactly right here, goes from .74 to .82.
# Why it matters: uplift trees, and learners with a tree for a final model, predict few values. Tables come sorted, by
#   outcome or by arm; then the score measures that, and better figures go to the model with more ties.
# Source: causalml/metrics/visualize.py, get_cumlift and get_qini, sort_values(col); scikit-uplift groups equal
#   scores.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
pip="$room/venv/bin/pip"
"$pip" install --quiet --no-compile --no-deps causalml==0.18.0  # less than it asks for: no part below needs xgboost
"$pip" install --quiet --no-compile numpy==2.2.6 pandas==2.3.3 scikit-learn==1.7.2 matplotlib==3.10.7 seaborn==0.13.2 \
    lightgbm==4.7.0 shap==0.51.0 pathos==0.2.9 statsmodels==0.15.0 xgboost-cpu==3.2.0 2> /dev/null  # of what is left out
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from causalml.metrics import auuc_score, qini_score

print("causalml", version("causalml"))
rng = np.random.default_rng(0)
n = 4000
effect = (rng.random(n) < 0.5).astype(float)
arm = rng.integers(0, 2, n)
table = pd.DataFrame({"y": effect * arm + 0.3 * rng.normal(size=n), "w": arm, "same for all": 1.0, "right": effect})
table["right, and a little noise"] = effect + 1e-6 * rng.random(n)  # as good, without ties
seen = {}
for name, rows in {"as drawn": table, "sorted by outcome": table.sort_values("y")}.items():
    areas = auuc_score(rows, outcome_col="y", treatment_col="w")
    qini = qini_score(rows, outcome_col="y", treatment_col="w")
    seen[name] = areas.round(2).to_dict()
    print(f"{name}: area {seen[name]}, Qini {qini.round(2).to_dict()}")
first, second = seen.values()
moved = {name: abs(first[name] - second[name]) for name in first}
same = moved["same for all"] > 0.3 and moved["right"] > 0.05 and moved["right, and a little noise"] == 0
sys.exit(0 if same else "this has changed, expected the areas of models with ties to move")
PYTHON
