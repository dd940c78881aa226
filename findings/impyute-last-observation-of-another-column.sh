#!/usr/bin/env bash
# Guess: locf of impyute, "last observation carried forward", with its default of axis=0, "data[0][:] is 1st data
#   point", fills a gap with the value one row before, in the same column, and gives back a table of the same shape.
# Seen: it fills the gap with the value of the SAME row in the column before, and gives back the table turned on its
#   side. With heights of 1.70, 1.71, 1.72 and weights of 70, a gap and 74, the weight becomes 1.71, and 3 x 2 comes
#   back as 2 x 3. axis=1, described as the other layout, does what was meant.
# Why it matters: a column of another unit ends up in a series without a message; where the table happens to have as
#   many rows as columns, not even its shape tells.
# Source: np.transpose(data) for axis == 0 in impyute/imputation/ts/locf.py, which is not turned back.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile impyute==0.0.8 scikit-learn==1.2.2 scipy==1.10.1 numpy==1.23.5
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from impyute.imputation.ts import locf

print("impyute", version("impyute"), "numpy", version("numpy"))
table = np.array([[1.70, 70.0], [1.71, np.nan], [1.72, 74.0]])
default, other = locf(table), locf(table, axis=1)
print("heights and weights:", table.tolist())
print("default:", default.tolist())
print("axis=1:", other.tolist())
same = default.tolist() == [[1.70, 1.71, 1.72], [70.0, 1.71, 74.0]]
same &= other.tolist() == [[1.70, 70.0], [1.71, 70.0], [1.72, 74.0]]
sys.exit(0 if same else "this has changed, expected a height for the weight")
PYTHON
