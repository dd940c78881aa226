#!/usr/bin/env bash
# Guess: entropy balancing by ebal gives the controls weights with which the mean of every covariate handed to it is
#   that of the treated, if it says that it has converged, whatever the unit of the others.
# Seen: a rate between 0 and 1 beside an income stays as it was, .59 against .43, with "converged": True, and an
#   effect of 1.0 comes out as 2.5; so it is with the income in dollars and in thousands of dollars. With the income
#   in tens of thousands the rate is balanced to four digits, and the effect is 1.0. Balanced are the principal
#   components of the covariates, and of these only such with a variance of 1 or a share of a thousandth of all
#   variance.
# Why it matters: a rate, a dose in grams or a column of 0 and 1 has a variance far below that of money or of a year;
#   that an income is measured more finely takes them out of the adjustment. PCA=False balances them all.
# Source: explained_variance_>=1 or explained_variance_ratio_>=0.001 in ebalance of ebal/binary.py; the columns are
#   centred before, not scaled. PCA=True is the default, "for dimensionality reduction".
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile ebal==1.0.0 statsmodels==0.15.0 scikit-learn==1.7.2 scipy==1.16.3 \
  pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from ebal import ebal_bin

print("ebal", version("ebal"), "scikit-learn", version("scikit-learn"))
rng = np.random.default_rng(0)
rate, income = rng.beta(2, 2, 1000), rng.normal(50_000, 15_000, 1000)
odds = np.exp(4 * (rate - 0.5) + 0.5 * (income - 50_000) / 15_000)
treated = (rng.random(1000) < odds / (1 + odds)).astype(int)
outcome = treated + 10 * rate + income / 15_000 + rng.normal(size=1000)
seen = {}
for unit, factor in (("dollars", 1), ("thousands", 1_000), ("tens of thousands", 10_000)):
    found = ebal_bin(print_level=-1).ebalance(treated, np.column_stack([rate, income / factor]), outcome)
    controls = np.average(rate[treated == 0], weights=found["w"][treated == 0])
    seen[unit] = found["converged"], rate[treated == 1].mean() - controls, found["wls"].params[1]
    means = f"mean rate {rate[treated == 1].mean():.4f} and {controls:.4f}"
    print(f"income in {unit}: converged {found['converged']}, {means}, effect {found['wls'].params[1]:.2f}")
same = all(values[0] for values in seen.values()) and abs(seen["tens of thousands"][1]) < 1e-4
same &= all(seen[unit][1] > 0.1 and seen[unit][2] > 2 for unit in ("dollars", "thousands"))
same &= abs(seen["tens of thousands"][2] - 1) < 0.2
sys.exit(0 if same else "this has changed, expected the rate to stay unbalanced beside large numbers")
PYTHON
