#!/usr/bin/env bash
# Guess: reg of econtools with fe_name= and awt_name= gives the weighted regression with an indicator for each group, as
#   "analytic weights" with "areg" do in Stata, whose results its tests are made from.
# Seen: 4.31, where the regression with indicators and the same weights has 3.46. Means of the groups are taken off
#   without the weights, and the weights put on what is left; there is no constant any more that could take up the rest.
#   Without weights, and with weights but no groups, the slopes are those of the regression.
# Why it matters: sampling weights and fixed effects go together in most panels of persons or regions. The error that
#   is shown, .06, is no warning: the slope is farther from the weighted one than the one without any weights, 3.79.
# Source: _demean_sample before _weight_sample in set_sample, and _demean, of econtools/metrics/core.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile econtools==0.3.2 statsmodels==0.14.0 scipy==1.10.1 pandas==1.5.3 \
  numpy==1.23.5
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from econtools.metrics import reg

print("econtools", version("econtools"), "statsmodels", version("statsmodels"))
rng = np.random.default_rng(0)
region = rng.integers(0, 20, 2000)
weight = rng.choice([1.0, 10.0], 2000)
x = rng.normal(size=2000) + 0.3 * region + 1.5 * (weight > 1)
y = x + region + 2 * (weight > 1) * x + rng.normal(size=2000)
table = pd.DataFrame({"region": region, "weight": weight, "x": x, "y": y})
cases = {"groups and weights": ({"fe_name": "region", "awt_name": "weight"}, "y ~ x + C(region)", weight)}
cases["groups alone"] = {"fe_name": "region"}, "y ~ x + C(region)", np.ones(2000)
cases["weights alone"] = {"awt_name": "weight", "addcons": True}, "y ~ x", weight
seen = {}
for name, (options, formula, weights) in cases.items():
    found, expected = reg(table, "y", ["x"], **options), smf.wls(formula, table, weights=weights).fit()
    seen[name] = float(found.beta["x"]), float(found.se["x"]), float(expected.params["x"])
    print("{}: slope {:.2f}, error {:.2f}, with indicators {:.2f}".format(name, *seen[name]))
both = seen["groups and weights"]
same = abs(both[0] - both[2]) > 0.5 and both[1] < 0.1
same &= all(abs(seen[name][0] - seen[name][2]) < 1e-6 for name in ("groups alone", "weights alone"))
sys.exit(0 if same else "this has changed, expected groups centred without their weights")
PYTHON
