#!/usr/bin/env bash
# Guess: the distance correlation of whole numbers is that of the same numbers with a decimal point.
# Seen: with 3,000 rows of whole numbers in the billions (amounts in cents, populations, identifiers of time) it is 0.0
#   where the same columns as float64 give .94: products of distances are summed in 64-bit integers and wrap. Columns
#   of int32 end in an OverflowError instead.
# Why it matters: 0 is what an independence test takes for the best of news; nothing is said.
# Source: dcor/_fast_dcov_avl.py and _dcor_internals.py keep the dtype of the columns; the documentation speaks of arrays
#   of any kind of number.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile dcor==0.7 numpy==2.2.6 scipy==1.13.1 numba==0.68.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import dcor
import numpy as np

print("dcor", version("dcor"))
random = np.random.default_rng(0)
budget = random.integers(0, 3 * 10**9, 3000)
spent = budget + random.integers(0, 10**9, 3000)
seen = {kind.__name__: float(dcor.distance_correlation(budget.astype(kind), spent.astype(kind))) for kind in (np.int64, np.float64)}
print(seen)
try:
    dcor.distance_correlation((budget // 2).astype(np.int32), (spent // 4).astype(np.int32))
    refused = False
except OverflowError as error:
    refused = True
    print("int32: OverflowError:", error)
sys.exit(0 if seen["int64"] < 0.1 and seen["float64"] > 0.9 and refused else "this has changed")
PYTHON
