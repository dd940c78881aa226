#!/usr/bin/env bash
# Guess: sample(1000, random_state=42) of a sempler model draws its rows from a generator of its own; tables that are
#   drawn without random_state are new ones each time.
# Seen: it sets the seed of NumPy for the whole program. In a study that draws a training table without a seed and a
#   test table with one, the same each time, all training tables after the first are one and the same: 50 repetitions
#   of a slope spread by 0.014 without the test table, and with it 49 of them are equal to the last digit.
# Why it matters: a common test set, which is there to make repetitions comparable, makes them one repetition; the
#   average over them has an error of nothing, and whatever else uses np.random repeats as well.
# Source: np.random.seed in sempler/normal_distribution.py and anm.py; the models' own making has a generator of its
#   own. The docstring of sample: "to set the random state for reproducibility".
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile sempler==0.2.14 numpy==2.4.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import sempler

print("sempler", version("sempler"))
model = sempler.LGANM(np.array([[0.0, 2.0], [0.0, 0.0]]), np.zeros(2), np.ones(2))


def slopes(with_test_table):
    np.random.seed(0)
    found = []
    for _ in range(50):
        x, y = model.sample(4000).T
        found.append(np.polyfit(x, y, 1)[0])
        if with_test_table:
            model.sample(1000, random_state=42)
    return np.array(found)


plain, tested = slopes(False), slopes(True)
for name, found in (("training tables alone", plain), ("with a test table of random_state=42", tested)):
    print(f"{name}: {len(set(found))} different slopes in 50 repetitions, the last 49 spread by {found[1:].std():.4f}")
same = len(set(plain)) == 50 and len(set(tested)) == 2 and len(set(tested[1:])) == 1
sys.exit(0 if same else "this has changed, expected one training table for all repetitions but the first")
PYTHON
