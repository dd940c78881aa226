#!/usr/bin/env bash
# Guess: add_unobserved_common_cause, DoWhy's refuter that adds a hidden cause, hardly moves the effect of a
#   continuous dose (2 for one unit) if the cause is weak: strengths of .1 on a dose and an outcome with deviations of
#   1.4 and 3.7.
# Seen: 1.1 instead of 2.0, and .6 at .2. Without confounders_effect_on_treatment="linear" the dose is "flipped" to
#   one minus itself in rows where the hidden cause is large, as if it were 0 or 1: the strength is a share of rows.
#   With "linear" the answers are 2.0 and 1.9.
# Why it matters: an effect that is robust is refuted, by the defaults, with no warning; the plot of effects over
#   strengths, which is what the refuter is for, falls fast.
# Source: dowhy/causal_refuters/add_unobserved_common_cause.py, include_confounders_effect; "binary_flip" is the
#   default whatever the treatment is.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile dowhy==0.14 numpy==2.2.6 pandas==2.3.3
"$room/venv/bin/python" -W ignore - <<'PYTHON' 2> /dev/null
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from dowhy import CausalModel

print("dowhy", version("dowhy"))
rng = np.random.default_rng(0)
z, *noise = rng.normal(size=(3, 5000))
dose = z + noise[0]
table = pd.DataFrame({"z": z, "dose": dose, "y": 2 * dose + z + noise[1]})
model = CausalModel(table, "dose", "y", graph="digraph {z -> dose; z -> y; dose -> y}")
estimand = model.identify_effect()
estimate = model.estimate_effect(estimand, method_name="backdoor.linear_regression")
print(f"effect of a unit of dose: {estimate.value:.2f}; deviations {dose.std():.1f} and {table['y'].std():.1f}")
effects = {}
for name, options in {"by default": {}, "linear": {"confounders_effect_on_treatment": "linear"}}.items():
    effects[name] = []
    for strength in (0.1, 0.2):
        np.random.seed(0)
        refuted = model.refute_estimate(
            estimand,
            estimate,
            method_name="add_unobserved_common_cause",
            effect_strength_on_treatment=strength,
            effect_strength_on_outcome=strength,
            **options,
        )
        effects[name].append(float(refuted.new_effect))
    print(f"with a hidden cause of strength .1 and .2, {name}: {effects[name][0]:.2f} and {effects[name][1]:.2f}")
same = max(effects["by default"]) < 1.5 and min(effects["linear"]) > 1.85
sys.exit(0 if same else "this has changed, expected the default alone to lose the effect")
PYTHON
