#!/usr/bin/env bash
# Guess: gauss_invariance_test of conditional_independence, which tests whether a regression is the same in a table
#   with and one without intervention, has p about 1 for a table against itself.
# Seen: p = 0 for the coefficients, and invariance is rejected: in a table against itself, against the same rows in
#   another order and, with p = .01, against a table whose mean differs by .0005 of its spread. The statistic
#   is a sum of squares, large where the tables differ, and its p counts small values as evidence, too: it is twice
#   the smaller tail. The test of the variances beside it, where both tails mean a difference, says p = 1.
# Why it matters: it says which columns an intervention has touched. Most are untouched, and those that agree best are
#   called touched; and of the share of errors that is asked for, half is spent on tables that agree too well.
# Source: rc_pvalue in conditional_independence/invariance_tests/parametric/gauss_invariance.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile ipdb==0.13.13 numexpr==2.14.1 scikit-learn==1.7.2 pygam==0.10.1 \
  scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps conditional-independence==0.1a6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from conditional_independence import gauss_invariance_suffstat, gauss_invariance_test

print("conditional-independence", version("conditional-independence"), "scipy", version("scipy"))
rng = np.random.default_rng(0)
before = rng.normal(size=(500, 2))
before[:, 1] += before[:, 0]
others = {
    "itself": before.copy(),
    "its rows in another order": rng.permutation(before),
    "a mean of .0005 more": before + 0.0005 * np.array([1, 0]),
    "a mean of .05 more": before + 0.05 * np.array([1, 0]),
    "a mean of .5 more": before + 0.5 * np.array([1, 0]),
}
statistics = gauss_invariance_suffstat(before, list(others.values()))
seen = {}
for context, name in enumerate(others):
    found = gauss_invariance_test(statistics, context, 0, alpha=0.05)
    seen[name] = float(found["rc_pvalue"]), bool(found["reject"]), float(found["f_pvalue"])
    print(f"against {name}: p of the mean {seen[name][0]:.2g}, of the variance {seen[name][2]:.2g}, ", end="")
    print("rejected" if seen[name][1] else "not rejected")
print("p of column 1 given column 0, against itself:", float(gauss_invariance_test(statistics, 0, 1, 0)["rc_pvalue"]))
same = [rejected for _, rejected, _ in seen.values()] == [True, True, True, False, True]
same &= seen["itself"][0] < 1e-6 and min(seen[name][2] for name in seen) > 0.9
sys.exit(0 if same else "this has changed, expected equal tables to be rejected")
PYTHON
