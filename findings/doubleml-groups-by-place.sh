#!/usr/bin/env bash
# Guess: gate(groups) of DoubleML, which asks for a DataFrame of groups and has a DataFrame for its data, joins the two
#   by the labels of their rows, or refuses labels in another order.
# Seen: by place. For the same groups of the same persons, sorted by another column, the effects of old and young, 2.7
#   and -.6, come out as .9 and 1.1, the mean of all, with intervals that exclude the right ones. policy_tree does the
#   same: the rule "treat those above -.5" becomes "treat everybody".
# Why it matters: groups are made in a table of their own, sorted or joined; what comes out says that there is no
#   difference between groups, which is a result that is believed.
# Source: gate and policy_tree in doubleml/irm/irm.py, OLS of the signal, a plain array, on the groups.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile doubleml==0.11.4 numpy==2.2.6 pandas==2.3.3 scikit-learn==1.7.2
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import doubleml
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, LogisticRegression

print("doubleml", version("doubleml"))
np.random.seed(0)
rng = np.random.default_rng(0)
x, noise, order = rng.normal(size=(3, 4000))
t = (rng.random(4000) < 1 / (1 + np.exp(-x / 2))).astype(int)
table = pd.DataFrame({"x": x, "t": t, "y": x + t * (1 + 2 * x) + noise})
data = doubleml.DoubleMLData(table, "y", "t")
model = doubleml.DoubleMLIRM(data, LinearRegression(), LogisticRegression()).fit()
groups = pd.DataFrame({"old": x > 0, "young": x <= 0, "visit": order})
probe = pd.DataFrame({"x": [-2.0, -0.6, 1.0]})
seen = {}
for name, rows in (("in the table's order", groups), ("sorted", groups.sort_values("visit"))):
    effects = model.gate(rows[["old", "young"]]).confint()
    for group, line in effects.iterrows():
        seen[name, group] = float(line["effect"])
        print(f"{name}, {group}: {line['effect']:.1f}, from {line.iloc[0]:.1f} to {line.iloc[2]:.1f}", end="; ")
    rule = model.policy_tree(table.loc[rows.index, ["x"]], depth=1).predict(probe)["pred_treatment"].tolist()
    seen[name, "rule"] = rule
    print(f"treated at x = -2, -.6 and 1: {rule}")
same = seen["in the table's order", "old"] > 2 and seen["in the table's order", "young"] < 0
same &= all(abs(seen["sorted", group] - 1) < 0.3 for group in ("old", "young"))
same &= seen["in the table's order", "rule"] == [0, 0, 1] and seen["sorted", "rule"] == [1, 1, 1]
sys.exit(0 if same else "this has changed, expected effects of 1 for sorted groups")
PYTHON
