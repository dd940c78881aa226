#!/usr/bin/env bash
# Guess: Synth of SyntheticControlMethods gives all the weight to a donor that is an exact copy of the treated unit
#   before the treatment, in the outcome and in every covariate: nothing fits better.
# Seen: the copy has .64, and a place that sells a fifth as much, to people who are five times as rich, .35. The sales
#   of the synthetic unit are 81 before, where 114 were to be met, and 94 after, where 134 were sold and nothing was
#   done: an effect of 40 of nothing, in ten starts.
# Why it matters: the weights and the effect are of a unit that has the mean of all covariates in each of them, in
#   whatever units they are; the table of comparison shows the misfit, which reads as a lack of good donors.
# Source: treated_covariates.T - control_covariates @ w in total_loss of SyntheticControlMethods/optimize.py, a row
#   less a column, where every covariate is held against all covariates of the treated unit; and
#   _rescale_covariate_variance of main.py divides each unit by its own spread over the covariates.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile SyntheticControlMethods==1.1.17 cvxpy==1.4.4 matplotlib==3.7.5 \
  scipy==1.10.1 pandas==1.5.3 numpy==1.24.4 # a newer scipy refuses its starting values
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import contextlib
import io

import numpy as np
import pandas as pd
from SyntheticControlMethods import Synth

print("SyntheticControlMethods", version("SyntheticControlMethods"), "cvxpy", version("cvxpy"))
years = np.arange(1990, 2010)


def unit(name, sales, people, income):
    return pd.DataFrame({"place": name, "year": years, "sales": sales, "people": people, "income": income}).astype(
        {"sales": float, "people": float, "income": float})


rising = 100 + 2 * (years - 1990)
places = [unit("treated", rising, 50, 20), unit("copy", rising, 50, 20),
          unit("rich", 20 + 0 * years, 50, 100), unit("other", 60 + years - 1990, 70, 60)]
with contextlib.redirect_stdout(io.StringIO()):
    synth = Synth(pd.concat(places, ignore_index=True), "sales", "place", "year", 2005, "treated")
weights = dict(zip(synth.original_data.control_units, synth.original_data.w.ravel().round(2).tolist()))
made = synth.original_data.synth_outcome.ravel()
print("weights", weights)
print(f"sales before: treated {rising[:15].mean():.0f}, synthetic {made[:15].mean():.0f}; after, nothing done: "
      f"{rising[15:].mean():.0f} and {made[15:].mean():.0f}")
same = weights["copy"] < 0.9 and weights["rich"] > 0.1 and rising[15:].mean() - made[15:].mean() > 10
sys.exit(0 if same else "this has changed, expected a donor beside the copy")
PYTHON
