#!/usr/bin/env bash
# Guess: PsmPy(table, treatment="a", indx="id", target="y") of psmpy, whose docstring calls target the "outcome variable
#   of interest, will ignore in regression/matching", leaves y out of the propensity model.
# Seen: y is in it. Treated and controls are matched on the outcome, and an effect of 2 becomes .0 after matching; with
#   exclude=["y"] it is 2.0. Columns named "outcome", the default of target, are used as well.
# Why it matters: the outcome is declared where the documentation says so, the groups look balanced in every column, for
#   y is one of them, and no effect is left: a treatment that works is found not to.
# Source: psmpy/psmpy.py, __init__: xvars are all columns but exclude, treatment and indx.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile psmpy==0.3.16 pandas==2.3.3 numpy==2.2.6 scikit-learn==1.7.2
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from psmpy import PsmPy

print("psmpy", version("psmpy"))
rng = np.random.default_rng(0)
z = rng.normal(size=2400)
a = (rng.random(2400) < 1 / (1 + np.exp(2 - 1.2 * z))).astype(int)
y = 2 * a + z + rng.normal(size=2400)
table = pd.DataFrame({"id": np.arange(2400), "z": z, "a": a, "y": y})
print(f"difference without matching {table.groupby('a').y.mean().diff().iloc[1]:.2f}")
seen = {}
for name, arguments, column in (
    ('target="y"', {"target": "y"}, "y"),
    ('exclude=["y"]', {"exclude": ["y"]}, "y"),
    ('a column named "outcome"', {}, "outcome"),
):
    model = PsmPy(table.rename(columns={"y": column}), treatment="a", indx="id", **arguments)
    model.logistic_ps(balance=False)
    model.kdtree_matched(matcher="propensity_logit", replacement=False, caliper=0.1)
    pairs = model.df_matched[["id", "a"]].merge(table[["id", "y"]], on="id")
    seen[name] = pairs.groupby("a").y.mean().diff().iloc[1]
    print(f"{name}: effect {seen[name]:.2f} in {len(pairs)} rows, propensity from {model.xvars}")
ignored, right, named = seen.values()
same = abs(right - 2) < 0.2 and abs(ignored) < 0.3 and abs(named) < 0.3
sys.exit(0 if same else "this has changed, expected the outcome in the propensity model")
PYTHON
