#!/usr/bin/env bash
# Guess: DagmaLinear.fit of dagma, given a matrix or the values of a DataFrame, finds a graph and leaves the table as it
#   was.
# Seen: it takes the means out of the table itself. A matrix has means of 0 afterwards, and so has a DataFrame of
#   decimal numbers, as read from a CSV file, whose to_numpy() was handed over. With one column of whole numbers in it
#   to_numpy() makes a copy, and the table stays what it was.
# Why it matters: everything that comes after in the same script works on another table: share of people above 60 years,
#   a logarithm, a threshold, the intercept of an equation, the mean under an intervention; slopes, by which one
#   notices, are the same.
# Source: fit in dagma/linear.py, self.X -= X.mean(axis=0), with self.X the caller's array; the docstring of X says
#   "(n,d) dataset". Nothing that is used here needs torch, the largest of the package's requirements.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pandas==2.3.3 numpy==2.2.6 scipy==1.16.3 igraph==1.0.0 \
  tqdm==4.70.1
"$room/venv/bin/pip" install --quiet --no-compile --no-deps dagma==1.1.1
"$room/venv/bin/python" -W ignore - <<'PYTHON' 2>/dev/null
import io
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from dagma.linear import DagmaLinear

print("dagma", version("dagma"), "pandas", version("pandas"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
age = rng.normal(50, 10, 500)
dose = 20 + 0.5 * age + rng.normal(scale=8, size=500)
matrix = np.column_stack([age, dose, 10 + 2 * dose + rng.normal(scale=5, size=500)])
file = pd.DataFrame(matrix, columns=["age", "dose", "outcome"]).to_csv(index=False)
decimal = pd.read_csv(io.StringIO(file))
mixed = decimal.assign(outcome=decimal["outcome"].round().astype(int))
seen = {}
for name, table in (("matrix", matrix), ("table of decimal numbers", decimal), ("table with whole numbers", mixed)):
    before = np.asarray(table).mean(axis=0)
    DagmaLinear(loss_type="l2").fit(table if name == "matrix" else table.to_numpy(), T=2, warm_iter=1000, max_iter=1000)
    after = np.asarray(table).mean(axis=0)
    seen[name] = before, after
    above = (np.asarray(table)[:, 0] > 60).mean()
    print(f"{name}: means {before.round(1)} before, {after.round(1)} after, {above:.0%} above 60")
same = all(np.allclose(seen[name][1], 0, atol=1e-9) for name in ("matrix", "table of decimal numbers"))
same &= np.array_equal(*seen["table with whole numbers"]) and seen["table of decimal numbers"][0].min() > 40
sys.exit(0 if same else "this has changed, expected means of 0 after the search")
PYTHON
