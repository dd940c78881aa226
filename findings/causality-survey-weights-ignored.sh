#!/usr/bin/env bash
# Guess: estimate_ATE of causality's InverseProbabilityWeightedLS multiplies its weights by those of the column named
#   in additional_weight_column, the sampling weights of a survey, as estimate_effect of the same class does.
# Seen: it hands on None in its place. The effect is 2.0 with and without the weights, and so is the interval to the
#   last digit; estimate_effect, asked for the same, says 2.8, where 2.8 is true of the population. estimate_ATT and
#   estimate_ATC drop them as well, and with them the names chosen for the scores and for the weights.
# Why it matters: a survey oversamples those who are rare; the effect is then that of the sample, under the name of
#   the population's, and a column name that does not exist is taken without an error.
# Source: estimate_ATE, estimate_ATC and estimate_ATT in causality/estimation/parametric.py,
#   additional_weight_column=None.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causality==0.0.11 statsmodels==0.15.0 scikit-learn==1.7.2 \
  networkx==3.2.1 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from causality.estimation.parametric import InverseProbabilityWeightedLS

print("causality", version("causality"), "pandas", version("pandas"))
rng = np.random.default_rng(0)
x = rng.normal(size=4000)
treated = (rng.random(4000) < 1 / (1 + np.exp(-x))).astype(int)
weight = np.where(x > 0, 5.0, 0.5)
gain = 1 + 2 * (x > 0)
table = pd.DataFrame({"x": x, "treated": treated, "y": x + treated * gain + rng.normal(size=4000), "weight": weight})
print(f"mean effect in the sample {gain.mean():.2f}, in the population {np.average(gain, weights=weight):.2f}")
seen = {}
for name in ("estimate_ATE", "estimate_effect"):
    for column in (None, "weight"):
        with contextlib.redirect_stdout(io.StringIO()):
            method = getattr(InverseProbabilityWeightedLS(), name)
            found = method(table.copy(), "treated", "y", {"x": "c"}, additional_weight_column=column)
        seen[name, column] = [float(value) for value in found]
        print("{}, weights {}: {:.2f}, from {:.2f} to {:.2f}".format(name, column, found[1], found[0], found[2]))
same = seen["estimate_ATE", "weight"] == seen["estimate_ATE", None] == seen["estimate_effect", None]
same &= seen["estimate_effect", "weight"][1] - seen["estimate_ATE", "weight"][1] > 0.5
sys.exit(0 if same else "this has changed, expected the weights to be ignored")
PYTHON
