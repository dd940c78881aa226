#!/usr/bin/env bash
# Guess: a confounder declared 'd' for discrete in confounder_types of causality (PyPI), as its docstrings say, gets a
#   column for each of its levels in the propensity model and in the regression; 'c', continuous, does not.
# Seen: 'd', 'o', 'u' and 'c' all give one number. Where four sites, coded 1 to 4, differ in treatment and outcome
#   without order, weighting by inverse propensities says 3.4 each time, where 1.0 is true, with an interval from 3.2
#   to 3.5. The code knows 'o' and 'u' only, and hands a table of one column to pandas.get_dummies, which leaves
#   numbers as they are. Sites of text are an error. Columns of 0 and 1 made beforehand give 1.0.
# Why it matters: codes of sites, regions or diagnoses are numbers; the declaration is what one makes to keep them
#   from being slopes, and it changes nothing.
# Source: score and fit_WLS in causality/estimation/parametric.py, pd.get_dummies(X[[confounder]], ...).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causality==0.0.11 statsmodels==0.15.0 scikit-learn==1.7.2 \
  networkx==3.2.1 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from causality.estimation.parametric import InverseProbabilityWeightedLS

print("causality", version("causality"), "pandas", version("pandas"))
rng = np.random.default_rng(0)
site = rng.integers(0, 4, 4000)
treated = (rng.random(4000) < np.array([0.7, 0.2, 0.8, 0.3])[site]).astype(int)
outcome = treated + np.array([5, 0, 6, 1])[site] + rng.normal(size=4000)
table = pd.DataFrame({"site": site + 1, "treated": treated, "outcome": outcome})


def effect(rows, types):
    with contextlib.redirect_stdout(io.StringIO()):
        return [float(v) for v in InverseProbabilityWeightedLS().estimate_ATE(rows, "treated", "outcome", types)]


seen = {}
for kind in "douc":
    seen[kind] = effect(table.copy(), {"site": kind})
    print(f"site declared '{kind}': {seen[kind][1]:.2f}, from {seen[kind][0]:.2f} to {seen[kind][2]:.2f}")
columns = pd.get_dummies(table, columns=["site"], drop_first=True, dtype=float)
made = effect(columns.copy(), {name: "c" for name in columns if name.startswith("site")})
print(f"a column for each site: {made[1]:.2f}, from {made[0]:.2f} to {made[2]:.2f}")
same = all(np.allclose(seen[kind], seen["c"]) for kind in "dou") and seen["d"][0] > 2.5 and abs(made[1] - 1) < 0.2
sys.exit(0 if same else "this has changed, expected a discrete confounder to go in as one number")
PYTHON
