#!/usr/bin/env bash
# Guess: compute_effect of Ananke gives the difference of two risks, .197 on the table below, whether treatment and
#   outcome are columns of 0 and 1 or of False and True, and by each of its estimators.
# Seen: with an outcome of True and False the g-formula has the other sign, -.197, while weighting (ipw) and the doubly
#   robust aipw still say .198 and .197. With a boolean treatment ipw and eff-aipw say .88 and their log odds ratio is
#   not a number; with both boolean aipw says 1.59, a difference of two risks.
# Why it matters: df.ill = df.score > 30 is how such columns are made; the treatment harms or helps by the estimator
#   chosen, and the doubly robust one agrees with ipw on one table and exceeds 1 on the next.
# Source: ananke/estimation/counterfactual_mean.py fits statsmodels' formulas, in which a boolean on the left is turned:
#   see statsmodels-boolean-outcome-turned.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile ananke-causal==0.5.0 pgmpy==0.1.26 statsmodels==0.13.5 pandas==1.5.3 \
    numpy==1.26.4 scipy==1.11.4
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from ananke.estimation import CausalEffect
from ananke.graphs import ADMG

print("ananke", version("ananke-causal"))
rng = np.random.default_rng(0)
z = rng.normal(size=20000)
treated, other = 1 / (1 + np.exp(-z)), 1 / (1 + np.exp(1 - z))
t = (rng.random(20000) < 1 / (1 + np.exp(-z))).astype(int)
y = (rng.random(20000) < np.where(t, treated, other)).astype(int)
truth = np.mean(treated - other)
print(f"true difference of the risks {truth:.3f}")
graph = ADMG(["z", "t", "y"], [("z", "t"), ("z", "y"), ("t", "y")])
seen = {}
for name, columns in (
    ("numbers", {"t": t, "y": y}),
    ("outcome boolean", {"t": t, "y": y == 1}),
    ("treatment boolean", {"t": t == 1, "y": y}),
    ("both boolean", {"t": t == 1, "y": y == 1}),
):
    for estimator in ("ipw", "gformula", "aipw"):
        with contextlib.redirect_stdout(io.StringIO()):
            effect = CausalEffect(graph, "t", "y")
            table = pd.DataFrame({"z": z, **columns})
            seen[name, estimator] = effect.compute_effect(table, estimator, report_log_odds=False)
        print(f"{name}, {estimator}: {seen[name, estimator]:.3f}")
same = all(abs(seen["numbers", estimator] - truth) < 0.01 for estimator in ("ipw", "gformula", "aipw"))
same &= abs(seen["outcome boolean", "gformula"] + truth) < 0.01
same &= seen["treatment boolean", "ipw"] > 0.7 and seen["both boolean", "aipw"] > 1
sys.exit(0 if same else "this has changed, expected turned and impossible differences with booleans")
PYTHON
