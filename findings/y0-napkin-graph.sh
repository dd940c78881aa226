#!/usr/bin/env bash
# Guess: y0's identify_outcomes solves the "napkin" graph of the textbooks (W -> R -> X -> Y, hidden causes of W and X
#   and of W and Y), which y0 ships as an example; the answer is a ratio of two sums over W.
# Seen: it answers P(Y | X), as if nothing were confounded. On the tables below that is .69 for Y = 1 where the
#   intervention gives .55, and so does the ratio of sums.
# Why it matters: an identification engine is asked just where intuition fails; a wrong formula has no symptom in the
#   data.
# Source: y0/algorithm/identify/id_std.py, line_7 keeps the product of conditionals only as the next estimand, and
#   line 6 writes conditionals of the original distribution instead of that estimand's (Shpitser and Pearl 2006,
#   Figure 3).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile y0==0.2.11 numpy==2.4.6 pandas==3.1.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version
from itertools import product

import numpy as np
from y0.algorithm.identify import identify_outcomes
from y0.dsl import Variable
from y0.graph import NxMixedGraph

print("y0", version("y0"))
w, r, x, y = map(Variable, "WRXY")
graph = NxMixedGraph.from_edges(directed=[(w, r), (r, x), (x, y)], undirected=[(w, x), (w, y)])
answer = str(identify_outcomes(graph, treatments={x}, outcomes={y}))

joint, cut = np.zeros((2, 2, 2, 2)), np.zeros((2, 2))  # P(w, r, x, y), P(y | do(x))
for u1, u2, w, r, x, y in product((0, 1), repeat=6):
    p_w, p_r, p_x, p_y = 0.1 + 0.7 * u2 + 0.1 * u1, 0.1 + 0.8 * w, 0.1 + 0.7 * r + 0.1 * u1, 0.1 + 0.7 * u2 + 0.1 * x
    given = [p if value else 1 - p for p, value in ((p_w, w), (p_r, r), (p_x, x), (p_y, y))]
    joint[w, r, x, y] += 0.25 * np.prod(given)
    cut[x, y] += 0.25 * given[0] * given[1] * given[3]
cut /= cut.sum(1, keepdims=True)
plain = joint.sum((0, 1)) / joint.sum((0, 1, 3))[:, None]
by_w = np.einsum("wxy,w->xy", joint[:, 1] / joint[:, 1].sum((1, 2), keepdims=True), joint.sum((1, 2, 3)))
seen = {
    "y0": answer,
    "P(Y = 1 | X = 1)": round(float(plain[1, 1]), 2),
    "P(Y = 1 | do(X = 1))": round(float(cut[1, 1]), 2),
    "the ratio of sums": round(float(by_w[1, 1] / by_w[1].sum()), 2),
}
for what, value in seen.items():
    print(f"{what}: {value}")
expected = ["P(Y | X)", 0.69, 0.55, 0.55]
sys.exit(0 if list(seen.values()) == expected else f"this has changed, expected {expected}")
PYTHON
