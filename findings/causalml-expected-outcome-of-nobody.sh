#!/usr/bin/env bash
# Guess: synthetic_data of CausalML, which gives y, X, the treatment w, the effect tau and b, "expected outcome", has
#   b as the expected outcome without treatment, so that b + tau is the one with it.
# Seen: in modes 1 to 4 b lies half way between the two arms, y = b + (w - 1/2) tau + noise: nobody's expected outcome.
#   In mode 5 b is the expected outcome of the arm that the row is in, so that it gives the treatment away, and b + tau
#   is a probability above 1. The sixth result, the propensity, and tau are as described in each.
# Why it matters: b and b + tau as the true outcomes of the arms are wrong by half the effect, in rows in different
#   directions where the effect changes its sign; in mode 5 a model given b as a baseline has the answer.
# Source: causalml/dataset/regression.py. In the paper it follows (Nie and Wager) b is the baseline with the treatment
#   coded -1/2 and 1/2.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
pip="$room/venv/bin/pip"
"$pip" install --quiet --no-compile --no-deps causalml==0.18.0 forestci==0.6  # less than it asks for: no part below needs xgboost
"$pip" install --quiet --no-compile numpy==2.2.6 pandas==2.3.3 scikit-learn==1.7.2 matplotlib==3.10.7 seaborn==0.13.2 \
    lightgbm==4.7.0 shap==0.51.0 pathos==0.2.9 statsmodels==0.15.0 xgboost-cpu==3.2.0 pydot==4.0.1 dill==0.4.1 2> /dev/null  # of what is left out
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from causalml.dataset import synthetic_data

print("causalml", version("causalml"))
same = True
for mode in range(1, 6):
    np.random.seed(0)
    y, x, w, tau, b, e = synthetic_data(mode=mode, n=50000, p=6, sigma=0.1)
    guess = (y - b - w * tau).mean()
    middle = (y - b - (w - 0.5) * tau).mean()
    own = (y - b).mean()
    print(f"mode {mode}: tau {tau.mean():.2f}; y less b + w * tau {guess:+.3f},")
    print(f"  y less b + (w - 1/2) * tau {middle:+.3f}, y less b {own:+.3f}")
    same = same and abs(tau.mean()) > 0.1 and abs(guess) > 0.05
    same = same and (abs(middle) < 0.005 if mode < 5 else abs(own) < 0.01 and (b + tau).max() > 1.2)
sys.exit(0 if same else "this has changed, expected b between the arms in modes 1 to 4, of the own arm in mode 5")
PYTHON
