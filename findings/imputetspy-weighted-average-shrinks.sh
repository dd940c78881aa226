#!/usr/bin/env bash
# Guess: na_ma of imputetspy, a weighted moving average, fills a gap in a series that is 10 everywhere with 10, whatever
#   the window and the weighting; with "linear" weights the nearest neighbours count most, as in R's imputeTS.
# Seen: without weights it is 10. With linear ones it is 5, 4.2 and 3.2 for windows of 2, 4 and 8, with exponential ones
#   5, 3.8 and 2.3: the weighted values are averaged and never divided by the sum of the weights. Before the gap the
#   farthest neighbour weighs most: a 10 two places before fills in 1.25, a 10 just before 0.83.
# Why it matters: gaps in temperatures or prices become dips to less than half, by the choice of a weighting, and a
#   wider window, meant to smooth, makes them deeper. Dips where a sensor failed look like what made it fail.
# Source: np.mean of values times 1 / (arange + 2), and of values times power_exp, in na_ma of imputetspy/main.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile --no-deps imputetspy==0.1.4 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6 \
  matplotlib==3.10.7 python-dateutil==2.9.0.post0 pytz==2025.2 six==1.17.0
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from imputetspy import na_ma

print("imputetspy", version("imputetspy"), "numpy", version("numpy"))
level = np.full(9, 10.0)
level[4] = np.nan
filled = {}
for weighting in (None, "linear", "exponential"):
    filled[weighting] = [float(na_ma(level, k, weighting=weighting)[4]) for k in (2, 4, 8)]
    print(f"10 everywhere, weighting {weighting}, windows of 2, 4, 8: {np.round(filled[weighting], 2).tolist()}")
by_place = []
for place in (2, 3):
    pulse = np.zeros(9)
    pulse[[place, 4]] = 10, np.nan
    by_place.append(float(na_ma(pulse, 4, weighting="linear")[4]))
    print(f"0 but for a 10, {4 - place} before the gap: {by_place[-1]:.2f}")
expected = {"linear": [5, 25 / 6, 77 / 24], "exponential": [5, 3.75, 2.34375]}
same = filled[None] == [10, 10, 10] and all(np.allclose(filled[name], values) for name, values in expected.items())
same &= by_place[0] > by_place[1]
sys.exit(0 if same else "this has changed, expected weighted averages below the level")
PYTHON
