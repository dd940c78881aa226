#!/usr/bin/env bash
# Guess: FLAME of dame-flame gives up matching on the covariate that tells least about the outcome, whatever the unit of
#   the outcome: grams or kilograms, it is the same columns that are dropped.
# Seen: with the outcome in grams or milligrams the strongest covariate is kept for every unit and the one that does
#   nothing is given up for 99%. In kilograms the strongest is given up for 55% of the units and the idle one for 7%,
#   and the mean effect moves from 1.3 to 1.9 where 1.0 is true. What is maximized is C times a share of rows matched,
#   between 0 and 2, less a mean squared error in squares of the outcome's unit, so that in large units only the share
#   counts.
# Why it matters: incomes in thousands or risks in shares are such outcomes; then units are matched on noise, as many as
#   possible, by a method whose point is the opposite.
# Source: decide_drop in dame_flame/flame_algorithm.py, MQ = C * BF - PE; the docstring calls C, .1, "the tradeoff
#   between PE and BF".
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile dame-flame==0.81 scikit-learn==1.9.1 pandas==2.3.3 \
  numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from dame_flame.matching import FLAME
from dame_flame.utils.post_processing import ATE

print("dame-flame", version("dame-flame"), "scikit-learn", version("scikit-learn"))
rng = np.random.default_rng(0)
covariates = rng.integers(0, 4, (300, 6))
treated = (rng.random(300) < np.where(covariates[:, 0] > 1, 0.6, 0.4)).astype(int)
grams = covariates @ [3, 2, 1.5, 1, 0.5, 0] + treated + rng.normal(size=300)
seen = {}
for unit, factor in (("milligrams", 1000), ("grams", 1), ("kilograms", 0.001)):
    table = pd.DataFrame(covariates, columns=list("abcdef")).assign(treated=treated, outcome=grams * factor)
    model = FLAME(verbose=0, early_stop_pe=False)
    model.fit(holdout_data=table.copy())
    with contextlib.redirect_stdout(io.StringIO()):
        matched = model.predict(table.copy())
    dropped = (matched == "*").mean()
    seen[unit] = dropped["a"], dropped["f"], ATE(model) / factor
    shares = f"the strongest is given up for {dropped['a']:.0%}, the idle one for {dropped['f']:.0%}"
    print(f"outcome in {unit}: {shares}, effect {ATE(model) / factor:.2f} grams")
same = seen["grams"][0] == seen["milligrams"][0] == 0 and seen["grams"][1] > 0.9
same &= seen["kilograms"][0] > 0.4 and seen["kilograms"][1] < 0.2 and seen["kilograms"][2] - seen["grams"][2] > 0.4
sys.exit(0 if same else "this has changed, expected the strongest covariate to be given up in kilograms")
PYTHON
