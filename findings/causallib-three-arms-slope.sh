#!/usr/bin/env bash
# Guess: causallib's Standardization, which takes a vector of arms as IPW does, estimates the mean outcome under each
#   of three arms coded 0, 1, 2; with random assignment that is about each arm's own mean.
# Seen: it puts the code into the regression as one number, so the arms lie on a line: means of 0, 5 and 1 come out as
#   1.5, 1.9 and 2.3, and the arm without effect beats control. StratifiedStandardization and IPW, from the same
#   package and on the same call, are right.
# Why it matters: the order of effects is turned round, and there is no sign of it in the output.
# Source: causallib/estimation/standardization.py joins the treatment to the covariates as a column.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causallib==0.10.0 numpy==2.4.6 pandas==2.3.3 scikit-learn==1.9.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from causallib.estimation import IPW, Standardization, StratifiedStandardization
from sklearn.linear_model import LinearRegression, LogisticRegression

print("causallib", version("causallib"))
rng = np.random.default_rng(0)
arm = pd.Series(rng.integers(0, 3, 900))
covariates = pd.DataFrame({"age": rng.normal(size=900)})
outcome = pd.Series(np.array([0.0, 5.0, 1.0])[arm] + 0.1 * rng.normal(size=900))


def means(model):
    model.fit(covariates, arm, outcome) if not isinstance(model, IPW) else model.fit(covariates, arm)
    data = (covariates, arm, outcome) if isinstance(model, IPW) else (covariates, arm)
    return [round(float(mean), 0) for mean in model.estimate_population_outcome(*data)]


seen = {
    "Standardization": means(Standardization(LinearRegression())),
    "StratifiedStandardization": means(StratifiedStandardization(LinearRegression())),
    "IPW": means(IPW(LogisticRegression())),
}
print("mean outcome in arms 0, 1, 2:", seen)
right, line = [0.0, 5.0, 1.0], [2.0, 2.0, 2.0]
sys.exit(0 if list(seen.values()) == [line, right, right] else f"this has changed, expected {line}, {right}, {right}")
PYTHON
