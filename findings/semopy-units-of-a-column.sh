#!/usr/bin/env bash
# Guess: in a structural equation model of three measured columns, semopy's slope changes with the unit of a column as
#   regression's does: ten thousand times the column, ten thousand times the slope, the same z and p.
# Seen: with the outcome in units a hundred times smaller the slope is right and its standard error more than twice as
#   large, and the model, which is true, is rejected (p = .000); with ten thousand times smaller units the slope stays
#   where the fit began, 1e-4 of what it should be. Each time the answer says success, "Optimization terminated
#   successfully".
# Why it matters: incomes in dollars beside years of schooling are such columns; a path that is there is not found.
# Source: semopy/model.py and optimizer.py: scipy's SLSQP with its default tolerance, from starting values.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile semopy==2.3.11 numpy==2.2.6 pandas==3.1.1 scipy==1.13.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import semopy

print("semopy", version("semopy"))
random = np.random.default_rng(0)
schooling = random.normal(size=500)
skill = 2 * schooling + random.normal(size=500)
income = 1.5 * skill + random.normal(size=500)
slopes = {}
for unit in (1, 100, 10_000):
    model = semopy.Model("skill ~ schooling\nincome ~ skill")
    result = model.fit(pd.DataFrame({"schooling": schooling, "skill": skill, "income": income * unit}))
    row = model.inspect().set_index(["lval", "rval"]).loc[("income", "skill")]
    p = float(semopy.calc_stats(model)["chi2 p-value"].iloc[0])
    slopes[unit] = float(row["Estimate"]) / unit, float(row["Std. Err"]), p
    slope, error, _ = slopes[unit]
    print(f"income times {unit}: slope / {unit} {slope:.3f}, its error as printed {error:.3f}, model p {p:.3f},", result.message)
    assert result.success
right = abs(slopes[1][0] - 1.5) < 0.1 and slopes[1][2] > 0.5
lost = slopes[10_000][0] < 0.01 and slopes[10_000][2] < 0.01
sys.exit(0 if right and lost else "this has changed")
PYTHON
