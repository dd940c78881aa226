#!/usr/bin/env bash
# Guess: match(threshold=0.001) of pymatch leaves out a treated person for whom no control has a score within .001, as
#   its docstring says: "threshold for fuzzy matching", and "records are excluded from the final matched dataset if
#   there are no suitable matches".
# Seen: with the default method, "min", everybody is matched: 198 of 198, at distances of up to .038, with thresholds
#   of a billionth, .001 and .1 alike. method="random" does use it: 0, 57 and 198 of 198.
# Why it matters: a caliper is what keeps treated persons without a counterpart out of the comparison; one that is
#   written into the call and has no effect is reported as if it had.
# Source: match in pymatch/Matcher.py, method == 'min': the nearest by sort_values, without the threshold.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pymatch==0.3.4 statsmodels==0.14.4 seaborn==0.13.2 \
  matplotlib==3.8.4 scipy==1.11.4 pandas==1.5.3 numpy==1.26.4
MPLBACKEND=agg "$room/venv/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from pymatch.Matcher import Matcher

print("pymatch", version("pymatch"), "pandas", version("pandas"))
rng = np.random.default_rng(0)
age = rng.normal(50, 10, 600)
treated = (rng.random(600) < 1 / (1 + np.exp((55 - age) / 4))).astype(int)
table = pd.DataFrame({"age": age, "treated": treated})
with contextlib.redirect_stdout(io.StringIO()):
    matcher = Matcher(table[treated == 1], table[treated == 0], "treated")
matcher.data["scores"] = 1 / (1 + np.exp((55 - matcher.data.age) / 4))
np.random.seed(0)
seen = {}
for method in ("min", "random"):
    for threshold in (1e-9, 0.001, 0.1):
        matcher.match(threshold=threshold, method=method)
        pairs = matcher.matched_data
        distance = pairs.groupby("match_id").scores.agg(np.ptp).max()
        seen[method, threshold] = int(pairs.treated.sum()), distance
        matched = f"{pairs.treated.sum()} of {treated.sum()} treated matched"
        print(f"{method}, threshold {threshold:g}: {matched}, largest distance {distance:.3f}")
numbers = [seen["min", threshold] for threshold in (1e-9, 0.001, 0.1)]
same = len(set(numbers)) == 1 and numbers[0][0] == treated.sum() and numbers[0][1] > 0.01
same &= seen["random", 1e-9][0] == 0 < seen["random", 0.001][0] < seen["random", 0.1][0]
sys.exit(0 if same else "this has changed, expected everybody to be matched whatever the threshold")
PYTHON
