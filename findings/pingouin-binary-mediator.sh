#!/usr/bin/env bash
# Guess: with a mediator of 0 and 1, pingouin's mediation analysis, which fits it by a logistic regression, gives an
#   indirect effect on the scale of the outcome: the total effect less the direct one.
# Seen: the total effect is .97, the direct one .55, and the indirect one 2.03, where .42 are left: the log odds of the
#   mediator times a slope of the outcome, two scales multiplied. More than all of the effect is mediated.
# Why it matters: the row stands between "Total" and "Direct", with an interval and stars, as if it were in their units.
# Source: pingouin/regression.py, mediation_analysis; the docstring says that the mediator may be binary.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pingouin==0.6.1 numpy==2.2.6 pandas==3.1.1 scipy==1.13.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import pingouin

print("pingouin", version("pingouin"))
random = np.random.default_rng(0)
dose = random.normal(size=2000)
relief = (dose + random.logistic(size=2000) > 0).astype(int)
score = 0.5 * dose + 2 * relief + random.normal(size=2000)
table = pd.DataFrame({"dose": dose, "relief": relief, "score": score})
found = pingouin.mediation_analysis(table, x="dose", m="relief", y="score", seed=1).set_index("path")["coef"]
total, direct, indirect = (float(found[name]) for name in ("Total", "Direct", "Indirect"))
print(f"total {total:.2f}, direct {direct:.2f}, indirect {indirect:.2f}, total less direct {total - direct:.2f}")
logit, slope = float(found["relief ~ X"]), np.polyfit(relief, score - direct * dose, 1)[0]
print(f"log odds a unit of dose {logit:.2f}, slope of the mediator beside it {slope:.2f}, product {logit * slope:.2f}")
as_before = abs(indirect - logit * slope) < 0.1 and indirect > 3 * (total - direct)
sys.exit(0 if as_before else "this has changed")
PYTHON
