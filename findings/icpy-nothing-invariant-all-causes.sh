#!/usr/bin/env bash
# Guess: invariant_causal_prediction of icpy gives no parents where no set of columns has the same residuals in all
#   environments: the theory then says that the model does not hold, and "the identified causal parent set" is empty.
# Seen: all columns are parents. With a target that is itself shifted between two environments by as much as its
#   noise, S_hat is [0, 1, 2]: the true cause, a column of pure noise and an effect. Without the shift it is [0], the
#   cause. The q-value of a column is the largest p of the sets without it, and where all sets are rejected all of
#   them are small. causalicp, on the same rows, answers None.
# Why it matters: environments that also move the target are the usual violation; the method whose promise is that it
#   names no wrong cause with 90% certainty then names every column, with q-values of 1e-14. The third part of the
#   answer, p_value, is what tells: below alpha, nothing holds.
# Source: np.where(q_values <= alpha) in icpy/ICP.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile icpy==0.0.6 causalicp==0.1.1 termcolor==3.3.0 scikit-learn==1.7.2 \
  scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import causalicp
import numpy as np
from icpy import invariant_causal_prediction

print("icpy", version("icpy"), "causalicp", version("causalicp"))
rng = np.random.default_rng(0)
environment = np.repeat([0, 1], 500)
seen = {}
for shift in (0, 1):
    cause, noise = rng.normal(size=1000) + environment, rng.normal(size=1000)
    target = cause + shift * environment + rng.normal(size=1000)
    columns = np.column_stack([cause, noise, target + rng.normal(size=1000)])
    found = invariant_causal_prediction(columns, target, environment)
    whole = np.column_stack([columns, target])
    other = causalicp.fit([whole[environment == number] for number in (0, 1)], 3).estimate
    seen[shift] = found.S_hat.tolist(), float(found.q_values.max()), other
    print(f"target shifted by {shift}: parents {seen[shift][0]}, q-values {found.q_values}, causalicp {other}")
same = seen[0][0] == [0] and seen[1][0] == [0, 1, 2] and seen[1][1] < 1e-6
same &= seen[0][2] == {0} and seen[1][2] is None
sys.exit(0 if same else "this has changed, expected every column to be a parent")
PYTHON
