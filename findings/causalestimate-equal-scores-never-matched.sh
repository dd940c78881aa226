#!/usr/bin/env bash
# Guess: match_optimal of CausalEstimate, which minimizes the total distance of propensity scores between the treated
#   and their controls, pairs a treated person with a control of the same score where there is one.
# Seen: it never does. With a score that has four values all 135 treated are matched at a distance of .1, with a
#   control of another group, where every one of them has controls at 0; match_eager, the greedy one that "may not
#   achieve the best overall balance", has 135 pairs at 0. With a caliper of .05 an error says that no treated unit
#   has sufficient controls. A distance of 0 is the mark for "not allowed".
# Why it matters: scores are equal wherever covariates are few and discrete, or rounded; the best pairs are then
#   excluded, and those that are left differ in the covariate: an effect of 1.0 becomes 1.7 below.
# Source: count_nonzero in CausalEstimate/matching/distance.py, distance_matrix[distance_matrix == 0] = np.inf in
#   matching/assignment.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile CausalEstimate==0.14.0 scikit-learn==1.7.2 scipy==1.16.3 \
  pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from CausalEstimate.estimators.functional.matching import compute_matching_ate
from CausalEstimate.matching.matching import match_eager, match_optimal

print("CausalEstimate", version("CausalEstimate"), "scipy", version("scipy"))
rng = np.random.default_rng(0)
group = rng.integers(0, 4, 400)
score = np.array([0.2, 0.3, 0.4, 0.5])[group]
treated = (rng.random(400) < score).astype(int)
outcome = pd.Series(treated + 4 * np.array([0, 1, 0, 1])[group] + 0.5 * rng.normal(size=400))
table = pd.DataFrame({"PID": np.arange(400), "treatment": treated, "ps": score})
seen = {}
for name, method in (("optimal", match_optimal), ("eager", match_eager)):
    pairs = method(table, "treatment", "ps", "PID")
    first, second = (table.ps[pairs.iloc[:, column]].to_numpy() for column in (0, 1))
    seen[name] = len(pairs), float(abs(first - second).min()), compute_matching_ate(outcome, pairs)["effect"]
    print("{}: {} pairs, least distance {:.1f}, effect {:.2f}".format(name, *seen[name]))
try:
    match_optimal(table, "treatment", "ps", "PID", caliper=0.05)
    refused = ""
except ValueError as error:
    refused = str(error)
print("optimal with a caliper of .05:", refused)
same = seen["optimal"][0] == seen["eager"][0] == treated.sum() and seen["optimal"][1] > 0.05
same &= seen["eager"][1] == 0 and abs(seen["eager"][2] - 1) < 0.2 and abs(seen["optimal"][2] - 1) > 0.5
sys.exit(0 if same and refused else "this has changed, expected no pair of equal scores")
PYTHON
