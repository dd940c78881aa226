#!/usr/bin/env bash
# Guess: where half of the outcomes are missing at random, semopy with obj="FIML", full information maximum likelihood,
#   gives the slope and the standard error of a regression on the complete rows, which is what the likelihood says.
# Seen: the slope is that, 1.05, but its standard error is .032, that of all 1,000 rows, where the 500 that have an
#   outcome give .043. With the default objective the slope moves, too, to 1.20 (more than three of its errors from the
#   complete rows' 1.05): variances are of all rows, covariances of the complete ones.
# Why it matters: intervals come out as narrow as if nothing were missing.
# Source: semopy/stats.py takes the number of rows of the table for the information; semopy/utils.py, cov, for the
#   default.
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
dose = np.random.default_rng(1).normal(size=1000)
table = pd.DataFrame({"dose": dose, "score": dose + np.random.default_rng(2).normal(size=1000)})
table.loc[:499, "score"] = np.nan
known = table.dropna()
slope, intercept = np.polyfit(known.dose, known.score, 1)
left = known.score - intercept - slope * known.dose
error = np.sqrt((left @ left) / 498 / ((known.dose - known.dose.mean()) ** 2).sum())
print(f"regression on the 500 complete rows: {slope:.3f}, standard error {error:.3f}")
seen = {}
for objective in ("MLW", "FIML"):
    model = semopy.Model("score ~ dose")
    result = model.fit(table, obj=objective)
    row = model.inspect().iloc[0]
    seen[objective] = float(row["Estimate"]), float(row["Std. Err"])
    print(f"semopy, {objective}: {seen[objective][0]:.3f}, standard error {seen[objective][1]:.3f},", result.message)
narrow = all(theirs < 0.8 * error for _, theirs in seen.values())
sys.exit(0 if narrow and abs(seen["FIML"][0] - slope) < 0.01 < abs(seen["MLW"][0] - slope) else "this has changed")
PYTHON
