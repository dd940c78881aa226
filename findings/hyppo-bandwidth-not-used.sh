#!/usr/bin/env bash
# Guess: another bandwidth of CausalCDcorr of hyppo, "used for kernel density estimate of the conditional matrix", gives
#   another statistic and p, as it does for ConditionalDcorr, which it is built on.
# Seen: 5e-4 and p = .095 with Scott's rule, .1 and 10 alike. ConditionalDcorr goes from p = .6 to .005 with the two, on
#   the same columns.
# Why it matters: to see whether the answer hangs on the bandwidth, one tries some; that none changes a digit reads as
#   the best of answers.
# Source: hyppo/causal/causal_cdcorr.py, ConditionalDcorr(..., bandwidth=None) in __init__.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile hyppo==0.5.2 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from hyppo.causal import CausalCDcorr
from hyppo.conditional import ConditionalDcorr

print("hyppo", version("hyppo"), "scipy", version("scipy"))
rng = np.random.default_rng(0)
age = rng.normal(size=100)
arm = (rng.random(100) < 1 / (1 + np.exp(-age))).astype(int)
outcome = age + arm + rng.normal(size=100)
seen = {}
for bandwidth in (None, 0.1, 10.0):
    causal = CausalCDcorr(bandwidth=bandwidth)
    found = causal.test(pd.DataFrame({"y": outcome}), arm, pd.DataFrame({"age": age}), reps=200, random_state=1)
    plain = ConditionalDcorr(bandwidth=bandwidth)
    other = plain.test(outcome[:, None], arm[:, None].astype(float), age[:, None], reps=200, random_state=1)
    seen[bandwidth] = float(found[0]), float(found[1]), float(other[0]), float(other[1])
    shown = f"ConditionalDcorr {other[0]:.3g}, p = {other[1]:.3f}"
    print(f"bandwidth {bandwidth}: {found[0]:.3g}, p = {found[1]:.3f}; {shown}")
same = len({values[:2] for values in seen.values()}) == 1 and len({values[2:] for values in seen.values()}) == 3
same &= seen[0.1][3] > 0.2 and seen[10.0][3] < 0.05
sys.exit(0 if same else "this has changed, expected one answer for all bandwidths")
PYTHON
