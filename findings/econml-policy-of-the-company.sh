#!/usr/bin/env bash
# Guess: the treatment that a DRPolicyTree or DRPolicyForest of EconML recommends for a person, fitted with
#   featurizer=StandardScaler(), is the same whether the person is asked for alone or in a table with others.
# Seen: it is not. predict fits the featurizer anew, to the rows that it is asked about. Of those above 61, whom the
#   treatment helps, some 15 to 20% are told to take it when they are asked about together, and nobody when it is one
#   by one, for each is then the average of the table. Without the featurizer all of them are told, either way.
#   Afterwards predict_value of the same persons has changed, too: the featurizer stays as predict has left it.
# Why it matters: whole training tables are recommended rightly, so that every check on them passes; the patient at the
#   desk gets the answer of the average one.
# Source: predict_proba and predict in econml/policy/_drlearner.py, featurizer_.fit_transform(X).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile econml==0.17.0 numpy==2.4.6 scikit-learn==1.9.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from econml.policy import DRPolicyForest, DRPolicyTree
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import StandardScaler

print("econml", version("econml"))
rng = np.random.default_rng(0)
age = rng.normal(50, 10, size=(2000, 1))
arm = rng.integers(0, 2, 2000)
outcome = 0.1 * (age[:, 0] - 60) * arm + rng.normal(size=2000)
older = age[age[:, 0] > 61]
same = True
for learner, depth in ((DRPolicyTree, {"max_depth": 2}), (DRPolicyForest, {"max_depth": 2, "n_estimators": 20})):
    for featurizer in (None, StandardScaler()):
        policy = learner(
            model_regression=LinearRegression(),
            model_propensity=LogisticRegression(),
            featurizer=featurizer,
            random_state=0,
            **depth,
        ).fit(outcome, arm, X=age)
        value = policy.predict_value(older).mean()
        all_rows, together = policy.predict(age).mean(), policy.predict(older).mean()
        alone = np.mean([policy.predict(older[[row]])[0] for row in range(50)])
        after = policy.predict_value(older).mean()
        print(f"{learner.__name__}, featurizer {featurizer}: treated in the whole table {all_rows:.2f}")
        print(f"  of those above 61, asked together {together:.2f}, one by one {alone:.2f}")
        print(f"  their mean value before {value:.2f}, after {after:.2f}")
        if featurizer is None:
            same &= together == 1 and alone == 1 and value == after
        else:
            same &= together < 0.5 and alone == 0 and abs(value - after) > 0.1
sys.exit(0 if same else "this has changed, expected other answers for the same rows with a featurizer")
PYTHON
