#!/usr/bin/env bash
# Guess: summary_table of ABTestEvaluator, of casual-inference, gives the relative difference of a measure that is below
#   zero (profit per visitor, change in weight) with a lower end below its upper one, and with a sign that fits its
#   word "up" or "down".
# Seen: for a loss of 2.00 that becomes one of 1.90 the word is "up", the relative difference -4.9%, and its interval
#   runs from -4.4% to -5.3%: the upper end is the lower number. The error of the relative difference is below zero as
#   well. The absolute difference and its interval, .088 to .106, are right.
# Why it matters: what is drawn, and shown by default, is the relative difference, as a bar that falls for an
#   improvement; a rule such as "lower end above -5%" holds, where the interval reaches further down.
# Source: division by mean_c in rel_diff_std of casual_inference/statistical_testing.py; ci_rel_diff in summary_table of
#   evaluator/abtest.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile plotly==5.24.1 lxml==4.9.4 statsmodels==0.14.6 scipy==1.14.1 \
  pandas==1.5.3 numpy==1.26.4
"$room/venv/bin/pip" install --quiet --no-compile --no-deps casual-inference==0.7.1 typing-extensions==4.15.0
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from casual_inference.evaluator import ABTestEvaluator

print("casual-inference", version("casual-inference"), "pandas", version("pandas"))
rng = np.random.default_rng(0)
table = pd.DataFrame({"person": np.arange(200000), "variant": rng.integers(1, 3, 200000)})
table["profit"] = -2 + 0.1 * (table["variant"] == 2) + rng.normal(size=200000)
table["loss"] = -table["profit"]
summary = ABTestEvaluator().evaluate(table, "person", ["profit", "loss"]).summary_table()
rows = summary[summary["variant"] == 2].set_index("metric")
for name in ("profit", "loss"):
    row = rows.loc[name]
    relative, absolute = row["ci_rel_diff"], row["ci_abs_diff"]
    words = f"{row['significance']}, relative {row['rel_diff_mean']:.3f}, from {relative[0]:.3f} to {relative[1]:.3f}"
    print(f"{name}: {words}, error {row['rel_diff_std']:.4f}, absolute from {absolute[0]:.3f} to {absolute[1]:.3f}")
profit, loss = rows.loc["profit"], rows.loc["loss"]
same = profit["significance"] == "up" and profit["rel_diff_mean"] < 0 and profit["rel_diff_std"] < 0
same &= profit["ci_rel_diff"][0] > profit["ci_rel_diff"][1] and loss["ci_rel_diff"][0] < loss["ci_rel_diff"][1]
same &= 0 < profit["ci_abs_diff"][0] < profit["ci_abs_diff"][1]
sys.exit(0 if same else "this has changed, expected the ends of the relative interval turned round")
PYTHON
