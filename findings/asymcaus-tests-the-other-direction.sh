#!/usr/bin/env bash
# Guess: asymmetric_causality_test(y, z) of asymcaus, "tests whether variable z Granger-causes variable y", rejects
#   for 400 values of a y that follows the z before it, and not for z and y exchanged; component="original" is the
#   plain test, without the halves.
# Seen: the other way round. For y = .3 y + z of the step before, the Wald statistic of z to y is 0.14 (p .71), that
#   of y to z 888 (p 0, critical value at 5% 1,140, so that neither is rejected). statsmodels has 404 (p 0) and 0.31
#   (p .58). Without any effect both are small.
# Why it matters: the p-value names the effect as the cause, and the bootstrap finds nothing at all, however strong
#   the effect is; the halves go through the same statistic.
# Source: wald_test in asymcaus/core.py stacks the coefficients equation by equation (Ahat.T.flatten(order="F")),
#   while create_restriction_matrix and the Kronecker product of the covariances count them with the equations
#   interleaved.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile asymcaus==2.0.0 statsmodels==0.14.6 scipy==1.16.3 pandas==2.3.3 \
  numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from asymcaus import asymmetric_causality_test
from statsmodels.tsa.stattools import grangercausalitytests

print("asymcaus", version("asymcaus"), "statsmodels", version("statsmodels"))


def pair(effect):
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(400, 2))
    y, z = np.zeros(400), np.zeros(400)
    for step in range(1, 400):
        z[step] = 0.5 * z[step - 1] + noise[step, 1]
        y[step] = 0.3 * y[step - 1] + effect * z[step - 1] + noise[step, 0]
    return y, z


seen = {}
for effect in (0, 1):
    y, z = pair(effect)
    for name, outcome, cause in (("z to y", y, z), ("y to z", z, y)):
        mine = asymmetric_causality_test(
            outcome, cause, component="original", max_lag=4, n_bootstrap=200, random_state=1)
        lag = mine.optimal_lag
        both = np.column_stack([outcome, cause])
        other = grangercausalitytests(both, [lag], verbose=False)[lag][0]["ssr_chi2test"]
        seen[effect, name] = mine.wald_stat, mine.p_value_chi2, bool(mine.reject_null["5%"]), float(other[0])
        print(f"effect of z on y {effect}, {name}: Wald {mine.wald_stat:.2f}, p {mine.p_value_chi2:.2f}, critical "
              f"value at 5% {mine.bootstrap_cv[1]:.2f}; statsmodels {other[0]:.2f}, p {other[1]:.2f}")
same = seen[1, "z to y"][0] < 2 and seen[1, "z to y"][3] > 300 and not seen[1, "z to y"][2]
same &= seen[1, "y to z"][0] > 500 and seen[1, "y to z"][1] < 0.001 and seen[1, "y to z"][3] < 2
same &= all(seen[0, name][0] < 2 for name in ("z to y", "y to z"))
sys.exit(0 if same else "this has changed, expected a statistic of the other direction")
PYTHON
