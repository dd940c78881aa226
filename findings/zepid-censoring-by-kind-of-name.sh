#!/usr/bin/env bash
# Guess: the weights for censoring that IPCW of zEpid computes from one row a person (flat_df=True) are the same
#   whether the persons are called 1000, 1001, ... or "P1000", "P1001", ...: the name is there to tell them apart.
# Seen: with text for a name every column of the table becomes text's kind of column, and age, a number in the model of
#   censoring, one category for each age. The largest weight goes from 3 to 300 billion and the risk within five years
#   from .58, near the true .62, to .39. Any other column of text, a site or a sex, that no model names does the same.
# Why it matters: names of persons are text as a rule; the long table that comes out looks as it should, and its check
#   of events and censorings agrees. With ages in whole years nothing stands out, but the weights are those of another
#   model.
# Source: _dataprep in zepid/causal/ipw/IPCW.py repeats the rows of df.values, which has one type for the whole table.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile zepid==0.9.1 statsmodels==0.15.0 pandas==2.3.3 numpy==2.4.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from contextlib import redirect_stdout
from importlib.metadata import version
from io import StringIO

import numpy as np
import pandas as pd
from zepid.causal.ipw import IPCW

print("zepid", version("zepid"))
rng = np.random.default_rng(0)
age = np.round(rng.uniform(30, 70, 400), 1)
death, leaving = np.ceil(rng.exponential(6 * np.exp((50 - age) / 12), size=(2, 400)))
years = np.minimum(np.minimum(death, leaving), 8)
dead = ((death <= leaving) & (death <= 8)).astype(int)
numbers = pd.DataFrame({"id": np.arange(1000, 1400), "age": age, "years": years, "dead": dead})


def risk(table):
    with redirect_stdout(StringIO()):
        model = IPCW(table, idvar="id", time="years", event="dead", flat_df=True)
        model.regression_models(model_denominator="t_enter + age", model_numerator="t_enter", print_results=False)
        model.fit()
    long = model.df.assign(weight=model.Weight.astype(float), dead=model.df["dead"].astype(float))
    alive = 1.0
    for _, year in long[long["t_enter"] < 5].groupby("t_enter"):
        alive *= 1 - np.average(year["dead"], weights=year["weight"])
    return 1 - alive, long["weight"].max()


print(f"died within five years, had nobody left: {(death <= 5).mean():.2f}")
seen = {}
for name, table in {
    "numbers": numbers,
    "text": numbers.assign(id="P" + numbers["id"].astype(str)),
    "numbers, and a column of text": numbers.assign(site="north"),
}.items():
    seen[name], largest = risk(table)
    print(f"{name}: {seen[name]:.2f}, largest weight {largest:.1f}")
near, text, beside = seen.values()
same = abs(near - (death <= 5).mean()) < 0.05 and text < near - 0.1 and abs(beside - text) < 1e-6
sys.exit(0 if same else "this has changed, expected another risk with text in the table")
PYTHON
