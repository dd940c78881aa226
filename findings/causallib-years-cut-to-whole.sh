#!/usr/bin/env bash
# Guess: the survival curves of causallib's MarginalSurvival (Kaplan-Meier, without weights), given the years of
#   follow-up as .4, 1.7, 2.3, are at 1, 2 and 3 years what lifelines' KaplanMeierFitter says of the same rows.
# Seen: they are nearly a year too low: of the treated 16% outlive the first year, where lifelines has 36%, the truth
#   is 37%, and the same rows in days give 36%. Durations are cut to whole numbers, so that all deaths of the first
#   year are at 0 and those of the second at 1. The other estimators of the module (WeightedSurvival,
#   StandardizedSurvival) prepare their rows in the same way.
# Why it matters: follow-up in years, with decimals, is how such tables come; the curve has a proper shape, starts
#   below 1 at 0, and where deaths are rare the effect of the treatment is only somewhat off.
# Source: canonize_dtypes_and_names in causallib/survival/survival_utils.py, t.astype(int); the docstrings call t the
#   "followup duration", without a word on its unit.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causallib==0.10.0 lifelines==0.30.3 numpy==2.4.6 pandas==2.3.3 \
    scikit-learn==1.9.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from causallib.survival import MarginalSurvival
from lifelines import KaplanMeierFitter

print("causallib", version("causallib"), "lifelines", version("lifelines"))
rng = np.random.default_rng(0)
rows = 2000
covariates = pd.DataFrame({"age": rng.normal(size=rows)})
arm = pd.Series(rng.integers(0, 2, rows), name="a")
death, leaving = rng.exponential(2 / (1 + arm)), rng.uniform(0, 6, rows)
years = pd.Series(np.minimum(death, leaving), name="t")
dead = pd.Series((death <= leaving).astype(int), name="y")
days = (365 * years).round()
by_years = MarginalSurvival().estimate_population_outcome(covariates, arm, years, dead)
by_days = MarginalSurvival().estimate_population_outcome(covariates, arm, days, dead)
same = True
for treated in (0, 1):
    group = arm == treated
    curve = KaplanMeierFitter().fit(years[group], dead[group])
    for year in (1, 2):
        low, right, other = by_years.loc[year, treated], by_days.loc[365 * year, treated], curve.predict(year)
        truth = np.exp(-year * (1 + treated) / 2)
        print(f"arm {treated}, alive after {year}: causallib {low:.2f}, from days {right:.2f}", end=", ")
        print(f"lifelines {other:.2f}, truth {truth:.2f}; lifelines a year later {curve.predict(year + 1):.2f}")
        same &= abs(right - other) < 0.01 and low < 0.8 * other
sys.exit(0 if same else "this has changed, expected lower survival from years than from days")
PYTHON
