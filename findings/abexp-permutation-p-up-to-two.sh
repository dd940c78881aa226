#!/usr/bin/env bash
# Guess: permutation_test of abexp gives a p-value, said to be between 0 and 1, that is below .05 in about 5% of pairs
#   of samples from the same population.
# Seen: below .05 in about 3%, and above 1 in half of them, up to 2. The share of rearrangements at least as far apart,
#   on either side, is doubled: both sides count twice. Half of it is the p-value, as a t-test shows.
# Why it matters: a real difference with a p-value of .03 is reported as .06 and is left; a value beside 1 shows what
#   is wrong, but the small ones that are read do not.
# Source: 2 * np.sum(np.abs(samples) >= np.abs(test_stat)) / reps in abexp/statistics/stats_tests.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps abexp==0.0.3 # its pins are of 2021
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from abexp.statistics.stats_tests import permutation_test
from scipy.stats import ttest_ind

print("abexp", version("abexp"), "numpy", np.__version__)
rng = np.random.default_rng(0)
np.random.seed(0)  # the rearrangements are drawn from here
pairs = [rng.normal(size=(2, 30)) for _ in range(1000)]
seen = np.array([permutation_test(*pair, reps=400) for pair in pairs])
welch = np.array([ttest_ind(*pair).pvalue for pair in pairs])
print(f"no difference: above 1 in {np.mean(seen > 1):.1%}, largest {seen.max():.2f}, below .05 in "
      f"{np.mean(seen < 0.05):.1%}; half of it in {np.mean(seen / 2 < 0.05):.1%}, a t-test in {np.mean(welch < 0.05):.1%}")
print(f"largest distance from the t-test: {np.abs(seen - welch).max():.2f}, of half of it {np.abs(seen / 2 - welch).max():.2f}")
same = 0.4 < np.mean(seen > 1) < 0.6 and seen.max() > 1.9 and np.mean(seen < 0.05) < 0.04
same &= 0.035 < np.mean(seen / 2 < 0.05) < 0.075 and np.abs(seen / 2 - welch).max() < 0.12
sys.exit(0 if same else "this has changed, expected twice the p-value")
PYTHON
