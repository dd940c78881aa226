#!/usr/bin/env bash
# Guess: L1 and L2 of cem, the imbalance of two arms over the strata of coarsened exact matching, are two measures:
#   half the sum of the differences of shares, and a length by their squares, which is smaller where many strata
#   differ.
# Seen: they are equal to the last digit for every table, and with three arms or with weights too. Each difference is
#   squared and its root is taken before the sum, so that it is the absolute value again. The length by squares is six
#   tenths of that below.
# Why it matters: two measures that agree read as a check of one by the other; an L2 that is compared with that of
#   another program is several times too large, the more so the more strata there are.
# Source: func in L2 of cem/imbalance.py; measure="l2" of coarsen uses it.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile cem==1.1.0 pandas==2.3.3 numpy==1.26.4
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from cem.imbalance import L1, L2

print("cem", version("cem"), "pandas", version("pandas"))
rng = np.random.default_rng(0)
seen = []
for number in range(5):
    age, sex = rng.integers(2, 9, 2000), rng.integers(0, 2, 2000)
    arm = (rng.random(2000) < 1 / (1 + np.exp(5 - age))).astype(int)
    table = pd.DataFrame({"age": age, "sex": sex, "arm": arm})
    weights = pd.Series(rng.random(2000))
    shares = pd.crosstab([table.age, table.sex], table.arm, normalize="columns")
    length = float(np.sqrt(((shares[0] - shares[1]) ** 2).sum()))
    values = L1(table, "arm"), L2(table, "arm"), L1(table, "arm", weights), L2(table, "arm", weights)
    seen.append((*values, length))
    print("L1 {:.4f}, L2 {:.4f}, with weights {:.4f} and {:.4f}; root of the sum of squares {:.4f}".format(*seen[-1]))
same = all(abs(row[0] - row[1]) < 1e-12 and abs(row[2] - row[3]) < 1e-12 and row[4] < 0.7 * row[1] for row in seen)
sys.exit(0 if same else "this has changed, expected L2 to be L1")
PYTHON
