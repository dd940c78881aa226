#!/usr/bin/env bash
# Guess: KCI of hyppo, a kernel test of independence, finds p = 0 for a column and its copy, or nearly so, and the more
#   rows the surer.
# Seen: with 300 rows a column and its copy have p = 1, and so has every weaker dependence; with 600 rows the copy has
#   2e-15 and a correlation of .9 still 1. With 100 rows both have 0. The scale of the gamma distribution is passed
#   where scipy takes a shift, and the width of the kernel, .8, .5 or .3 by the number of rows, goes in as one over its
#   square: the narrower the kernel should be, the flatter it is.
# Why it matters: 1 is read as "independent beyond doubt", of what is one and the same column; the example of the
#   docstring has 100 rows. The test has no argument for a condition, either, by which "conditional" could hold.
# Source: hyppo/conditional/kci.py, gamma.cdf(stat, k_appr, theta_appr) and RBF(1 / width**2).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile hyppo==0.5.2 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from hyppo.conditional import KCI

print("hyppo", version("hyppo"), "scipy", version("scipy"))
rng = np.random.default_rng(0)
seen = {}
for rows in (100, 300, 600):
    x, noise = rng.normal(size=(2, rows, 1))
    for scale in (0, 0.5):
        y = x + scale * noise
        seen[rows, scale] = float(KCI().test(x, y)[1])
        name = "its copy" if scale == 0 else f"correlation {np.corrcoef(x.T, y.T)[0, 1]:.2f}"
        print(f"{rows} rows, {name}: p = {seen[rows, scale]:.1g}")
same = max(seen[100, 0], seen[100, 0.5]) < 1e-3 and min(seen[300, 0], seen[300, 0.5], seen[600, 0.5]) > 0.99
sys.exit(0 if same else "this has changed, expected a column to be independent of its copy in 300 rows")
PYTHON
