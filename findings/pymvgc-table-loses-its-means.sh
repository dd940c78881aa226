#!/usr/bin/env bash
# Guess: ts_to_pMVGC of pyMVGC, which takes a table of series and returns a matrix of Granger causality, leaves the
#   table as it was.
# Seen: the means are taken off in the table itself. A temperature about 15 and sales about 200 are about 0 after the
#   call, and each later use of the table has them so. It happens to a table of decimals and to the frame whose
#   .to_numpy() is handed over; whole numbers are copied and stay.
# Why it matters: order of the model, causality, plot and forecast are steps of one script on one table. Levels,
#   percentages and logarithms come out wrong after the first of them, and the causality itself is right.
# Source: ts_to_var in pyMVGC/ts_to_var.py, data -= np.mean(data, axis=0), on np.asarray(data, dtype=float).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pymvgc==1.0.0 pandas==2.3.3 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import pyMVGC

print("pymvgc", version("pymvgc"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
table = rng.normal(size=(500, 2))
table[1:, 1] += 0.5 * table[:-1, 0]
table += [15, 200]
whole = table.round().astype(int)
frame = pd.DataFrame(table.copy(), columns=["temperature", "sales"])
before = table.mean(axis=0), whole.mean(axis=0), frame.mean().to_numpy()
results = [pyMVGC.ts_to_pMVGC(data, 1) for data in (table, whole, frame.to_numpy())]
after = table.mean(axis=0), whole.mean(axis=0), frame.mean().to_numpy()
for name, old, new in zip(("decimals", "whole numbers", "a frame's numbers"), before, after, strict=True):
    print(f"{name}: means {old.round(2)} before, {new.round(2) + 0.0} after")
print("causality of the temperature on sales", results[0][1, 0].round(2))
same = np.allclose(after[0], 0) and np.allclose(after[1], before[1]) and np.allclose(after[2], 0)
sys.exit(0 if same else "this has changed, expected the table to lose its means")
PYTHON
