#!/usr/bin/env bash
# Guess: coef_covs of rdrobust, "coefficients of the additional covariates", a column of plain numbers, has them in the
#   order of the columns that were given.
# Seen: in the order of the length of their names. For income, age and sex, with the coefficients 10, 1 and 0 in the
#   simulation, it is 1, 0 and 10: age and sex have three letters, income six. Renamed to a, b and c the same columns
#   give 10, 1 and 0. The jump does not change.
# Why it matters: the numbers have no names, so that they are put beside those of the columns; each covariate is then
#   told the coefficient of another one, and whether this happens hangs on what the columns are called.
# Source: covs_order in rdrobust/rdrobust.py, np.argsort([len(i) for i in covs_names]).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile rdrobust==2.1.1 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from rdrobust import rdrobust

print("rdrobust", version("rdrobust"))
rng = np.random.default_rng(0)
votes = rng.uniform(-1, 1, 2000)
covariates = pd.DataFrame(rng.normal(size=(2000, 3)), columns=["income", "age", "sex"])
outcome = 3 * votes + 2 * (votes >= 0) + covariates @ [10, 1, 0] + rng.normal(size=2000)
seen = []
for names in (["income", "age", "sex"], ["a", "b", "c"]):
    fit = rdrobust(outcome, votes, covs=covariates.set_axis(names, axis=1))
    coefficients, jump = np.ravel(fit.coef_covs), float(fit.coef.iloc[0, 0])
    seen.append((coefficients, jump))
    print(f"{', '.join(names)}: coefficients {coefficients.round(2)}, jump {jump:.2f}")
same = np.allclose(seen[0][0], [1, 0, 10], atol=0.2) and np.allclose(seen[1][0], [10, 1, 0], atol=0.2)
same &= abs(seen[0][1] - seen[1][1]) < 1e-6
sys.exit(0 if same else "this has changed, expected the coefficients of age, sex and income")
PYTHON
