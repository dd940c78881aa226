#!/usr/bin/env bash
# Guess: DoubleMLIRM(..., weights=w) of DoubleML, "weights for each individual observation", estimates the weighted
#   mean of the effects, as np.average does: a constant weight changes nothing, weights of 0 and 1 give the effect of
#   a group.
# Seen: the mean of weight times effect. With a weight of 350 for everybody, as in a survey, the effect is 350 times
#   as large; with 1 for the half with the larger effect, 2.6, it is 1.3. The standard error and the z value go along.
# Why it matters: an effect in a group looks like a part of itself, the smaller the rarer the group is, and is
#   significant all the same. Weights divided by their mean are right.
# Source: docstring of DoubleMLIRM; doubleml/irm/irm.py, _get_weights.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile doubleml==0.11.4 numpy==2.2.6 pandas==2.3.3 scikit-learn==1.7.2
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import doubleml
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, LogisticRegression

print("doubleml", version("doubleml"))
rng = np.random.default_rng(0)
x, noise = rng.normal(size=(2, 4000))
t = (rng.random(4000) < 1 / (1 + np.exp(-x))).astype(int)
effect = 1 + 2 * x
table = pd.DataFrame({"x": x, "t": t, "y": x + t * effect + noise})
group = (x > 0).astype(float)
found, right = {}, {}
for name, weights in {
    "none": None,
    "350 for all": np.full(4000, 350.0),
    "1 for x > 0, else 0": group,
    "that, divided by its mean": group / group.mean(),
}.items():
    np.random.seed(0)
    model = doubleml.DoubleMLIRM(
        doubleml.DoubleMLData(table, "y", "t"), LinearRegression(), LogisticRegression(), weights=weights
    ).fit()
    found[name], right[name] = model.coef[0], np.average(effect, weights=weights)
    answer = f"{model.coef[0]:.2f} +- {model.se[0]:.2f}, z {model.t_stat[0]:.0f}"
    print(f"weights {name}: {answer}; np.average {right[name]:.2f}")
ratios = [float(found[name] / right[name]) for name in found]
same = np.allclose(ratios, [1, 350, 0.5, 1], rtol=0.05)
sys.exit(0 if same else f"this has changed, expected 350 times and half of the weighted means, got {ratios}")
PYTHON
