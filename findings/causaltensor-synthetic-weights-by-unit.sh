#!/usr/bin/env bash
# Guess: the synthetic control of causaltensor (ols_synthetic_control) weights the control units alike whether the
#   outcome is in shares, in percent or in cents.
# Seen: an effect of 3, found as 3.0 in the outcome's own unit, becomes 3.2 with a hundredth of the outcomes, 2.1 with
#   a hundred times and 5.0 with a thousandth or ten thousand times: in the last two every control has the weight of
#   the start, 1/7, though the treated unit is .7 of one and .3 of another. The search ends when the squared error
#   changes by less than a millionth, in squares of the unit, and its first step is as long as the slope, also in that
#   unit.
# Why it matters: rates and shares have squared errors of that size from the start, and populations make steps that
#   are too long; equal weights look like a result. Outcomes divided by their standard deviation come near to the
#   truth.
# Source: fmin_slsqp in ols_inference of causaltensor/cauest/OLSSyntheticControl.py, with its acc of 1e-6.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causaltensor==0.1.12 cvxpy==1.7.5 scikit-learn==1.7.2 scipy==1.16.3 \
  numpy==1.26.4
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from causaltensor.cauest.OLSSyntheticControl import OLSSCPanelSolver

print("causaltensor", version("causaltensor"), "scipy", version("scipy"))
rng = np.random.default_rng(0)
treated = np.zeros((20, 8))
treated[12:, 2] = 1
outcome = 50 + 5 * rng.normal(size=(20, 2)) @ rng.normal(size=(2, 8)) + 0.1 * rng.normal(size=(20, 8))
outcome[:, 2] = 0.7 * outcome[:, 0] + 0.3 * outcome[:, 1] + 0.1 * rng.normal(size=20) + 3 * treated[:, 2]
seen = {}
for factor in (0.0001, 0.001, 0.01, 1, 100, 10_000):
    found = OLSSCPanelSolver(factor * outcome, treated).fit()
    weights = np.asarray(found.beta[0])
    seen[factor] = float(found.tau) / factor, weights
    print(f"outcome times {factor:g}: effect {seen[factor][0]:.2f}, weights {weights.round(2)}")
even = [factor for factor, (_, weights) in seen.items() if np.allclose(weights, 1 / 7, atol=1e-3)]
same = abs(seen[1][0] - 3) < 0.15 and 0.001 in even and 0.0001 in even and 1 not in even
same &= abs(seen[0.001][0] - seen[1][0]) > 0.5
sys.exit(0 if same else "this has changed, expected the weights of the start in small units")
PYTHON
