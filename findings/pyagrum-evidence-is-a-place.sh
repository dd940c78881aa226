#!/usr/bin/env bash
# Guess: in a network that pyAgrum learns from a table with a column of 1, 2 and 3, x -> y, both getPosterior(bn,
#   target="y", evs={"x": 1}) and causalImpact(on="y", doing="x", values={"x": 1}) are the distribution of y where x is
#   1: nothing confounds the two, so that seeing and doing agree.
# Seen: causalImpact is. getPosterior gives that of x = 2: there a number is the place of the value in the variable's
#   domain, counted from 0, and only "1", in quotes, is the value. 0, which is no value of the column, means 1 to
#   getPosterior, and to causalImpact that the whole table is wanted.
# Why it matters: columns coded from 1, as scales and stages are, answer for the next higher value in silence: .50 where
#   the table says .26; and seeing .50 against doing .26 is what confounding looks like.
# Source: docstrings of getPosterior ("val") and causalImpact ("value_name"); that of setEvidence does say that a number
#   is an index.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pyagrum==3.3.1 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import numpy as np
import pandas as pd
import pyagrum as gum

print("pyagrum", gum.__version__)
rng = np.random.default_rng(0)
x = rng.integers(1, 4, 3000)
table = pd.DataFrame({"x": x, "y": (rng.random(3000) < x / 4).astype(int)})
arrow = gum.DAG()
arrow.addNodes(2)
arrow.addArc(0, 1)  # the columns in their order: x causes y
bn = gum.BNLearner(table).learnParameters(arrow)
model = gum.CausalModel(bn)
shares = table.groupby("x").y.mean().to_dict()
print(bn["x"], "share of y = 1 in the table:", {value: round(share, 2) for value, share in shares.items()})
same = True
for value in (1, 2):
    for asked, meant in ((value, value + 1), (str(value), value)):
        seen = float(gum.getPosterior(bn, target="y", evs={"x": asked})[1])
        done = float(gum.causalImpact(model, on="y", doing="x", values={"x": asked})[1][1])
        print(f"x = {asked!r}: getPosterior {seen:.2f}, causalImpact {done:.2f}")
        same &= abs(seen - shares[meant]) < 0.01 and abs(done - shares[value]) < 0.01
zero = float(gum.getPosterior(bn, target="y", evs={"x": 0})[1])
names = gum.causalImpact(model, on="y", doing="x", values={"x": 0})[1].names
print(f"x = 0: getPosterior {zero:.2f}, causalImpact a table over {names}")
same &= abs(zero - shares[1]) < 0.01 and len(names) == 2
sys.exit(0 if same else "this has changed, expected a place in getPosterior and a value in causalImpact")
PYTHON
