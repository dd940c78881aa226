#!/usr/bin/env bash
# Guess: causal-learn's ANM, a test of "effect = f(cause) + independent noise" in both directions, gives p-values that
#   do not depend on the units of the two columns: the fit and the test both choose their widths by the data.
# Seen: p = .73 for the true direction when both columns are in metres, and 0.000 in millimetres and in kilometres, so
#   that neither direction holds. The Gaussian process has bounds for its length scale, amplitude and noise that are
#   plain numbers (length .01 to 100, noise variance 1e-10 to 10), and the columns are not scaled.
# Why it matters: "no additive noise model fits either way" is read as a hidden cause or another kind of noise.
# Source: fit_gp in causallearn/search/FCMBased/ANM/ANM.py; the page "Additive noise models" of the documentation does
#   not ask for scaled columns.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causal-learn==0.1.4.8 numpy==2.2.6 scipy==1.15.3 pandas==2.3.3
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from causallearn.search.FCMBased.ANM.ANM import ANM

print("causal-learn", version("causal-learn"))
rng = np.random.default_rng(0)
x = rng.uniform(-1, 1, size=(200, 1))
y = x + 2 * x**3 + rng.uniform(-0.5, 0.5, size=(200, 1))
seen = {}
for unit, factor in {"metres": 1.0, "millimetres": 1e3, "kilometres": 1e-3}.items():
    forward, backward = (float(p) for p in ANM().cause_or_effect(x * factor, y * factor))
    print(f"{unit}: p for x -> y {forward:.3f}, p for y -> x {backward:.3f}")
    seen[unit] = (forward > 0.05, backward > 0.05)
expected = {"metres": (True, False), "millimetres": (False, False), "kilometres": (False, False)}
sys.exit(0 if seen == expected else f"this has changed, expected at 5% {expected}")
PYTHON
