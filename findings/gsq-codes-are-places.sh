#!/usr/bin/env bash
# Guess: gsq's tests for discrete columns answer alike, or refuse, for the levels 0 and 1, 1 and 2, and -1 and 1:
#   names of the same two groups.
# Seen: two columns of which one is a copy of the other in nine rows of ten have p = 0 with 0 and 1, and p = 1.0,
#   independent, with -1 and 1: the code is a place in a table of counts, and -1 is Python's last place, which is that
#   of 1. With 1 and 2 a weak dependence with p = .03 has p = .30: the number of levels is the largest code plus one,
#   so that an empty level 0 counts, with four degrees of freedom for one.
# Why it matters: answers coded from 1 up, as surveys have them, lose edges of a graph, and treatments of -1 and 1 or
#   a gap written as -1 lose all; no warning, since p = 1 is a valid answer. Codes must begin at 0 without holes.
# Source: nijk[i, j] += 1 in gsq/binary.py and gsq/discrete.py; np.amax(data_matrix, axis=0) + 1 in gsq/ci_tests.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile gsq==0.1.6 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from gsq.ci_tests import ci_test_dis
from scipy.stats import chi2_contingency

print("gsq", version("gsq"), "scipy", version("scipy"))
x = np.repeat([0, 1], 500)
copy, weak = np.repeat([0, 1, 0, 1], [450, 50, 50, 450]), np.repeat([0, 1, 0, 1], [250, 250, 215, 285])
seen = {}
for name, y in (("copy in nine of ten", copy), ("weak", weak)):
    counts = np.array([[np.sum((x == i) & (y == j)) for j in (0, 1)] for i in (0, 1)])
    right = chi2_contingency(counts, correction=False, lambda_="log-likelihood").pvalue
    codes = {"0 and 1": (0, 1), "1 and 2": (1, 2), "-1 and 1": (-1, 1)}
    seen[name] = [float(ci_test_dis(np.take(pair, np.column_stack([x, y])), 0, 1, set())) for pair in codes.values()]
    shown = ", ".join(f"{code}: p = {p:.2g}" for code, p in zip(codes, seen[name], strict=True))
    print(f"{name}: {shown}; scipy p = {right:.2g}")
copies, weaks = seen["copy in nine of ten"], seen["weak"]
same = copies[0] < 1e-6 and copies[1] < 1e-6 and copies[2] > 0.99
same &= weaks[0] < 0.05 < weaks[1] and weaks[2] > 0.99
sys.exit(0 if same else "this has changed, expected p by the codes of the levels")
PYTHON
