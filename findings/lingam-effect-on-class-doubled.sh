#!/usr/bin/env bash
# Guess: estimate_effects_on_prediction of lingam's CausalEffect gives, for a classifier of 0 and 1, how an
#   intervention of one standard deviation changes the predicted probability: "E[Y|do(Xi=mean)] -
#   E[Y|do(Xi=mean+std)]", as it says.
# Seen: twice that, without its sign. A step that lowers the probability from .51 to .26 is .49, and one that raises
#   it to .72 is .43; the largest possible effect is 2. A linear regression of the same column gives .18 and .16, on
#   the scale of the outcome, without a sign, too.
# Why it matters: classifiers and regressions of one outcome are compared by these numbers; and "the feature having
#   the greatest intervention effect" is named with no word on whether to raise or to lower it.
# Source: lingam/causal_effect.py takes P(0) - P(1) for a prediction, and the absolute value of its differences.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile lingam==1.13.0 numpy==2.2.6 scipy==1.13.1 scikit-learn==1.7.2
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import lingam
import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression

print("lingam", lingam.__version__)
rng = np.random.default_rng(0)
helps, harms = rng.laplace(size=(2, 4000)) / np.sqrt(2)
ill = (rng.random(4000) < 1 / (1 + np.exp(helps - harms))).astype(int)
table = np.column_stack([helps, harms, ill])
graph = np.array([[0, 0, 0], [0, 0, 0], [-0.2, 0.2, 0]])  # rows are effects; the target's own row plays no part
effect = lingam.CausalEffect(graph)
features, means, widths = table[:, :2], table[:, :2].mean(axis=0), table[:, :2].std(axis=0)
classifier = LogisticRegression().fit(features, ill)
seen = effect.estimate_effects_on_prediction(table, 2, classifier)[:2, 0]
linear = effect.estimate_effects_on_prediction(table, 2, LinearRegression().fit(features, ill))[:2, 0]
changes = []
for j in range(2):
    there = means.copy()
    there[j] += widths[j]
    now, then = classifier.predict_proba([means, there])[:, 1]
    changes.append(then - now)
    print(f"column {j} up by its deviation: P(ill) from {now:.2f} to {then:.2f}, a change of {then - now:+.2f};")
    print(f"  CausalEffect with the classifier {seen[j]:+.2f}, with a linear regression {linear[j]:+.2f}")
same = np.allclose(seen, 2 * np.abs(changes)) and changes[0] < -0.1 and changes[1] > 0.1 and (linear < 0.6 * seen).all()
sys.exit(0 if same else "this has changed, expected twice the change, without its sign")
PYTHON
