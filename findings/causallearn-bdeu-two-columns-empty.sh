#!/usr/bin/env bash
# Guess: GES of causal-learn with BDeu joins two 0/1 columns that agree in nine rows of ten, and does so whether or
#   not there is a third column.
# Seen: alone the two are not joined; beside a constant or a column of noise they are. With d columns the score gives
#   an edge the prior probability 1 / (d - 1): certain with two, so that no edge scores minus infinity and an edge
#   "not a number", which is never better. The prior goes on with the width: .5 with three columns, 1/19 with twenty.
# Why it matters: the smallest table, and every pair that is looked at by itself, comes out independent; the only sign
#   is a numerical warning. parameters={"structure_prior": ...}, which would mend it, is ignored by ges, as is
#   sample_prior.
# Source: local_score_BDeu in causallearn/score/LocalScoreFunction.py, first term; ges hands it parameters=None.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causal-learn==0.1.4.8 numpy==2.2.6 pandas==2.3.3 scipy==1.15.3
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from causallearn.search.ScoreBased.GES import ges

print("causal-learn", version("causal-learn"))
rng = np.random.default_rng(0)
a = rng.integers(0, 2, 500)
b = np.where(rng.random(500) < 0.9, a, 1 - a)
tables = {"alone": [a, b], "beside a constant": [a, b, 0 * a], "beside noise": [a, b, rng.integers(0, 2, 500)]}
joined = {}
for name, columns in tables.items():
    joined[name] = bool(ges(np.column_stack(columns), "local_score_BDeu")["G"].graph[0, 1])
    print(f"a and b, which agree in {np.mean(a == b):.0%} of rows, {name}: joined {joined[name]}")
options = [None, {"sample_prior": 1000.0, "structure_prior": 1e-9, "r_i_map": {0: 2, 1: 2, 2: 2}}]
scores = [ges(np.column_stack(tables["beside noise"]), "local_score_BDeu", parameters=p)["score"] for p in options]
print("scores with the default parameters and with quite others:", [round(float(score), 3) for score in scores])
expected = {"alone": False, "beside a constant": True, "beside noise": True}
sys.exit(0 if joined == expected and scores[0] == scores[1] else f"this has changed, expected {expected}")
PYTHON
