#!/usr/bin/env bash
# Guess: a treatment that is an ordered categorical of pandas, placebo < drug, has placebo as EconML's control: the
#   first category, as its documentation says, and the smallest one in the sense of pandas, too.
# Seen: drug is the control, because its letters come first, and an effect of 2 is reported as -2 by everything that
#   takes no values, as const_marginal_ate. effect(T0="placebo", T1="drug") is right, and so is categories=[...].
# Why it matters: the sign turns round with the names of the levels; the attribute that tells is cate_treatment_names.
# Source: econml/_ortho_learner.py encodes an array of the treatment, without its categories, by sklearn's OneHotEncoder.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile econml==0.17.0 numpy==2.4.6 pandas==2.3.3 scikit-learn==1.9.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from econml.dml import LinearDML

print("econml", version("econml"))
rng = np.random.default_rng(0)
levels = ["placebo", "drug"]
age = pd.DataFrame({"age": rng.normal(size=1000)})
given = pd.Series(pd.Categorical.from_codes(rng.integers(0, 2, 1000), levels, ordered=True))
outcome = 2.0 * (given == "drug") + 0.1 * rng.normal(size=1000)
print("smallest level in pandas:", given.min())


def averages(**settings):
    model = LinearDML(discrete_treatment=True, random_state=0, **settings).fit(outcome, given, X=age)
    return [round(float(np.ravel(found)[0])) for found in (
        model.const_marginal_ate(age), model.ate(age, T0="placebo", T1="drug")
    )]


seen = {"as they come": averages(), "categories given": averages(categories=levels)}
print("const_marginal_ate, and drug against placebo:", seen)
expected = [[-2, 2], [2, 2]]
sys.exit(0 if list(seen.values()) == expected else f"this has changed, expected {expected}")
PYTHON
