#!/usr/bin/env bash
# Guess: mi_confidence_interval of npeet_plus gives a 95% interval around the estimate of mutual information, and for two
#   independent columns it holds 0 or begins just above it.
# Seen: for 300 rows of independent normal columns the estimate is .01 bits and the interval .65 to 1.31. For a
#   correlation of .6, whose information is .32 bits, the estimate is .37 and the interval .88 to 1.64. The estimator
#   counts neighbours, rows are drawn again with replacement, and a row drawn twice is its own neighbour at no distance.
# Why it matters: each interval is above its own estimate and above the truth, so every pair of columns looks dependent.
# Source: mi_confidence_interval in npeet_plus/estimators.py, np.random.choice(n_samples, n_samples, replace=True).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile npeet-plus==0.2.0 scikit-learn==1.7.2 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from npeet_plus.estimators import mi_confidence_interval

print("npeet_plus", version("npeet-plus"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
x, noise = rng.normal(size=(2, 300, 1))
same = True
for correlation in (0.0, 0.6):
    y = correlation * x + np.sqrt(1 - correlation**2) * noise
    truth = -0.5 * np.log2(1 - correlation**2) + 0.0
    estimate, low, high, _ = mi_confidence_interval(x, y, n_bootstraps=100, random_state=0)
    print(f"correlation {correlation}: truth {truth:.2f}, estimate {estimate:.2f}, interval {low:.2f} to {high:.2f}")
    same &= abs(estimate - truth) < 0.1 and low > estimate + 0.3
sys.exit(0 if same else "this has changed, expected intervals above the estimates")
PYTHON
