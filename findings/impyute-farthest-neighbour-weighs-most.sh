#!/usr/bin/env bash
# Guess: fast_knn of impyute, a "weighted average (by distance)" of the nearest neighbours in its examples, gives the
#   nearest row the largest weight, and a row with the same values nearly all of it.
# Seen: the weight of a neighbour is its distance divided by the sum of the distances: the farthest weighs most. With
#   neighbours at 1, 2 and 10, whose values are 100, 200 and 1000, the gap gets 808: 10/13 of it are the farthest. A row
#   that is equal in the other column weighs nothing: with one of value 100 and two at 10, both of value 1000, the gap
#   gets 1000.
# Why it matters: nearest neighbours are chosen because near rows are alike; more neighbours make it worse here, and an
#   exact duplicate, the best donor there is, is the one that does not count.
# Source: weights = distances/np.sum(distances) in impyute/imputation/cs/fast_knn.py. Distances are taken after a first
#   filling with means.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile impyute==0.0.8 scikit-learn==1.2.2 scipy==1.10.1 numpy==1.23.5
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from impyute.imputation.cs import fast_knn

print("impyute", version("impyute"), "numpy", version("numpy"))
seen = {}
for places, values in (([1, 2, 10], [100, 200, 1000]), ([0, 10, -10], [100, 1000, 1000])):
    # steps of a million, so that the column with the gap hardly counts in a distance
    neighbours = [[place * 1e6, value] for place, value in zip(places, values)]
    table = np.array([[0.0, np.nan], *neighbours])
    seen[places[0]] = round(float(fast_knn(table, k=3)[0, 1]))
    print(f"neighbours at {places}, with the values {values}: filled with {seen[places[0]]}")
same = seen == {1: 808, 0: 1000}
sys.exit(0 if same else "this has changed, expected the farthest neighbour to weigh most")
PYTHON
