#!/usr/bin/env bash
# Guess: fixedeffect of FixedEffectModel with two categories, state and year, gives the slope of a regression with an
#   indicator for each state and each year, for a table with several persons in a state and year as for one with one.
# Seen: -1.19 where the regression with indicators says 1.01, and 1 is true, with a standard error of .04. Whether a
#   panel is balanced is judged by the number of rows alone: not fewer than states times years, which 3,000 persons in
#   100 cells are, however they are spread. For such a table the means of the states and then those of the years are
#   taken off once, which is right only where every state has every year as often.
# Why it matters: persons within states and years, pupils within schools and years, workers within firms: most tables
#   with two categories are of this kind. The sign of an effect turns without a warning.
# Source: n_cat > df.shape[0] in demean_dataframe, and the branch for balanced panels in demean_dataframe_two_cat, of
#   fixedeffect/utils/DemeanDataframe.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile FixedEffectModel==0.0.5 statsmodels==0.14.6 networkx==3.2.1 \
  matplotlib==3.10.7 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from fixedeffect.fe.fe import fixedeffect

print("FixedEffectModel", version("FixedEffectModel"), "statsmodels", version("statsmodels"))
rng = np.random.default_rng(0)
state = rng.integers(0, 10, 3000)
cases = {"spread unevenly": np.clip(state + rng.integers(-3, 4, 3000), 0, 9), "every cell alike": np.tile(range(10), 300)}
seen = {}
for name, year in cases.items():
    home = state if name == "spread unevenly" else np.repeat(range(10), 300)
    x = rng.normal(size=3000) + 0.5 * home - 0.8 * year
    table = pd.DataFrame({"state": home, "year": year, "x": x})
    table["y"] = x + 3 * home + 2 * year**1.2 + rng.normal(size=3000)
    model = fixedeffect(data_df=table.copy(), dependent=["y"], exog_x=["x"], category=["state", "year"], no_print=True)
    found = model.fit()
    dummies = smf.ols("y ~ x + C(state) + C(year)", table).fit()
    seen[name] = float(found.params["x"]), float(found.bse["x"]), float(dummies.params["x"])
    print("{}: slope {:.2f}, error {:.2f}, with indicators {:.2f}".format(name, *seen[name]))
uneven, even = seen["spread unevenly"], seen["every cell alike"]
same = uneven[0] < -0.5 and abs(uneven[2] - 1) < 0.1 and abs(even[0] - even[2]) < 1e-6
sys.exit(0 if same else "this has changed, expected another slope than that with indicators")
PYTHON
