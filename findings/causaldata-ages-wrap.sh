#!/usr/bin/env bash
# Guess: age ** 2, the usual second term of a propensity model on the LaLonde table of causaldata (nsw_mixtape), is
#   the age squared, written in pandas or in a formula.
# Seen: ages and years of schooling are stored in 8 bits, as in the Stata file, and 8 bits wrap round: the square of
#   55 is -47, the least square is -124. statsmodels' formula I(age**2) wraps as well, and halves the curvature and
#   takes the slope of age from 295 to 40.
# Why it matters: no warning, and the treatment's coefficient moves by little, so that nothing looks wrong.
# Source: causaldata's tables keep the storage types of their .dta files; close_college, cps_mixtape and credit_cards
#   have them, too.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causaldata==0.1.5 statsmodels==0.15.0 pandas==2.3.3 numpy==2.4.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import causaldata
import statsmodels.formula.api as smf

print("causaldata", version("causaldata"))
table = causaldata.nsw_mixtape.load_pandas().data


def slopes(data):
    fit = smf.ols("re78 ~ treat + age + I(age**2)", data).fit()
    return [round(float(fit.params[name]), 1) for name in ("treat", "age", "I(age ** 2)")]


seen = {
    "stored as": str(table["age"].dtype),
    "square of 55": int((table.loc[table["age"] == 55, "age"] ** 2).iloc[0]),
    "least square": int((table["age"] ** 2).min()),
    "treat, age, age squared": slopes(table),
    "the same with floats": slopes(table.assign(age=table["age"].astype(float))),
}
for what, value in seen.items():
    print(f"{what}: {value}")
expected = ["int8", -47, -124, [1762.8, 39.7, -2.9], [1736.1, 295.0, -4.2]]
sys.exit(0 if list(seen.values()) == expected else f"this has changed, expected {expected}")
PYTHON
