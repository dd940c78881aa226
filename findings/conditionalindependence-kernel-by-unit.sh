#!/usr/bin/env bash
# Guess: kci_test of conditional_independence has the same p for a height in metres, centimetres and millimetres: its
#   kernel's width is chosen from the data where none is given.
# Seen: for a weak linear relation in 200 rows p = .26 in units of 100 m, .01 in metres, 8e-08 in centimetres and 9e-08
#   in millimetres; for a square p = .03, 9e-11, .004 and .02. The width is the median distance of the values as they
#   are, and the values are scaled to a spread of 1 afterwards: small numbers get a kernel in which no two rows are
#   alike, large ones one in which all are, which is a straight line. hsic_test has one fixed width for values as they
#   are, with p of .03, .03, .005 and .0005 for the first.
# Why it matters: an edge is drawn or not by the unit of a column. Both columns must be scaled beforehand.
# Source: ki_test_vector in conditional_independence/ci_tests/nonparametric/kci.py, width_x before scale(X).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile ipdb==0.13.13 numexpr==2.14.1 scikit-learn==1.7.2 pygam==0.10.1 \
  scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps conditional-independence==0.1a6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from conditional_independence import hsic_test, kci_test

print("conditional-independence", version("conditional-independence"), "numpy", version("numpy"))
rng = np.random.default_rng(1)
height = rng.normal(1.7, 0.1, 200)
relations = {
    "a weak line": 60 + 28 * (height - 1.7) + rng.normal(0, 8, 200),
    "a square": (10 * (height - 1.7)) ** 2 + rng.normal(0, 1, 200),
}
units = {"100 m": 0.01, "m": 1, "cm": 100, "mm": 1000}
seen = {}
for name, weight in relations.items():
    tables = {unit: np.column_stack([height * factor, weight]) for unit, factor in units.items()}
    for test in (kci_test, hsic_test):
        values = [float(test(table, 0, 1)["p_value"]) for table in tables.values()]
        seen[name, test.__name__] = values
        print(f"{name}, {test.__name__}:", ", ".join(f"p = {p:.1g} in {u}" for u, p in zip(units, values, strict=True)))
line, square = seen["a weak line", "kci_test"], seen["a square", "kci_test"]
same = line[0] > 0.1 > 0.05 > line[1] > 1e-5 > line[2] and square[1] < 1e-6 and min(square[0], square[2], square[3]) > 1e-3
hsic = seen["a weak line", "hsic_test"]
same &= hsic[0] / hsic[3] > 10
sys.exit(0 if same else "this has changed, expected p by the unit")
PYTHON
