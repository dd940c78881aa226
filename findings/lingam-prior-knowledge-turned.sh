#!/usr/bin/env bash
# Guess: the docstring of lingam's DirectLiNGAM(prior_knowledge=...) speaks of x_i, x_j and "1: x_i has a directed
#   path to x_j", so the entry in row i, column j is about the path from i to j.
# Seen: row i, column j is about the path from j to i, as in adjacency_matrix_. On a pair that the data cannot decide,
#   the matrix that says "0 leads to 1, not 1 to 0" when read as above makes 1 the cause.
#   make_prior_knowledge(paths=[[0, 1]]), whose argument does mean from 0 to 1, puts its 1 into row 1, column 0.
# Why it matters: knowledge given by the docstring is obeyed backwards, and the data cannot object where it was
#   needed.
# Source: lingam/direct_lingam.py, docstring of __init__, against lingam/utils make_prior_knowledge.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile lingam==1.13.0 numpy==2.2.6 scipy==1.13.1 pandas==3.1.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import lingam
import numpy as np
from lingam.utils import make_prior_knowledge

print("lingam", lingam.__version__)
pair = np.random.default_rng(0).multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 2000)
by_docstring = np.array([[-1, 1], [0, -1]])  # 0 has a path to 1, and 1 has none to 0
by_function = make_prior_knowledge(2, paths=[[0, 1]], no_paths=[[1, 0]])


def cause(knowledge):
    weights = lingam.DirectLiNGAM(prior_knowledge=knowledge).fit(pair).adjacency_matrix_
    return 0 if weights[1, 0] else 1  # weights[i, j] is the effect of j on i


seen = {"cause, by the docstring": cause(by_docstring), "cause, by make_prior_knowledge": cause(by_function)}
print(seen, "its matrix", by_function.tolist())
expected = {"cause, by the docstring": 1, "cause, by make_prior_knowledge": 0}
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
