#!/usr/bin/env bash
# Guess: transfer_entropy of pyinform, which wants series of states, refuses decimal numbers or takes each different
#   value as a state.
# Seen: it cuts them to whole numbers. y that repeats the last value of x has 2 bits from x for the states 0 to 3; for
#   the same states written as shares, 0, .25, .5 and .75, it has 0 bits, and for half points 0, .5, 1 and 1.5 it has 1.
#   A measurement between 0 and 1 has 0 bits to its own copy one step later. A negative number, of a standardized
#   series say, is refused ("negative state"), so that a table which is let through looks fit for it.
# Why it matters: 0 is the valid answer "x says nothing about the next y". Shares and percentages as decimals are
#   what many series are. The series must be binned beforehand, to whole numbers from 0 up.
# Source: np.ascontiguousarray(source, np.int32) in pyinform/transferentropy.py, and so in mutual_info and the others.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pyinform==0.2.0 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from pyinform import mutual_info, transfer_entropy

print("pyinform", version("pyinform"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
states = rng.integers(0, 4, 2000)
series = {
    "states 0 to 3": states,
    "the same in half points": states / 2,
    "the same as shares": states / 4,
    "a measurement between 0 and 1": rng.random(2000),
}
seen = {}
for name, x in series.items():
    seen[name] = transfer_entropy(x[1:], x[:-1], 1), mutual_info(x, x)
    print(f"{name}: {seen[name][0]:.2f} bits to the copy a step later, {seen[name][1]:.2f} bits with itself")
flows = [flow for flow, _ in seen.values()]
same = np.allclose(flows, [2, 1, 0, 0], atol=0.05) and seen["the same as shares"][1] == 0
sys.exit(0 if same else "this has changed, expected numbers cut to whole ones")
PYTHON
