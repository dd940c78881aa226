#!/usr/bin/env bash
# Guess: causality_est of pyLiang, the flow of information from one series to another with "h" for significant at
#   alpha=.95, calls about 5% of unrelated pairs of series causal, and sees a series that sets the next value of the
#   other one.
# Seen: with its n=2 it calls 5% of 1,000 unrelated pairs of white noise causal, and 17% of slow series, each with .9
#   of its last value, where n=1 has 6%. And y(t) = x(t-1) + a little noise with white x has no flow from x to y at n=2,
#   h = False, and a significant one at n=1. n is the number of steps over which a change is taken: at 2 the changes
#   overlap, their errors are not independent as the formula wants, and what acts in one step is averaged away.
# Why it matters: prices, temperatures and populations are slow, and a sixth of all pairs that have nothing to do with
#   each other get an arrow from the call without options; n=1 is the one to use for data that are steps themselves.
# Source: causality_est(xx1, xx2, n=2, alpha=.95) in pyLiang/liang.py: n "time advance in performing Euler forward", and
#   alpha "significant level".
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pyliang==1.0.0 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from pyLiang import causality_est
from scipy.signal import lfilter

print("pyLiang", version("pyLiang"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
share = {}
for memory in (0.0, 0.9):
    pairs = lfilter([1], [1, -memory], rng.normal(size=(1000, 2, 600)))[:, :, 200:]
    for n in (1, 2):
        share[memory, n] = np.mean([causality_est(one, other, n=n).h for one, other in pairs])
        print(f"unrelated series with {memory} of the last value, n = {n}: {share[memory, n]:.0%} causal")
x = rng.normal(size=2000)
y = np.roll(x, 1) + 0.3 * rng.normal(size=2000)
found = {}
for n in (1, 2):
    found[n] = causality_est(y, x, n=n)
    print(f"x sets the next y, n = {n}: flow {found[n].info:.2g} within {found[n].err:.1g}, h = {found[n].h}")
same = share[0.9, 2] > 0.14 and max(share[0.0, 2], share[0.9, 1], share[0.0, 1]) < 0.11
same &= bool(found[1].h) and not found[2].h
sys.exit(0 if same else "this has changed, expected unrelated slow series to be causal at n=2")
PYTHON
