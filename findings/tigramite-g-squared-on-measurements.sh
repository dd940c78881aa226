#!/usr/bin/env bash
# Guess: tigramite's Gsquared, a test for symbolic data, refuses columns of real numbers, or bins them.
# Seen: it takes every distinct number for a category of its own, is left with 0 degrees of freedom, and returns p = 1
#   for each pair: y, which is x of the step before times two with little noise, comes out independent of x, and the
#   graph is empty.
# Why it matters: "no links" is a result that people publish; the wrong choice of test looks like one.
# Source: the docstring of Gsquared says "categorical data"; nothing checks it.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile tigramite==5.2.10.1 numba==0.68.1 joblib==1.6.0 numpy==2.4.6 scipy==1.17.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from tigramite.data_processing import DataFrame
from tigramite.independence_tests.gsquared import Gsquared
from tigramite.independence_tests.parcorr import ParCorr
from tigramite.pcmci import PCMCI

print("tigramite", version("tigramite"))
rng = np.random.default_rng(0)
x = rng.normal(size=500)
y = 2 * np.roll(x, 1) + 0.1 * rng.normal(size=500)


def read(columns, test):
    found = PCMCI(DataFrame(columns), test, verbosity=0).run_pcmci(tau_max=1, pc_alpha=0.05)
    return str(found["graph"][0, 1, 1]), round(float(found["p_matrix"][0, 1, 1]), 3)


table = np.column_stack([x, y])
seen = {
    "partial correlation": read(table, ParCorr()),
    "G squared, signs": read((table > 0).astype(int), Gsquared()),
    "G squared, measurements": read(table, Gsquared()),
}
print("x one step before -> y, p:", seen)
expected = {
    "partial correlation": ("-->", 0.0),
    "G squared, signs": ("-->", 0.0),
    "G squared, measurements": ("", 1.0),
}
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
