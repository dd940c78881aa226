#!/usr/bin/env bash
# Guess: TableOne of tableone, which compares two arms column by column, says the same of the balance of a column when
#   every row of the table stands in it forty times.
# Seen: a stage from 1 to 4 is a measurement in 300 rows, with a standardized difference of 0, balanced; in 12,000 it
#   is a category, with .41, four times the usual limit of .1. Which of the two is decided by the share of distinct
#   values among the rows, where none is chosen.
# Why it matters: whether an arm is called balanced hangs on the size of the table; the table and its subset, or two sites,
#   are measured by different rulers, and the label "mean (SD)" or "n (%)" is all that tells.
# Source: detect_categorical in tableone/preprocessors.py, distinct values below half a percent of the rows; the
#   docstring says that it will "attempt to detect" them.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile tableone==0.9.6 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from tableone import TableOne

print("tableone", version("tableone"))
stages = np.repeat([1, 2, 3, 4, 1, 2, 3, 4], [30, 45, 45, 30, 45, 30, 30, 45])  # extremes in arm 1, the middle in arm 0
table = pd.DataFrame({"arm": np.repeat([0, 1], 150), "stage": stages})
seen = {}
for copies in (1, 40):
    rows = pd.concat([table] * copies, ignore_index=True)
    summary = TableOne(rows, columns=["stage"], groupby="arm", smd=True).tableone
    difference = summary.xs("SMD (0,1)", axis=1, level=1).iloc[:, 0]
    seen[copies] = next(float(value.lstrip("<")) for value in difference if value not in ("", None))
    print(f"{len(rows)} rows: {summary.index[1][0]}, standardized difference {seen[copies]:.3f}")
same = abs(seen[1]) < 0.01 and seen[40] > 0.2
sys.exit(0 if same else "this has changed, expected a category in the longer table only")
PYTHON
