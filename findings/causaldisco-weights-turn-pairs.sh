#!/usr/bin/env bash
# Guess: var_sortability and its relatives of CausalDisco, which take a "weighted/binary" matrix of the true graph, say
#   the same of a weighted matrix and of its pattern of zeros and ones: how often an effect ranks above its cause.
# Seen: so it is with the measure "paths". With "adjacent_pairs" the differences are multiplied by the weights, so that
#   a negative weight turns its pair round: data in which every effect has more variance than its cause score .55 with
#   the weights and 1.0 without; R2-sortability .45 and .91.
# Why it matters: the weights are what data were simulated with, half of them negative as a rule; a benchmark that
#   sorting alone solves looks as if order told nothing, .5, which is the very question the score is for.
# Source: order_alignment_adjacent_pairs in CausalDisco/analytics.py, B * score_mat; that function says "binary", and
#   the ones that call it "Weighted/Binary".
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causaldisco==0.2.4 numpy==2.4.6 scikit-learn==1.9.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from CausalDisco.analytics import r2_sortability, snr_sortability, var_sortability

print("CausalDisco", version("causaldisco"))
rng = np.random.default_rng(0)
weights = np.triu(rng.uniform(0.8, 2, (8, 8)) * rng.choice([-1, 1], (8, 8)) * (rng.random((8, 8)) < 0.4), 1)
data = np.zeros((1000, 8))
for column in range(8):
    data[:, column] = data @ weights[:, column] + rng.normal(size=1000)
edges = (weights != 0).astype(int)
print(f"{edges.sum()} edges, {(weights < 0).sum()} with a negative weight")
same = True
for score in (var_sortability, r2_sortability, snr_sortability):
    for measure in ("paths", "adjacent_pairs"):
        by_weights, by_edges = score(data, weights, measure=measure), score(data, edges, measure=measure)
        print(f"{score.__name__}, {measure}: {by_weights:.2f} with the weights, {by_edges:.2f} with ones")
        same &= (by_weights == by_edges) if measure == "paths" else by_weights < by_edges - 0.3
sys.exit(0 if same else "this has changed, expected weights to matter for adjacent_pairs only")
PYTHON
