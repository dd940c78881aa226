#!/usr/bin/env bash
# Guess: mr_two_sample_ml of twosamplemr has the same p-value for an outcome in any unit; its estimate and its error
#   are both a thousand times larger where the outcome is.
# Seen: for five variants and an outcome in its own unit an error of .092 and a p of .033; in a unit a thousand times
#   larger or smaller .060 and .001, for the same estimate of .196. The inverse variance weighted estimate has .195
#   and an error of .064 in every unit.
# Why it matters: whether an exposure is a cause at the 1% level is a matter of grams or kilograms; a look at another
#   unit, or another order of the search, gives another error.
# Source: se = np.sqrt(opt.hess_inv[...]) after minimize(..., method="BFGS") in twosamplemr/mr.py: the search's own
#   guess of the curvature, which begins as 1 for every unit and stops where the search stops.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile statsmodels==0.14.6 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps twosamplemr==0.1.3 # its queries are not needed here
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from twosamplemr.mr import default_parameters, mr_ivw, mr_two_sample_ml

print("twosamplemr", version("twosamplemr"), "scipy", version("scipy"))
rng = np.random.default_rng(0)
strength = rng.uniform(0.05, 0.2, size=5)
exposure = strength + 0.01 * rng.normal(size=5)
outcome = 0.3 * strength + 0.015 * rng.normal(size=5)
seen = {}
for unit in (0.001, 1, 1000):
    errors = np.full(5, 0.01), np.full(5, 0.015 * unit)
    found = mr_two_sample_ml(exposure, outcome * unit, *errors, default_parameters())
    weighted = mr_ivw(exposure, outcome * unit, *errors, default_parameters())
    seen[unit] = [float(value) for value in (
        found["b"] / unit, found["se"] / unit, found["pval"], weighted["b"] / unit, weighted["se"] / unit)]
    print("outcome times {}: estimate {:.3f}, error {:.3f}, p {:.2g}; inverse variance weighted {:.3f}, {:.3f}".format(
        unit, *seen[unit]))
p_values = [found[2] for found in seen.values()]
same = np.ptp([found[0] for found in seen.values()]) < 0.05 and max(p_values) > 5 * min(p_values)
same &= np.ptp([found[4] for found in seen.values()]) < 1e-6
sys.exit(0 if same else "this has changed, expected a p-value by the unit of the outcome")
PYTHON
