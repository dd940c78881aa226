#!/usr/bin/env bash
# Guess: ar_test of weak_instruments, a test of a value of the effect with many weak instruments, rejects a true value in
#   about 5% of tables, and gives the same p-value for an outcome in metres and in centimetres, the value along with it.
# Seen: the true value is rejected in eight of ten tables, with p-values of 0 to three digits. With the outcome in a unit
#   ten times larger, numbers ten times smaller, most p-values go near 1, and a value of 0 where 1 is true passes too.
#   The sum is multiplied by its standard deviation, where it should be divided: the statistic grows with the fourth
#   power of the unit. The number of instruments is read from the columns of the exposure besides. By hand, with the
#   quotient and the columns of the instruments, the same p-value in every unit, the true value rejected in
#   9% of such small tables, and 0 in 67%.
# Why it matters: the test is there for instruments that are too weak for anything else; its answer is one of units, and
#   an interval of the values that pass is empty, or everything.
# Source: N, K = X.shape and ar_sum * (np.sqrt(K) * np.sqrt(phi_hat)) in weak_instruments/anderson_rubin.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps weak-instruments==0.1.2 # its plots are not needed here
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from scipy.stats import norm
from weak_instruments.anderson_rubin import ar_test

print("weak-instruments", version("weak-instruments"), "numpy", np.__version__)


def by_hand(y, x, z, value):
    error = y - x @ value
    inside = z @ np.linalg.solve(z.T @ z, z.T)
    outside = np.eye(len(y)) - inside
    np.fill_diagonal(off := inside.copy(), 0)
    product = error * (outside @ error)
    share = np.outer(np.diag(outside), np.diag(outside)) + outside**2
    spread = 2 / z.shape[1] * product @ (off**2 / share) @ product
    return 2 * norm.sf(abs(error @ off @ error / np.sqrt(z.shape[1] * spread)))


rng = np.random.default_rng(0)
seen = {(unit, value): [] for unit in (1, 0.1) for value in (1, 0)}
hand = {key: [] for key in seen}
for table in range(400):
    z = rng.normal(size=(40, 8))
    hidden = rng.normal(size=40)
    x = (z.sum(axis=1) / 2 + hidden + rng.normal(size=40))[:, None]
    y = x[:, 0] + hidden + rng.normal(size=40)
    for unit, value in seen:
        tested = np.array([unit * value])
        if table < 10:  # it is slow
            seen[unit, value].append(ar_test(unit * y, x, z, tested).p_val)
        hand[unit, value].append(by_hand(unit * y, x, z, tested))
shares = {key: float(np.mean(np.array(p) < 0.05)) for key, p in seen.items()}
for (unit, value), p in seen.items():
    print(f"outcome times {unit}, value {value} (1 is true): rejected {shares[unit, value]:.0%}, median p "
          f"{np.median(p):.3f}; by hand rejected {np.mean(np.array(hand[unit, value]) < 0.05):.0%}")
same = shares[1, 1] > 0.7 and shares[0.1, 1] < 0.05 and shares[0.1, 0] < 0.5
same &= np.mean(np.array(hand[1, 1]) < 0.05) < 0.2 and np.allclose(hand[1, 0], hand[0.1, 0])
same &= np.mean(np.array(hand[1, 0]) < 0.05) > 0.6
sys.exit(0 if same else "this has changed, expected p-values that follow the unit")
PYTHON
