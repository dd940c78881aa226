#!/usr/bin/env bash
# Guess: LeeBounds of pyleebounds gives an interval for both of its bounds wherever it gives the bounds: each is a
#   mean of treated persons, some of the best or of the worst left out.
# Seen: with 2,000 persons and shares of .71 and .69 observed the bounds are .80 and 1.09, the upper one's interval is
#   .86 to 1.37, the lower one's and its standard error are "not a number", though 438 of 443 draws were fine. In five
#   draws the shares are so close that nobody is to be left out, and the mean "without the last 0" is that of nobody.
#   Draws with the shares the other way round, 57 of 500, are not counted.
# Why it matters: where attrition differs little the bounds are tight, the case that one hopes for; there the lower
#   bound, the one that says whether the effect is above zero, has no interval, more surely so the more draws are
#   made.
# Source: sorted_treated[:-n_trim] in _compute_bounds of pyleebounds/lee_bounds.py, empty for n_trim = 0; "continue"
#   in _bootstrap for the draws left out.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pyleebounds==0.3.0 matplotlib==3.11.2 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from pyleebounds import LeeBounds

print("pyleebounds", version("pyleebounds"), "numpy", version("numpy"))
rng = np.random.default_rng(3)
arm = rng.integers(0, 2, 2000)
observed = (rng.random(2000) < np.where(arm, 0.72, 0.69)).astype(int)
table = pd.DataFrame({"wage": rng.normal(10, 2, 2000) + arm, "arm": arm, "observed": observed})
np.random.seed(1)
found = LeeBounds(n_bootstrap=500).fit(table, "wage", "arm", "observed")
lost, draws = int(np.isnan(found.lower_bounds_bootstrap).sum()), len(found.lower_bounds_bootstrap)
print(f"observed {found.p1:.2f} of the treated, {found.p0:.2f} of the others")
print(f"lower bound {found.lower_bound:.2f}, interval {found.lower_bound_ci}, error {found.lower_bound_se}")
print(f"upper bound {found.upper_bound:.2f}, interval {found.upper_bound_ci.round(2)}")
print(f"draws counted {draws} of 500, not a number among them {lost}")
same = np.isfinite([found.lower_bound, found.upper_bound, *found.upper_bound_ci]).all()
same &= bool(np.isnan([*found.lower_bound_ci, found.lower_bound_se]).all()) and 0 < lost < 20 and draws < 500
sys.exit(0 if same else "this has changed, expected no interval for the lower bound")
PYTHON
