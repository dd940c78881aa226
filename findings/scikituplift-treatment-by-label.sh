#!/usr/bin/env bash
# Guess: fit(X, y, treatment) of scikit-uplift joins the three by the place of their rows, as its TwoModels does, which
#   warns where their labels differ; or refuses labels in another order.
# Seen: SoloModel takes the outcome by place and the treatment by label, without a warning. With X sorted and y and the
#   treatment sorted alongside, but numbered anew (reset_index), each person has the arm of somebody else: an uplift of
#   2.0 becomes 0.0, with both of its methods. ClassTransformationReg, whose new outcome is a product of two Series,
#   does the same where only the treatment was numbered anew. TwoModels says 2.1 each time.
# Why it matters: a table that was sorted or split has such labels, one reset_index in the preparation is enough, and
#   "no uplift" is an answer that is believed.
# Source: sklift/models/models.py: X.assign(treatment=treatment) in SoloModel.fit, y * ((treatment - p) / ...) in
#   ClassTransformationReg.fit; the docstrings ask for "array-like".
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile scikit-uplift==0.5.1 scikit-learn==1.9.1 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklift.models import ClassTransformationReg, SoloModel, TwoModels

print("scikit-uplift", version("scikit-uplift"), "scikit-learn", version("scikit-learn"))
rng = np.random.default_rng(0)
table = pd.DataFrame({"age": rng.normal(size=4000)})
treatment = pd.Series(rng.integers(0, 2, 4000))
outcome = table["age"] + 2 * treatment + rng.normal(size=4000)
order = np.argsort(table["age"].to_numpy())
sorted_table, sorted_outcome = table.iloc[order], outcome.iloc[order]
numbered = treatment.iloc[order].reset_index(drop=True)
models = {
    "SoloModel": lambda: SoloModel(LinearRegression()),
    "SoloModel, interactions": lambda: SoloModel(LinearRegression(), method="treatment_interaction"),
    "ClassTransformationReg": lambda: ClassTransformationReg(LinearRegression(), propensity_val=0.5),
    "TwoModels": lambda: TwoModels(LinearRegression(), LinearRegression()),
}
seen = {}
for name, model in models.items():
    plain = model().fit(table, outcome, treatment).predict(table).mean()
    moved = model().fit(sorted_table, sorted_outcome, numbered).predict(sorted_table).mean()
    seen[name] = plain, moved
    print(f"{name}: uplift {plain:.1f} with one set of labels, {moved:.1f} with the treatment numbered anew")
same = all(abs(plain - 2) < 0.3 for plain, _ in seen.values()) and abs(seen.pop("TwoModels")[1] - 2) < 0.3
same &= all(abs(moved) < 0.2 for _, moved in seen.values())
sys.exit(0 if same else "this has changed, expected no uplift where the treatment is joined by label")
PYTHON
