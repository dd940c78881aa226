#!/usr/bin/env bash
# Guess: PartialCorr of hyppo, a t-test of the partial correlation of x and y given z by the formula in its docstring,
#   says the same when the sign of z is turned: z is what is held fixed.
# Seen: .74 and p = 0 become 0 and p = .5. Wherever z has a negative correlation with x or with y the statistic is set
#   to 0. And p is the tail on one side of a number without its sign, so that it is never above .5, and below .05 in a
#   tenth of the tables where there is nothing to find.
# Why it matters: whether an edge is found hangs on whether a column counts how ill or how well people are, and half of
#   all columns have the other sign; .5 does not look like "not computed".
# Source: statistic and test in hyppo/conditional/pcorr.py, "if cov_xz <= 0 or cov_yz <= 0: stat = 0": a bound for
#   variances, as in the partial distance correlation beside it.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile hyppo==0.5.2 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from hyppo.conditional import PartialCorr

print("hyppo", version("hyppo"), "scipy", version("scipy"))
rng = np.random.default_rng(0)
z, x_noise, y_noise = rng.normal(size=(3, 300, 1))
x = z + x_noise
y = z + x + y_noise
seen = {}
for sign in (1, -1):
    seen[sign] = tuple(float(value) for value in PartialCorr().test(x, y, sign * z))
    print(f"given {sign:2d} times z: partial correlation {seen[sign][0]:.2f}, p = {seen[sign][1]:.3f}")
found = []
for _ in range(500):
    z, x_noise, y_noise = rng.normal(size=(3, 300, 1))
    found.append(PartialCorr().test(z + x_noise, z + y_noise, z)[1])
small = np.mean(np.array(found) < 0.05)
print(f"500 tables where x and y are independent given z: p below .05 in {small:.0%}, at most {max(found):.3f}")
same = seen[1][0] > 0.6 and seen[1][1] < 1e-6 and seen[-1] == (0, 0.5) and max(found) <= 0.5 and 0.07 < small < 0.14
sys.exit(0 if same else "this has changed, expected a partial correlation of 0 given minus z")
PYTHON
