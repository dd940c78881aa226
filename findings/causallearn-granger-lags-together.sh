#!/usr/bin/env bash
# Guess: granger_test_2d of causal-learn, whose docstring gives "the p value matrix for the k-th time lag", says of a
#   series that acts on another one step later, and only then, that lag 1 counts and lags 2 and 3 do not.
# Seen: all three count, with p = 0.0: the k-th matrix is the joint test of the lags 1 to k. The same lags of a
#   regression with all three in it have t values of 22, 1 and -1.
# Why it matters: the answer is read as one graph for each lag, as granger_lasso of the same class gives it; the
#   effect looks as if it lasted, for as many steps as one cares to ask for.
# Source: causallearn/search/Granger/Granger.py takes entry k of statsmodels' grangercausalitytests, which tests "up
#   to" k.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causal-learn==0.1.4.8 statsmodels==0.14.6 numpy==2.2.6 pandas==2.3.3 scipy==1.15.3
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import statsmodels.api as sm
from causallearn.search.Granger.Granger import Granger

print("causal-learn", version("causal-learn"), "statsmodels", version("statsmodels"))
rng = np.random.default_rng(0)
x, noise = rng.normal(size=(2, 2000))
y = noise + 0.5 * np.concatenate([[0], x[:-1]])
granger = Granger(maxlag=3)
p_values, joined = granger.granger_test_2d(np.column_stack([x, y]))
found = [int(joined[1, 2 * lag]) for lag in range(3)]  # row y, column x of each lag's matrix
print("x -> y by granger_test_2d at lags 1, 2, 3:", found, "p =", [float(p_values[1, 2 * lag]) for lag in range(3)])
lasso = granger.granger_lasso(np.column_stack([x, y]))
print("by granger_lasso:", [round(float(lasso[1, 2 * lag]), 2) for lag in range(3)])
lagged = np.column_stack([x[3 - lag : -lag] for lag in (1, 2, 3)] + [y[3 - lag : -lag] for lag in (1, 2, 3)])
t = sm.OLS(y[3:], sm.add_constant(lagged)).fit().tvalues[1:4]
print("t values of x's lags in one regression:", t.round(1).tolist())
same = found == [1, 1, 1] and abs(t[0]) > 10 and (np.abs(t[1:]) < 2).all()
sys.exit(0 if same else "this has changed, expected all three lags to be joined")
PYTHON
