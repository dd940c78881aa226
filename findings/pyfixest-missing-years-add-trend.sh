#!/usr/bin/env bash
# Guess: lpdid of pyfixest, differences in differences by local projections, compares on a panel with missing years
#   what it compares on a whole one, the year before treatment with the years after it, and leaves out where one of
#   them is missing: an effect of 2.0 stays 2.0.
# Seen: 2.5, with a standard error of .07, and 2.6 in the two years after, when 30% of the rows of a whole panel are
#   taken away at random; whole, it is 2.0. "The year before" is the row before, and "h years later" the row h rows on,
#   whatever year these are of. A difference over three years instead of two has another year of the trend in it, and
#   gaps at the start of treatment make the treated ones longer. twfe of the same package says 2.0 in both.
# Why it matters: nearly every panel of firms or persons has gaps; the error has the sign of the trend, hits every
#   horizon and looks like an effect that sets in at once.
# Source: pyfixest/did/lpdid.py, groupby(idname)[yname].shift(1) and shift(-h); its docstring does not ask for a whole
#   panel.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pyfixest==0.60.0 pandas==2.3.3 numpy==2.4.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import pyfixest as pf

print("pyfixest", version("pyfixest"))
rng = np.random.default_rng(0)
unit, year = (part.ravel() for part in np.meshgrid(np.arange(400), np.arange(10), indexing="ij"))
start = np.array([0, 4, 6])[unit % 3]
treated = (start > 0) & (year >= start)
outcome = rng.normal(size=400)[unit] + year + 2 * treated + 0.3 * rng.normal(size=4000)
whole = pd.DataFrame({"id": unit, "t": year, "g": start, "y": outcome})
gaps = whole[rng.random(4000) > 0.3]
columns = {"yname": "y", "idname": "id", "tname": "t", "gname": "g"}
seen = {}
for name, table in (("whole panel", whole), ("30% of rows missing", gaps)):
    result = pf.lpdid(table, **columns, att=False, vcov={"CRV1": "id"}, pre_window=-3, post_window=2).tidy()
    for horizon in (0, 1, 2):
        row = result.loc[f"time_to_treatment::{horizon}"]
        seen[name, horizon] = float(row["Estimate"])
        print(f"{name}, lpdid {horizon} years on: {row['Estimate']:.2f} +- {row['Std. Error']:.2f}, true 2")
    other = pf.event_study(table, **columns, estimator="twfe", att=True).tidy()["Estimate"].iloc[0]
    seen[name, "twfe"] = float(other)
    print(f"{name}, twfe: {other:.2f}")
wrong = [seen.pop(("30% of rows missing", horizon)) for horizon in (0, 1, 2)]
same = min(wrong) > 2.3 and all(abs(value - 2) < 0.1 for value in seen.values())
sys.exit(0 if same else "this has changed, expected too large an effect from lpdid where rows are missing")
PYTHON
