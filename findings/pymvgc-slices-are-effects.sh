#!/usr/bin/env bash
# Guess: ts_to_var of pyMVGC with p=2 returns Phi[:, :, 0], the effects of the last step, and Phi[:, :, 1], those of the
#   step before, as the other function of the package, autocov_to_var, does.
# Seen: Phi[:, :, 0] holds all effects on the first series and Phi[:, :, 1] all on the second, with the lags in columns
#   and the causes in rows. For x(t) = .5 x(t-1), y(t) = .3 y(t-1) + .4 x(t-1) - .2 x(t-2) it is .5, 0; 0, 0 and .4,
#   -.2; .3, 0. With two series and two lags the shape, (2, 2, 2), cannot tell. autocov_to_var, one step further in the
#   same chain of functions, gives .5, 0; .4, .3 and 0, 0; -.2, 0 for the same model.
# Why it matters: read as documented, "(n_variables, n_variables, p)", the effect of x on y is 0 after one step and is
#   not there at the right place in either; simulations and forecasts by hand from Phi are of another model.
# Source: ts_to_var in pyMVGC/ts_to_var.py, Phi.reshape(n, n, p, order="F") of a matrix of n * p rows.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pymvgc==1.0.0 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pyMVGC

print("pymvgc", version("pymvgc"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
table = rng.normal(size=(20_000, 2))
for now in range(2, len(table)):
    table[now, 0] += 0.5 * table[now - 1, 0]
    table[now, 1] += 0.3 * table[now - 1, 1] + 0.4 * table[now - 1, 0] - 0.2 * table[now - 2, 0]
one, spread = pyMVGC.ts_to_var(table.copy(), 2)
other, _ = pyMVGC.autocov_to_var(pyMVGC.var_to_autocov(one, spread))
print("the model: last step [[0.5, 0], [0.4, 0.3]], the step before [[0, 0], [-0.2, 0]], rows are effects")
for name, found in (("ts_to_var", one), ("autocov_to_var", other)):
    shown = [(found[:, :, lag].round(2) + 0.0).tolist() for lag in (0, 1)]
    print(f"{name}: [:, :, 0] {shown[0]}, [:, :, 1] {shown[1]}")
right = np.array([[[0.5, 0], [0.4, 0.3]], [[0, 0], [-0.2, 0]]])
mixed = np.array([[[0.5, 0], [0, 0]], [[0.4, -0.2], [0.3, 0]]])
same = all(np.allclose(one[:, :, lag], mixed[lag], atol=0.03) for lag in (0, 1))
same &= all(np.allclose(other[:, :, lag], right[lag], atol=0.03) for lag in (0, 1))
sys.exit(0 if same else "this has changed, expected a slice for each effect")
PYTHON
