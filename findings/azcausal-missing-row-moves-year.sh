#!/usr/bin/env bash
# Guess: where one unit of a panel has no value in one year, DID of azcausal averages over those that have one, or
#   refuses, as does its SDID.
# Seen: an effect of 3 among 40 units with a trend of 5 a year becomes 5.5 when the outcome of one CONTROL in the last
#   year is missing, .5 when it is that of a treated unit, and -1.5 when the whole row is: with a gap the arm has no
#   mean in that year, and its later years are averaged without it; with a row missing the intervention has a gap, its
#   sum is not above zero, and the year counts as one BEFORE treatment for all units. SDID gives the same for the gaps
#   and "not a number" for the row.
# Why it matters: one of 480 cells moves the answer by more than the effect, as far as the trend goes in half the
#   years after treatment; real panels lack a cell. balance(), of the same class, is not called.
# Source: Y[:, ~panel.treat].mean(axis=1) in azcausal/estimators/panel/did.py, post in azcausal/core/panel.py,
#   self.intervention.values.sum(axis=1) > 0.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile azcausal==0.2.5 linearmodels==7.1 statsmodels==0.15.0 pandas==2.3.3 \
  scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from azcausal.core.frame import CausalDataFrame
from azcausal.estimators.panel.did import DID
from azcausal.estimators.panel.sdid import SDID

print("azcausal", version("azcausal"), "pandas", version("pandas"))
rng = np.random.default_rng(0)
rows = []
for unit in range(40):
    level = rng.normal()
    for year in range(2000, 2012):
        treated = int(unit < 10 and year >= 2008)
        rows.append((unit, year, level + 5 * (year - 2000) + 3 * treated + 0.3 * rng.normal(), treated))
table = pd.DataFrame(rows, columns=["unit", "time", "outcome", "intervention"])
control = (table.unit == 30) & (table.time == 2011)
treated = (table.unit == 3) & (table.time == 2011)
tables = {
    "whole": table,
    "outcome of a control missing": table.assign(outcome=table.outcome.mask(control)),
    "outcome of a treated missing": table.assign(outcome=table.outcome.mask(treated)),
    "row of a control missing": table[~control],
}
seen = {}
for name, given in tables.items():
    panel = CausalDataFrame(given.copy()).setup().to_panel(["outcome", "intervention"])
    seen[name] = [float(estimator.fit(panel).effect.value) for estimator in (DID(), SDID())]
    print("{}: DID {:.1f}, SDID {:.1f}".format(name, *seen[name]))
did = [values[0] for values in seen.values()]
same = abs(did[0] - 3) < 0.3 and did[1] > did[0] + 2 and did[2] < did[0] - 2 and did[3] < did[0] - 4
same &= np.isnan(seen["row of a control missing"][1])
sys.exit(0 if same else "this has changed, expected one missing cell to move the effect by the trend")
PYTHON
