#!/usr/bin/env bash
# Guess: Mediation of causal-curve gives the same share of an indirect effect at each dose whether the mediator is in
#   milligrams or in tenths of a gram: both are one column.
# Seen: for a mediator that acts only above a threshold the share rises with the dose, .31, .46 and .54, and falls, .49,
#   .44 and .43, when the same column is multiplied by 100. The mediator is redrawn around its prediction with the
#   VARIANCE of the residuals for their standard deviation: 1 is 1, but 100 becomes 10,000, and values far outside of
#   the table are drawn, where the spline of the outcome goes on as a line. In small units the noise vanishes instead.
# Why it matters: at which dose an effect goes through the mediator is the question that the method is for; the answer
#   turns round with the unit of a column. Where everything is linear nothing shows.
# Source: _mediator_prediction in causal_curve/mediation.py, std_dev without a root.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causal-curve==1.0.6 pygam==0.12.0 statsmodels==0.15.0 \
  scikit-learn==1.9.1 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from causal_curve import Mediation

print("causal-curve", version("causal-curve"), "statsmodels", version("statsmodels"))
rng = np.random.default_rng(0)
dose = rng.uniform(0, 10, 500)
mediator = 0.4 * dose + rng.normal(size=500)
outcome = 0.5 * dose + 2 * np.maximum(mediator - 2, 0) + rng.normal(scale=0.5, size=500)
shares = {}
for factor in (1, 100):
    model = Mediation(bootstrap_draws=500, bootstrap_replicates=50, treatment_grid_num=4, random_seed=0)
    model.fit(T=pd.Series(dose), M=pd.Series(mediator * factor), y=pd.Series(outcome))
    with contextlib.redirect_stdout(io.StringIO()):
        shares[factor] = model.calculate_mediation(0.95)["Proportion_Indirect_Effect"].to_numpy()
    print(f"mediator times {factor}: {shares[factor].round(2)}")
same = np.all(np.diff(shares[1]) > 0.05) and np.all(np.diff(shares[100]) < 0)
sys.exit(0 if same else "this has changed, expected shares that fall with the dose for a mediator times 100")
PYTHON
