#!/usr/bin/env bash
# Guess: GES of causal-learn with its kernel scores for nonlinear data (local_score_CV_general,
#   local_score_marginal_general) finds the same graph whatever the units, as with BIC: kernels are given a width by the
#   data.
# Seen: with the marginal score the skeleton changes when the first column is divided by 1,000 and the second multiplied
#   by it: of the chain a - b - c with noise far below the signal, a - b is lost, and a - c comes in its place. The
#   cross-validated score, on the same tables, stays with a - b - c.
# Why it matters: metres against kilometres decides about adjacency, and nothing is said; tables of real columns have
#   such scales as a rule.
# Source: local_score_marginal_general in causallearn/score/LocalScoreFunction.py; the documentation's page on
#   generalized score functions says nothing of scaling.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causal-learn==0.1.4.8 numpy==2.2.6 scipy==1.15.3 pandas==2.3.3
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
from causallearn.search.ScoreBased.GES import ges

print("causal-learn", version("causal-learn"))
rng = np.random.default_rng(0)
a, b_noise, c_noise = rng.normal(size=(3, 200))
b = np.tanh(2 * a) + 0.3 * b_noise
c = b**2 + 0.3 * c_noise
table = np.column_stack([a, b, c])
units = {"as drawn": [1, 1, 1], "a / 1000, b * 1000": [1e-3, 1e3, 1]}
seen = {}
for score in ("local_score_CV_general", "local_score_marginal_general"):
    for unit, factors in units.items():
        with contextlib.redirect_stdout(io.StringIO()):
            matrix = ges(table * factors, score)["G"].graph
        pairs = [f"{'abc'[i]}-{'abc'[j]}" for i in range(3) for j in range(i + 1, 3) if matrix[i, j]]
        seen[score, unit] = " ".join(pairs)
        print(f"{score}, {unit}: {seen[score, unit]}")
steady = {seen["local_score_CV_general", unit] for unit in units}
loose = [seen["local_score_marginal_general", unit] for unit in units]
same = steady == {"a-b b-c"} and loose == ["a-b b-c", "a-c b-c"]
sys.exit(0 if same else "this has changed, expected a-c b-c from the marginal score in the second units alone")
PYTHON
