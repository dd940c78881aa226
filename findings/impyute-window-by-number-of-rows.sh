#!/usr/bin/env bash
# Guess: moving_window of impyute fills a gap in the middle of a series with the mean of its neighbours, in a table of
#   two series with 30 points in time ("the window operates on the horizontal axis").
# Seen: the 21st point stays a gap, although both neighbours are there. Points count only up to the number of ROWS of
#   the table, two here. A gap at the second point gets the value before it, without the one after. With the same two
#   series in a table of 30 rows, the others constant, both gaps are filled with the mean of the two neighbours.
# Why it matters: few series over a long time are the usual shape. What comes back still has gaps, which the next step
#   drops or turns into zeros, and early gaps are filled from one side; with more series the same gap has another value.
# Source: right_i = min(len(data), y_i+wside_right+1) in impyute/imputation/ts/moving_window.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile impyute==0.0.8 scikit-learn==1.2.2 scipy==1.10.1 numpy==1.23.5
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from impyute.imputation.ts import moving_window

print("impyute", version("impyute"), "numpy", version("numpy"))
series = np.arange(30.0) ** 2
seen = {}
for rows in (2, 30):
    table = np.ones((rows, 30))
    table[0] = table[1] = series
    table[0, 20] = table[1, 1] = np.nan
    filled = moving_window(table, wsize=3)
    seen[rows] = float(filled[0, 20]), float(filled[1, 1])
    words = "the 21st point {}, between 361 and 441; the second point {}, between 0 and 4".format(*seen[rows])
    print(f"{rows} rows: {words}")
same = np.isnan(seen[2][0]) and seen[2][1] == 0 and seen[30] == (401, 2)
sys.exit(0 if same else "this has changed, expected a gap in the middle to stay")
PYTHON
