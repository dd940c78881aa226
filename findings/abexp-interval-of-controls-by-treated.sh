#!/usr/bin/env bash
# Guess: compare_mean_stats of abexp, given means, standard deviation and sizes, gives each group the interval of its
#   mean that compare_mean_obs gives for the values themselves.
# Seen: for 10,000 controls and 100 treated the values give the controls 9.97 to 10.05, the figures 9.62 to 10.41, ten
#   times as wide; with 10,000 treated 9.96 to 10.07. The error of the difference of the two means is taken for the error
#   of each. The p-values are the same.
# Why it matters: both are called confidence interval for the control group. The same table says that the mean is
#   known to .04 or to .4, and what is known about controls depends on how many others were treated.
# Source: se = std_contr * np.sqrt(1/nobs_contr + 1/nobs_treat) for both t.interval in compare_mean_stats, sem(...) in
#   compare_mean_obs, of abexp/core/analysis_frequentist.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile scikit-learn==1.7.2 statsmodels==0.14.6 scipy==1.16.3 \
  pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps abexp==0.0.3 # its pins are of 2021
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from abexp.core.analysis_frequentist import FrequentistAnalyzer

print("abexp", version("abexp"), "scipy", version("scipy"))
rng = np.random.default_rng(0)
control = rng.normal(10, 2, 10000)
analyzer = FrequentistAnalyzer()
seen = {}
for size in (100, 10000):
    treated = rng.normal(10.3, 2, size)
    p, values, _ = analyzer.compare_mean_obs(control, treated)
    figures = control.mean(), treated.mean(), control.std(ddof=1), len(control), size
    other, summary, _ = analyzer.compare_mean_stats(*figures)
    seen[size] = [float(high - low) for low, high in (values, summary)]
    print(f"{size} treated: controls by values {values[0]:.2f} to {values[1]:.2f}, by figures {summary[0]:.2f} to "
          f"{summary[1]:.2f}; p {p:.3g} and {other:.3g}")
same = abs(seen[100][1] / seen[100][0] - np.sqrt(101)) < 0.1 and abs(seen[10000][1] / seen[10000][0] - np.sqrt(2)) < 0.05
same &= seen[100][0] == seen[10000][0]
sys.exit(0 if same else "this has changed, expected an interval by the size of the other group")
PYTHON
