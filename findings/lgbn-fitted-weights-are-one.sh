#!/usr/bin/env bash
# Guess: fit of lgbn's GreedyHillClimbing on a table gives an estimator whose model has the arrows that it found and the
#   weights and variances that it scored them with: b = 2 a + 5 with noise of variance .25, and a of mean 10.
# Seen: the arrow is there, and the model says weight 1, constant 0 and variance 1 for each column, with a mean of 0 for
#   both. The networks compared were scored with fitted figures, and the one returned has those of a new, empty model.
# Why it matters: the model answers at once, to_joint_gaussian gives means and covariances of it, and none of them has
#   to do with the table. The way to the figures is mle of each distribution, which fit does not call.
# Source: fit of ScoreSearchEstimator in lgbn/estimators.py, self.model.update_cpds_from_structure().
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile lgbn==0.1.2 networkx==3.4.2 scikit-learn==1.7.2 scipy==1.16.3 \
  pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from lgbn.estimators import GreedyHillClimbing

print("lgbn", version("lgbn"), "pandas", pd.__version__)
rng = np.random.default_rng(0)
a = 10 + 3 * rng.normal(size=500)
table = pd.DataFrame({"a": a, "b": 5 + 2 * a + 0.5 * rng.normal(size=500)})
model = GreedyHillClimbing(score="bic", random_state=0).fit(table).model
(cause, effect), = model.edges
fitted, by_hand = model.cpds[effect], model.cpds[effect].mle(table)
joint = model.to_joint_gaussian()
print(f"found {cause} -> {effect}")
print(f"model: constant {fitted.mean}, weight {fitted.weights}, variance {fitted.var}")
print(f"mle of it: constant {by_hand.mean:.2f}, weight {by_hand.weights[0]:.2f}, variance {by_hand.var:.2f}")
print(f"means of the model {joint.mean.tolist()}, of the table {table.mean().round(1).tolist()}")
same = (fitted.mean, fitted.weights, fitted.var) == (0, (1,), 1) and joint.mean.tolist() == [0, 0]
same &= abs(by_hand.weights[0] - (2 if cause == "a" else 0.5)) < 0.05
sys.exit(0 if same else "this has changed, expected a model of weight one")
PYTHON
