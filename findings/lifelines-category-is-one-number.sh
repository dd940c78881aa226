#!/usr/bin/env bash
# Guess: CoxPHFitter().fit(table, "time", "dead") of lifelines takes a categorical column of the table, site 1, 2 and 3,
#   for categories, as it does with formula="arm + site", or refuses it, as it refuses categories that are words.
# Seen: one slope for the number: .07 for each site. With the formula the two others have 1.19 and .16, and the log hazard
#   ratio of the arm is -.69, the true one, instead of -.61. Text, "1", "2", "3", goes the same way: it is cast to
#   numbers. Only categories that are no digits are refused.
# Why it matters: the dtype was set so that codes are not read as amounts; the coefficient is named "site" and looks like
#   that of a measurement, and the site is not adjusted for.
# Source: lifelines/utils/__init__.py, CovariateParameterMappings.transform_df, astype(float) of the columns; the docstring
#   of CoxPHFitter.fit speaks of "covariates columns" and offers the formula.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile lifelines==0.30.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter

print("lifelines", version("lifelines"))
rng = np.random.default_rng(0)
arm, site = rng.integers(0, 2, 2000), rng.integers(0, 3, 2000)
death = rng.exponential(np.exp(0.7 * arm - np.array([0, 1.2, 0.3])[site]))
end = rng.exponential(3, 2000)
table = pd.DataFrame({"time": np.minimum(death, end), "dead": death < end, "arm": arm})
print("true log hazard ratios: arm -0.7, the sites 0, 1.2 and 0.3")
seen = {}
for name, column, formula in (
    ("categorical", pd.Categorical(site + 1), None),
    ("text", pd.Series(site + 1).astype(str), None),
    ("categorical, by formula", pd.Categorical(site + 1), "arm + site"),
    ("words", pd.Categorical(np.array(["north", "south", "west"])[site]), None),
):
    try:
        fit = CoxPHFitter().fit(table.assign(site=column), "time", "dead", formula=formula)
        seen[name] = fit.params_.round(2).to_dict()
    except ValueError as error:
        seen[name] = {}
        print("refused:", str(error)[:60])
    print(f"{name}: {seen[name]}")
bare, text, formula, words = seen.values()
same = set(bare) == {"arm", "site"} and bare == text and len(formula) == 3 and not words
same &= abs(bare["site"]) < 0.2 and max(formula.values()) > 1 and bare["arm"] > formula["arm"] + 0.04
sys.exit(0 if same else "this has changed, expected one slope for the number of the site")
PYTHON
