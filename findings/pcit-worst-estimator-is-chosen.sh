#!/usr/bin/env bash
# Guess: MetaEstimator of pcit with method="multiplexing", where cross-validation scores determine which estimator is
#   chosen, takes the better one of two: for a line a linear regression, and not the mean of all rows.
# Seen: it takes the mean. With 300 rows, whose line explains 81%, the scores are .81 and -.01, and the lower one is
#   chosen, as if they were losses; of a line and a tree of one split it is the tree. The test of independence built on
#   it finds y independent of x, p = 1, with the mean in the list, and p = 1e-08 with the line alone.
# Why it matters: each good estimator that is added leaves the choice at the bad ones, and the worst of the list decides
#   which columns depend on each other.
# Source: fit of MetaEstimator in pcit/MetaEstimator.py, np.argmin(self.losses) of cross_val_score.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile mlxtend==0.23.4 scikit-learn==1.7.2 scipy==1.15.3 \
  pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps pcit==1.2.2
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from pcit.IndependenceTest import PCIT
from pcit.MetaEstimator import MetaEstimator
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeRegressor

print("pcit", version("pcit"), "scikit-learn", version("scikit-learn"))
rng = np.random.default_rng(0)
x = rng.normal(size=(300, 1))
y = 2 * x + rng.normal(size=(300, 1))
lists = {
    "a line": [LinearRegression()],
    "a line and the mean": [LinearRegression(), DummyRegressor()],
    "a line and a tree of one split": [LinearRegression(), DecisionTreeRegressor(max_depth=1)],
}
seen = {}
for name, estimators in lists.items():
    both = (estimators, [LogisticRegression(), DummyClassifier()])
    chosen = MetaEstimator(method="multiplexing", estimators=both).fit(x, y[:, 0])
    _, independent, _ = PCIT(y, x, estimator=MetaEstimator(method="multiplexing", estimators=both))
    seen[name] = type(chosen.fitted).__name__, float(np.ravel(independent[1])[0])
    print(f"{name}: scores {np.round(chosen.losses, 2).tolist()}, chosen {seen[name][0]}, p = {seen[name][1]:.2g}")
same = [kind for kind, _ in seen.values()] == ["LinearRegression", "DummyRegressor", "DecisionTreeRegressor"]
same &= seen["a line"][1] < 0.001 and seen["a line and the mean"][1] > 0.5
sys.exit(0 if same else "this has changed, expected the worst estimator to be chosen")
PYTHON
