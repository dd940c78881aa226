#!/usr/bin/env bash
# Guess: ipw_ra and aipw_wls of statsmodels' TreatmentEffect, two of its five estimators, take a propensity model with
#   as many columns as one has, as ipw and aipw do.
# Seen: both take six, constant included, and no other number: "shapes (2000,3) and (6,) not aligned" for three
#   columns, and so for five and seven. The number of columns in the documentation's example, six, is written into the
#   code. With return_results=False, which gives the effect without an error, every number works.
# Why it matters: the doubly robust estimator with weighted regressions cannot be had with its interval; the message
#   names neither the columns nor a cause. Columns of noise added to make six give it, at the price of that noise.
# Source: ps = params[-6:] in momcond of _AIPWWLSGMM and _IPWRAGMM, statsmodels/treatment/treatment_effects.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile statsmodels==0.15.0 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import statsmodels.api as sm
from statsmodels.treatment.treatment_effects import TreatmentEffect

print("statsmodels", version("statsmodels"), "scipy", version("scipy"))
rng = np.random.default_rng(0)
x = rng.normal(size=(2000, 7))
treated = (rng.random(2000) < 1 / (1 + np.exp(-x[:, 0]))).astype(int)
outcome = x[:, 0] + treated + rng.normal(size=2000)
seen = {}
for number in (3, 5, 6, 7):
    columns = sm.add_constant(x[:, : number - 1])
    selection = sm.Probit(treated, columns).fit(disp=0)
    given = TreatmentEffect(sm.OLS(outcome, columns), treated, results_select=selection)
    for name in ("aipw", "aipw_wls", "ipw_ra"):
        effect = getattr(given, name)(return_results=False)[0]
        try:
            getattr(given, name)()
            seen[name, number] = "works"
        except ValueError as error:
            seen[name, number] = str(error)[:40]
        print(f"{number} columns, {name}: effect {effect:.2f}, with its error: {seen[name, number]}")
same = all((value == "works") == (name == "aipw" or number == 6) for (name, number), value in seen.items())
sys.exit(0 if same else "this has changed, expected two estimators for six columns only")
PYTHON
