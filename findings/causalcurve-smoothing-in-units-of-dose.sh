#!/usr/bin/env bash
# Guess: the curve that TMLE_Regressor of causal-curve draws does not depend on the unit of the dose: a bandwidth of
#   .5, the default, is one of the scaled values whose density it is said to be for.
# Seen: for a dose from 1 to 10 whose effect is 2 for each unit the curve rises from 2.0 to 18.4. With the same doses
#   divided by ten it is 4.8, 8.8, 10.9, 8.2 and 13.8 at the same five places, falls in between where the truth goes on
#   rising, and its interval at the fourth, 6.8 to 9.6, leaves out the true 15. The bandwidth also smooths two averages
#   over doses, in the dose's own unit, where .5 is then half of all doses.
# Why it matters: milligrams against grams, or shares of one against percent, decide about the shape of the curve, and
#   the intervals leave no doubt.
# Source: pred_from_loess in causal_curve/tmle_core.py, KernelReg(bw=[self.bandwidth]); the docstring has "bandwidth
#   parameter for the kernel density estimation".
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causal-curve==1.0.6 pygam==0.12.0 statsmodels==0.15.0 \
  scikit-learn==1.9.1 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from causal_curve import TMLE_Regressor

print("causal-curve", version("causal-curve"), "statsmodels", version("statsmodels"))
rng = np.random.default_rng(0)
age = rng.normal(size=400)
dose = 5 + age + rng.normal(size=400)
outcome = 2 * dose + age + rng.normal(scale=0.5, size=400)
seen = {}
for factor in (10, 1, 0.1):
    model = TMLE_Regressor(random_seed=0, treatment_grid_num=30)
    columns = pd.Series(dose * factor, name="dose"), pd.DataFrame({"age": age}), pd.Series(outcome)
    model.fit(T=columns[0], X=columns[1], y=columns[2])
    curve = model.calculate_CDRC(0.95).iloc[[0, 8, 15, 22, 29]]
    seen[factor] = curve["Causal_Dose_Response"].to_numpy(), curve["Upper_CI"].iloc[3]
    true = ", ".join(f"{2 * value / factor:.1f}" for value in curve["Treatment"])
    shown = ", ".join(f"{value:.1f}" for value in seen[factor][0])
    print(f"dose times {factor}: {shown}; true {true}; the fourth at most {seen[factor][1]:.1f}")
same = all(np.all(np.diff(seen[factor][0]) > 2) for factor in (10, 1)) and np.abs(seen[10][0] - seen[1][0]).max() < 2.5
same &= np.diff(seen[0.1][0])[2] < -1.5 and seen[0.1][1] < 11
sys.exit(0 if same else "this has changed, expected a curve that falls where the dose is divided by ten")
PYTHON
