#!/usr/bin/env bash
# Guess: grouped_permutation_test of pymatch with its chi2_distance, the p of "Chi-Square Distance" that
#   compare_continuous gives of each column before and after matching, is the same for a share and for the same share
#   in percent.
# Seen: p is 1.0 for the share and .000 in percent, for arms whose means differ by .8 standard deviations. The values
#   are put into bins of width 10 in the column's own unit, so that all shares lie in one, where no two arms can
#   differ. An age is in decades, an income in bins of ten dollars of which each has one person.
# Why it matters: "balanced, p = 1" of a share, a dose in grams or a logarithm, before and after matching; the test
#   beside it, of Kolmogorov and Smirnov, has .000.
# Source: which_bin_hist in pymatch/functions.py, np.arange(np.percentile(comb, 99), step=10).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pymatch==0.3.4 statsmodels==0.14.4 seaborn==0.13.2 \
  matplotlib==3.8.4 scipy==1.11.4 pandas==1.5.3 numpy==1.26.4
MPLBACKEND=agg "$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from pymatch.functions import chi2_distance, grouped_permutation_test, ks_boot

print("pymatch", version("pymatch"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
treated, controls = rng.beta(4, 2, 200), rng.beta(3, 3, 200)
spread = np.concatenate([treated, controls]).std()
apart = (treated.mean() - controls.mean()) / spread
print(f"means {treated.mean():.2f} and {controls.mean():.2f}, {apart:.1f} standard deviations apart")
seen = {}
for unit, factor in (("a share", 1), ("percent", 100)):
    np.random.seed(0)
    p, distance = grouped_permutation_test(chi2_distance, treated * factor, controls * factor)
    seen[unit] = p, ks_boot(treated * factor, controls * factor)
    print(f"{unit}: chi-square distance {distance:.1f}, p = {p:.3f}; Kolmogorov-Smirnov p = {seen[unit][1]:.3f}")
same = seen["a share"][0] == 1 and seen["percent"][0] < 0.01 and all(values[1] < 0.01 for values in seen.values())
sys.exit(0 if same else "this has changed, expected p = 1 for a share")
PYTHON
