#!/usr/bin/env bash
# Guess: te_compute(X, Y, embedding=2) of PyIF, where embedding is the "number of lag periods to consider", finds the
#   transfer from Y to an X that follows the Y of two steps before.
# Seen: nothing: .05, .02 and -.01 for an embedding of 1, 2 and 3, where an X that follows the Y of one step before
#   has 1.28, 1.10 and .85. More lags are more of the past of X; of Y there is one at any embedding.
# Why it matters: a search over the lags, the usual way to be sure, looks at the same single lag of the cause each
#   time, and slow causes are none.
# Source: make_spaces in PyIF/helper.py has embedding columns of the past of X and one of Y, Y[embedding - 1:], which
#   is the step before whatever the embedding.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile scikit-learn==1.7.2 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps PyIF==0.1 # its numba and nose are stood in for below
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

from types import SimpleNamespace

import numpy as np


def assert_true(held, msg=None):
    assert held, msg


sys.modules["nose"] = sys.modules["nose.tools"] = SimpleNamespace(assert_true=assert_true)
plain = SimpleNamespace(njit=lambda **_: lambda loop: loop, prange=range)  # its counting loop, not compiled
plain.cuda = SimpleNamespace(jit=lambda loop: loop)
sys.modules["numba"] = plain
from PyIF import te_compute

print("PyIF", version("PyIF"), "scikit-learn", version("scikit-learn"))
seen = {}
for delay in (1, 2):
    rng = np.random.default_rng(0)
    y = rng.normal(size=400)
    x = 0.3 * rng.normal(size=400)
    x[delay:] += y[:-delay]
    for embedding in (1, 2, 3):
        seen[delay, embedding] = float(te_compute.te_compute(x, y, k=3, embedding=embedding))
        print(f"X follows Y by {delay}, embedding {embedding}: {seen[delay, embedding]:.3f}")
same = all(seen[1, embedding] > 0.5 and abs(seen[2, embedding]) < 0.1 for embedding in (1, 2, 3))
sys.exit(0 if same else "this has changed, expected nothing of the second lag")
PYTHON
