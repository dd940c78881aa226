#!/usr/bin/env bash
# Guess: zmean(..., model=LinearRegression) of causality's CausalDataFrame, the mean outcome at each value of a
#   treatment with confounders held, predicts with the model that was asked for.
# Seen: with a random forest, which is fitted where no model is named. A model whose every prediction is 0 gives 0,
#   1.7, 3.9 and 5.6 for the four doses, like no model at all; with fitted_model= it is so, too. The choice is taken
#   out of the arguments before they are handed on.
# Why it matters: the curve does not change when a linear model, a boosted one and a forest are compared, which reads
#   as robust. zplot(kind="line") of the same class does use the model.
# Source: zmean in causality/analysis/dataframe.py, del kwargs[arg_key] before _bootstrap_statistic, whose f fits
#   anew.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causality==0.0.11 statsmodels==0.15.0 scikit-learn==1.7.2 \
  networkx==3.2.1 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from causality.analysis.dataframe import CausalDataFrame
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression

print("causality", version("causality"), "scikit-learn", version("scikit-learn"))
rng = np.random.default_rng(0)
x, dose = rng.normal(size=300), rng.choice([0.0, 1.0, 2.0, 3.0], 300)
table = CausalDataFrame({"x": x, "dose": dose, "y": 2 * dose + 3 * x + rng.normal(size=300)})


def zero():
    return DummyRegressor(strategy="constant", constant=0.0)


fitted = zero().fit(table[["dose", "x"]], table["y"])
choices = {
    "no model": {},
    "linear regression": {"model": LinearRegression},
    "a model that says 0": {"model": zero},
    "the same, fitted": {"fitted_model": fitted},
}
seen = {}
for name, choice in choices.items():
    np.random.seed(0)
    means = table.zmean(x="dose", y="y", z=["x"], bootstrap_samples=5, **choice).sort_values("dose")
    seen[name] = means["y"].to_numpy()
    print(f"{name}: {seen[name].round(1)}")
same = all(np.allclose(values, seen["no model"], atol=0.4) for values in seen.values())
same &= seen["a model that says 0"][-1] > 5
sys.exit(0 if same else "this has changed, expected a random forest whatever the model")
PYTHON
