#!/usr/bin/env bash
# Guess: estimate_population_outcome and estimate_individual_outcome of causallib's Matching, fitted to one table and
#   asked about new patients, match these to the fitted ones, as the documentation says of matching with replacement.
# Seen: they give the answers of the patients who were asked about before, if the new ones have the same row labels: 0,
#   1, 2, ..., as any table has that was just read. Treatment brings a tenth of the age; for people of 60 to 70 the
#   effect is 4.7, that of those between 20 and 70, and with other labels 6.5. Nothing else about the rows is compared,
#   neither their covariates nor their arms; settings changed in between are ignored as well.
# Why it matters: a test set, a subgroup after reset_index, a bootstrap of new rows: all get the first table's effect,
#   with differences of nothing between them.
# Source: estimate_individual_outcome in causallib/estimation/matching.py asks for the cached matches; match() has an
#   argument for it, estimate_* have none.
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
from causallib.estimation import Matching

print("causallib", version("causallib"))
rng = np.random.default_rng(0)


def patients(youngest):
    age = rng.uniform(youngest, 70, 400)
    arm = rng.integers(0, 2, 400)
    outcome = age * arm / 10 + 0.1 * rng.normal(size=400)
    return pd.DataFrame({"age": age}), pd.Series(arm), pd.Series(outcome)


ages, arm, outcome = patients(20)
older, their_arm, _ = patients(60)
model = Matching().fit(ages, arm, outcome)


def effect(covariates, treatment):
    means = model.estimate_population_outcome(covariates, treatment)
    return round(float(means[1] - means[0]), 2)


seen = {"fitted patients": effect(ages, arm), "new patients of 60 to 70": effect(older, their_arm)}
labels = older.index + 400
seen["the same, labelled 400 to 799"] = effect(older.set_axis(labels), their_arm.set_axis(labels))
print("mean effect, of", seen, f"; true effects {ages['age'].mean() / 10:.2f} and {older['age'].mean() / 10:.2f}")
first, repeated, right = seen.values()
same = repeated == first and right > first + 1
sys.exit(0 if same else "this has changed, expected the first table's effect for new rows with the same labels")
PYTHON
