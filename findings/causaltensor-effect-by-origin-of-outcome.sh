#!/usr/bin/env bash
# Guess: SDID of causaltensor, synthetic differences in differences of a panel, does not change when the same number
#   is added to all outcomes: a difference of differences.
# Seen: an effect of 2.95, where 3 is true, becomes 2.83 with outcomes around 1,000, 1.7 around 10,000 and -9.3 around
#   100,000. Levels of units and of years are found in turns, and the turns end when a step is small compared with the
#   levels, which is at once where these are large. Multiplied by a thousand the outcomes give the same 2.95, in their
#   unit; DID of the package does not change.
# Why it matters: wages in dollars, populations, years: the outcome of nearly every panel is far from zero compared
#   with its changes. Outcomes minus their mean give the right answer.
# Source: np.sum((b_new - b)**2) < 1e-7 * np.sum(b**2) in fit of causaltensor/cauest/SDID.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causaltensor==0.1.12 cvxpy==1.7.5 scipy==1.16.3 numpy==1.26.4
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from causaltensor.cauest.DID import DID
from causaltensor.cauest.SDID import SDID

print("causaltensor", version("causaltensor"), "cvxpy", version("cvxpy"))
rng = np.random.default_rng(0)
level = 5 * rng.normal(size=(40, 1))
level[:10] += 3
treated = np.zeros((40, 20))
treated[:10, 12:] = 1
outcome = level + np.linspace(0, 10, 20) + 3 * treated + 0.5 * rng.normal(size=(40, 20))
seen = {}
for origin in (0, 1_000, 10_000, 100_000):
    seen[origin] = float(SDID(outcome + origin, treated)), float(DID(outcome + origin, treated)[1])
    print(f"outcomes around {origin + outcome.mean():.0f}: SDID {seen[origin][0]:.2f}, DID {seen[origin][1]:.2f}")
larger = float(SDID(1000 * outcome, treated)) / 1000
print(f"a thousand times the outcome: SDID {larger:.2f} thousand")
same = abs(seen[0][0] - 3) < 0.15 and abs(larger - seen[0][0]) < 0.01
same &= seen[10_000][0] < 2.2 and seen[100_000][0] < 0
same &= max(abs(values[1] - seen[0][1]) for values in seen.values()) < 1e-6
sys.exit(0 if same else "this has changed, expected an effect that moves with the origin")
PYTHON
