#!/usr/bin/env bash
# Guess: AIPTW of zEpid, given a missing_model for outcomes that are missing at random, estimates the mean effect of
#   all rows, as its TMLE does on the same calls: what such a model is for.
# Seen: that of the rows whose outcome is known. Where treatment helps those most whose outcomes are lost, a mean
#   effect of 1.0 comes out as -.3, with an interval from -.4 to -.1; among the rows with an outcome the true mean is
#   -.2. TMLE gives .9, and AIPTW, before outcomes are taken away, 1.0.
# Why it matters: the model of missing outcomes is fitted and named in the summary, all observations are counted there,
#   and the answer is about the patients who stayed; the sign is theirs, too.
# Source: aipw_calculator in zepid/causal/utils.py takes np.nanmean of a difference that is missing wherever the
#   outcome is; a row without an outcome should bring its two predictions.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile zepid==0.9.1 statsmodels==0.15.0 pandas==2.3.3 numpy==2.4.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from zepid.causal.doublyrobust import AIPTW, TMLE

print("zepid", version("zepid"))
rng = np.random.default_rng(0)
x, noise = rng.normal(size=(2, 5000))
a = (rng.random(5000) < 1 / (1 + np.exp(-x / 2))).astype(int)
effect = 1 + 2 * x
full = pd.DataFrame({"x": x, "a": a, "y": x + a * effect + noise})
known = rng.random(5000) > 1 / (1 + np.exp(-2 * x))
partial = full.assign(y=full["y"].where(known))
print(f"outcome known in {known.mean():.0%}; true effect {effect.mean():.2f}, of those rows {effect[known].mean():.2f}")
seen = {}
for estimator in (AIPTW, TMLE):
    for name, table in (("all outcomes", full), ("some missing", partial)):
        model = estimator(table, exposure="a", outcome="y")
        model.exposure_model("x", print_results=False)
        if name == "some missing":
            model.missing_model("a + x", print_results=False)
        model.outcome_model("a + x + a:x", print_results=False)
        model.fit()
        low, high = model.average_treatment_effect_ci
        seen[estimator.__name__, name] = model.average_treatment_effect
        print(f"{estimator.__name__}, {name}: {model.average_treatment_effect:.2f}, from {low:.2f} to {high:.2f}")
lost = seen.pop(("AIPTW", "some missing"))
same = lost < 0.1 and all(abs(value - effect.mean()) < 0.2 for value in seen.values())
sys.exit(0 if same else "this has changed, expected the mean of the rows with an outcome from AIPTW only")
PYTHON
