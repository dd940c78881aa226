#!/usr/bin/env bash
# Guess: mvnt of copent, a test statistic for multivariate normality from copula entropy, is near 0 for normal columns
#   and larger for others, in whatever unit they are: neither a copula nor normality knows of units.
# Seen: for 1,000 rows of two normal columns .06, with the second in a unit ten times smaller -2.24, ten times
#   larger 2.36. For two exponential columns .02, and -4.59 in the smaller units. The determinant is that of the
#   covariances, where that of the correlations belongs.
# Why it matters: metres or centimetres decide whether a table passes, and a comparison of tables, or a threshold from
#   the paper, is one of units.
# Source: mvnt in copent/copent.py, -0.5 * log(det(cov(x.T))).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile copent==0.5.7 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from copent import mvnt

print("copent", version("copent"), "numpy", np.__version__)
rng = np.random.default_rng(0)
normal = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=1000)
by_hand = -0.5 * np.log(np.linalg.det(np.corrcoef(normal.T)))
seen = {unit: mvnt(normal * [1, unit]) for unit in (1, 10, 0.1)}
for unit, statistic in seen.items():
    print(f"normal, second column times {unit}: {statistic:.2f}; the same less the log of the unit: "
          f"{statistic + np.log(unit):.2f}")
skewed = rng.exponential(size=(1000, 2))
pair = mvnt(skewed), mvnt(10 * skewed)
print(f"exponential: {pair[0]:.2f}, times 10: {pair[1]:.2f}; minus half the log determinant of the correlations "
      f"of the normal columns: {by_hand:.2f}")
same = abs(seen[1]) < 0.2 and abs(seen[10] + np.log(10) - seen[1]) < 0.05 and abs(seen[0.1] - np.log(10) - seen[1]) < 0.05
same &= pair[0] - pair[1] > 4
sys.exit(0 if same else "this has changed, expected a statistic that follows the units")
PYTHON
