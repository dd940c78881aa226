#!/usr/bin/env bash
# Guess: find_neighbours of pcit gives an undirected graph after control of false discoveries among all pairs of
#   columns, and no column is its own neighbour.
# Seen: every column is: the diagonal of the graph is 1. A column with itself counts as a test with p = 0, and each pair
#   as two tests, so that the control begins after as many certain discoveries as there are columns. Of 45 pairs of ten
#   columns one with p = .001 is adjusted to .04, an edge; the same function gives .20 for the 45 pairs alone.
# Why it matters: numbers of edges and distances between graphs are too large by the number of columns, and the control,
#   which is what the function adds to the single tests, is four to five times laxer than the level that is asked for.
# Source: find_neighbours in pcit/StructureEstimation.py, FDRcontrol(skeleton, confidence) on the whole matrix.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile mlxtend==0.23.4 scikit-learn==1.7.2 scipy==1.15.3 \
  pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps pcit==1.2.2
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from pcit.IndependenceTest import FDRcontrol
from pcit.MetaEstimator import MetaEstimator
from pcit.StructureEstimation import find_neighbours
from sklearn.linear_model import LinearRegression, LogisticRegression

print("pcit", version("pcit"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
table = rng.normal(size=(300, 4))
table[:, 1] += table[:, 0]
lines = MetaEstimator(method="multiplexing", estimators=([LinearRegression()], [LogisticRegression()]))
_, graph = find_neighbours(table, estimator=lines)
print("graph of four columns, of which the first two depend on each other:", graph.tolist())
single = np.linspace(0.1, 0.95, 45)
single[0] = 0.001
pairs = np.triu_indices(10, 1)
matrix = np.zeros((10, 10))
matrix[pairs] = single
matrix += matrix.T
whole, alone = FDRcontrol(matrix)[0][pairs][0], FDRcontrol(single)[0][0]
print(f"one p of .001 among 45 pairs: adjusted {whole:.3f} in the matrix, {alone:.3f} among the pairs")
same = np.array_equal(np.diag(graph), [1] * 4) and graph[0, 1] == 1 and whole < 0.05 < 0.15 < alone
sys.exit(0 if same else "this has changed, expected columns to be their own neighbours")
PYTHON
