#!/usr/bin/env bash
# Guess: TwoModel.predict_proba of causeinfer gives "predicted probability to respond", under treatment and without it,
#   so that the first column less the second is the uplift, as it is for predict of the same class.
# Seen: both columns are the probability NOT to respond, the first one of the two that the model gives. Over 20,000
#   persons the difference and the true uplift have a correlation of -.98; its mean is near zero, where the share of
#   buyers is .40 and the mean of a column .60. InteractionTerm does the same. BinaryTransformation, of the same
#   package, has the favourable class first, and .97.
# Why it matters: a campaign that takes the tenth with the largest uplift reaches the tenth whom it puts off most, with
#   two of the methods of a package and not with the others. A mean near zero does not show it.
# Source: pred_treatment[i][0] and pred_control[i][0] in predict_proba of
#   causeinfer/standard_algorithms/two_model.py and interaction_term.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile scikit-learn==1.7.2 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps causeinfer==1.0.2
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from causeinfer.standard_algorithms.binary_transformation import BinaryTransformation
from causeinfer.standard_algorithms.interaction_term import InteractionTerm
from causeinfer.standard_algorithms.two_model import TwoModel
from sklearn.linear_model import LogisticRegression

print("causeinfer", version("causeinfer"), "scikit-learn", version("scikit-learn"))
rng = np.random.default_rng(0)
x = rng.normal(size=(20000, 2))
treated = rng.integers(0, 2, 20000)
uplift = 0.3 * np.tanh(x[:, 0])
bought = (rng.random(20000) < 0.4 + uplift * treated).astype(int)
print(f"share of buyers {bought.mean():.2f}")
models = {"TwoModel": TwoModel(LogisticRegression(), LogisticRegression())}
models |= {"InteractionTerm": InteractionTerm(LogisticRegression())}
models |= {"BinaryTransformation": BinaryTransformation(LogisticRegression())}
seen = {}
for name, model in models.items():
    columns = model.fit(x, bought, treated).predict_proba(x)
    difference = columns[:, 0] - columns[:, 1]
    seen[name] = float(np.corrcoef(difference, uplift)[0, 1]), float(columns[:, 1].mean())
    print("{}: correlation with the true uplift {:.2f}, mean of the second column {:.2f}".format(name, *seen[name]))
same = all(seen[name][0] < -0.9 and seen[name][1] > 0.55 for name in ("TwoModel", "InteractionTerm"))
same &= seen["BinaryTransformation"][0] > 0.9
sys.exit(0 if same else "this has changed, expected the probability not to respond")
PYTHON
