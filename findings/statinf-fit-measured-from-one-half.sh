#!/usr/bin/env bash
# Guess: McFadden's R² and the likelihood ratio test in the summary of GLM of statinf compare the model with one that
#   has only an intercept: R² about 0 for a covariate that has nothing to do with an outcome of 5%.
# Seen: R² .67 and a p of 0 for an age that has nothing to do with an outcome of 5%; against the rate of the table it
#   is .00. With an outcome of 50% it is .00 both ways.
# Why it matters: the rarer the outcome, the better the fit, of any columns; two thirds explained and a certain test
#   are what a rate far from one half gives.
# Source: null_mod = self.__class__(formula=f"{self.Y_col} ~ 1", ...) in statinf/regressions/glm.py, which is never
#   fitted: its coefficients are the zeros it starts with, a probability of one half for everybody.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile scipy==1.16.3 pandas==2.3.3 numpy==1.26.4
"$room/venv/bin/pip" install --quiet --no-compile --no-deps statinf==1.3.0 # its plots are not needed here
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

from contextlib import redirect_stdout
from io import StringIO
from types import ModuleType
from unittest.mock import MagicMock

import numpy as np
import pandas as pd

others = ("jax", "jax.scipy", "jax.scipy.special", "matplotlib", "matplotlib.pyplot", "pycof", "numba")
sys.modules.update({name: MagicMock() for name in others})
start = ModuleType("statinf.ml.initializations")
start.init_params = lambda rows, cols, method: np.zeros((rows, cols))  # its "zeros", which jax would make
unit = ModuleType("statinf.ml.activations")
unit.logit = lambda x, weights: 1 / (1 + np.exp(-x.dot(weights)))
sys.modules.update({"statinf.ml": ModuleType("statinf.ml"), start.__name__: start, unit.__name__: unit})
from statinf.regressions import GLM

print("statinf", version("statinf"), "numpy", np.__version__)
seen = {}
for share in (0.05, 0.5):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"age": rng.normal(size=1000), "ill": (rng.random(1000) < share).astype(int)})
    model = GLM("ill ~ age", table, fit_intercept=True)
    model.fit()
    with redirect_stdout(StringIO()) as shown:
        model.summary()
    p = next(line for line in shown.getvalue().splitlines() if "LR test" in line).split("|")[1].split("=")[1].strip()
    rate = table["ill"].mean()
    empty = float(np.log(np.where(table["ill"] == 1, rate, 1 - rate)).sum())
    seen[share] = float(model.r_squared()), 1 - float(model._log_likelihood()) / empty, p
    print("outcome of {}: R² {:.3f}, against the rate of the table {:.3f}; LR test p {}".format(share, *seen[share]))
same = seen[0.05][0] > 0.6 and abs(seen[0.05][1]) < 0.02 and float(seen[0.05][2]) < 0.001 and seen[0.5][0] < 0.02
sys.exit(0 if same else "this has changed, expected a fit that is measured from one half")
PYTHON
