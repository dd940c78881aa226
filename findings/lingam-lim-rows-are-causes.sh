#!/usr/bin/env bash
# Guess: LiM, the method of lingam for tables that mix measurements and 0/1 columns, has its adjacency_matrix_ as all
#   others of the package have: row = effect, column = cause, which is what make_dot and CausalEffect of lingam read.
# Seen: it is the other way round, row = cause. Two independent measurements that raise the chance of a 0/1 column are
#   its causes if rows are causes; make_dot of the same package draws both arrows from the 0/1 column to its causes,
#   and DirectLiNGAM, on two measurements, has its entry in the other place. And fit gives the matrix, not the model.
# Why it matters: the picture, the effects and the scores of a mixed table are those of the graph turned round, while
#   the skeleton is right.
# Source: lingam/lim.py computes X @ W, as NOTEARS does, and stores W untransposed; the docstrings of all classes leave
#   the direction open, and that of fit promises the model.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile lingam==1.13.0 numpy==2.2.6 scipy==1.13.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import io
import sys
from contextlib import redirect_stdout

import lingam
import numpy as np
from lingam.utils import make_dot

print("lingam", lingam.__version__)
rng = np.random.default_rng(0)
age, dose = rng.laplace(size=(2, 2000))
ill = (rng.random(2000) < 1 / (1 + np.exp(-2 * age - 2 * dose))).astype(float)
np.random.seed(0)
model = lingam.LiM()
with redirect_stdout(io.StringIO()):  # it prints its weights on the way
    result = model.fit(np.column_stack([age, dose, ill]), np.array([[1, 1, 0]]))
mixed = model.adjacency_matrix_
pain = 2 * age + rng.laplace(size=2000)
direct = lingam.DirectLiNGAM().fit(np.column_stack([age, pain])).adjacency_matrix_
lines = make_dot(mixed, ["age", "dose", "ill"]).source.split("\n")
arrows = sorted(line.split("[")[0].strip() for line in lines if "->" in line)
print("LiM, age and dose -> ill:", mixed.round(1).tolist(), type(result).__name__)
print("DirectLiNGAM, age -> pain:", direct.round(1).tolist())
print("make_dot of LiM's matrix:", arrows)
seen = [np.argwhere(mixed).tolist(), np.argwhere(direct).tolist(), arrows]
expected = [[[0, 2], [1, 2]], [[1, 0]], ["ill -> age", "ill -> dose"]]
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
