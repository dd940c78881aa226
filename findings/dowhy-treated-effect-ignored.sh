#!/usr/bin/env bash
# Guess: estimate_effect(method_name="backdoor.linear_regression", target_units="att") of DoWhy, with an effect
#   modifier whose interaction it does fit, gives the mean effect of the treated, as its propensity methods do.
# Seen: 2.0, the mean over all rows, for "att", "atc" and a function that picks the treated, although the effects of
#   the treated are 4.2 in the mean and those of the others 0.7. Matching on the propensity gives both. A DataFrame of
#   the treated as target_units is ignored as well.
# Why it matters: the call names the group, the answer is about another one, and its interval excludes the truth.
# Source: dowhy/causal_estimators/regression_estimator.py stores target_units and does not look at it again; the
#   docstring of estimate_effect calls the argument experimental.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile dowhy==0.14 numpy==2.4.6 pandas==2.3.3 networkx==3.6.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import logging
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from dowhy import CausalModel

logging.disable(logging.CRITICAL)
print("dowhy", version("dowhy"))
rng = np.random.default_rng(0)
age = rng.normal(size=4000)
drug = (age + rng.normal(size=4000) > 0.5).astype(int)
effect = 2 + 3 * age
table = pd.DataFrame({"age": age, "drug": drug, "pain": drug * effect + age + rng.normal(size=4000)})
treated = table[table["drug"] == 1]
model = CausalModel(table, "drug", "pain", common_causes=["age"], effect_modifiers=["age"])
estimand = model.identify_effect()


def value(method, units):
    estimate = model.estimate_effect(
        estimand, method_name=f"backdoor.{method}", target_units=units, control_value=0, treatment_value=1
    )
    return round(float(estimate.value), 1)


units = {"ate": "ate", "att": "att", "atc": "atc", "function": lambda rows: rows["drug"] == 1, "frame": treated}
seen = {name: value("linear_regression", unit) for name, unit in units.items()}
matched = {name: value("propensity_score_matching", name) for name in ("att", "atc")}
truth = {"ate": effect.mean(), "att": effect[drug == 1].mean(), "atc": effect[drug == 0].mean()}
print("true:", {name: round(float(mean), 1) for name, mean in truth.items()})
print("linear regression:", seen)
print("propensity matching:", matched)
same = set(seen.values()) == {2.0} and matched["att"] > 3.5 and matched["atc"] < 1.5
sys.exit(0 if same else "this has changed, expected 2.0 for all units of the regression")
PYTHON
