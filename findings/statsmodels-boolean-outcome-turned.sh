#!/usr/bin/env bash
# Guess: a column of True and False is to statsmodels' formulas what the same column of 1 and 0 is, on either side, and
#   so to what is built on them: zEpid's inverse probability weights of a treatment that is boolean.
# Seen: on the right side it is. On the left side of a binomial glm it becomes two columns, the first of them False, and
#   the model is that of False: the slope is -1.0 instead of 1.0. zEpid's IPTW weights the treated by the chance of not
#   being treated: an effect of 2 comes out as 7.9, with an interval from 7.6 to 8.2. Its AIPTW says 2.0:
#   its propensities are turned as well, but its model of the outcome is right here and makes up for them.
# Why it matters: df.t = df.dose > 0 is how such columns are made; the weights add to the confounding what they should
#   take away, without a word. logit and probit of the same formula refuse a boolean, so that a glm seems to take it.
# Source: the columns of the outcome are patsy's or formulaic's coding of a category; zepid/causal/utils.py,
#   propensity_score.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile zepid==0.9.1 statsmodels==0.15.0 pandas==2.3.3 numpy==2.4.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import numpy as np
import pandas as pd
import statsmodels
import statsmodels.api as sm
import statsmodels.formula.api as smf
import zepid
from zepid.causal.doublyrobust import AIPTW
from zepid.causal.ipw import IPTW

print("statsmodels", statsmodels.__version__, "zepid", zepid.__version__)
rng = np.random.default_rng(0)
z = rng.normal(size=4000)
t = (rng.random(4000) < 1 / (1 + np.exp(-z))).astype(int)
numbers = pd.DataFrame({"z": z, "t": t, "y": 2 * t + 3 * z + rng.normal(size=4000)})
slopes, sides, weighted, double = [], [], [], []
for table in (numbers, numbers.assign(t=numbers.t == 1)):
    slopes.append(smf.glm("t ~ z", table, family=sm.families.Binomial()).fit().params["z"])
    sides.append(smf.ols("y ~ z + t", table).fit().params.filter(like="t").iloc[-1])
    weights = IPTW(table, treatment="t", outcome="y")
    weights.treatment_model("z", print_results=False)
    weights.marginal_structural_model("t")
    weights.fit()
    weighted.append(weights.average_treatment_effect.iloc[1].to_numpy())
    robust = AIPTW(table, exposure="t", outcome="y")
    robust.exposure_model("z", print_results=False)
    robust.outcome_model("t + z", print_results=False)
    robust.fit()
    double.append(robust.average_treatment_effect)
for i, kind in enumerate(("0 and 1", "booleans")):
    effect, _, low, high = weighted[i]
    print(f"t as {kind}: slope of t ~ z {slopes[i]:+.2f}, t's in y ~ z + t {sides[i]:+.2f}; effect of t by zEpid's")
    print(f"  IPTW {effect:.2f} ({low:.2f} to {high:.2f}), AIPTW {double[i]:.2f}")
same = slopes[0] > 0.9 and np.isclose(slopes[0], -slopes[1]) and np.isclose(sides[0], sides[1])
same = same and abs(weighted[0][0] - 2) < 0.2 and weighted[1][2] > 7 and np.allclose(double, 2, atol=0.1)
sys.exit(0 if same else "this has changed, expected the model of False and weights turned round")
PYTHON
