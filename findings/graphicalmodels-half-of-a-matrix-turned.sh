#!/usr/bin/env bash
# Guess: PDAG.from_amat(matrix, source_axis=1) of graphical_models reads a matrix whose rows are effects and columns
#   causes, as lingam's, and so gives what from_amat gives for the transposed matrix.
# Seen: entries above the diagonal are turned, those below it are not. The matrix of 0 -> 1 -> 2, which has its entries
#   below the diagonal where rows are effects, comes out as 2 -> 1 -> 0: all arrows backwards. 2 -> 1 -> 0 is right, and
#   2 -> 1 <- 0, with one arrow on each side, becomes 2 -> 1 -> 0.
# Why it matters: in a matrix whose columns stand in causal order all arrows are below the diagonal; the skeleton is
#   right, and the direction of each arrow hangs on the places of two columns in the table.
# Source: from_amat in graphical_models/classes/dags/pdag.py has (j, i) for both axes in the last case; the docstring
#   does not speak of source_axis.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pgmpy==1.1.2 einops==0.8.2 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps graphical-models==0.1a21 xgboost-cpu==3.2.0
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from graphical_models import PDAG

print("graphical-models", version("graphical-models"), "numpy", version("numpy"))
graphs = {"0 -> 1 -> 2": [(0, 1), (1, 2)], "2 -> 1 -> 0": [(2, 1), (1, 0)], "2 -> 1 <- 0": [(0, 1), (2, 1)]}
seen = {}
for name, arrows in graphs.items():
    rows_are_causes = np.zeros((3, 3))
    rows_are_causes[tuple(np.transpose(arrows))] = 1
    found = []
    for pattern in (PDAG.from_amat(rows_are_causes), PDAG.from_amat(rows_are_causes.T, source_axis=1)):
        found.append(sorted((int(cause), int(effect)) for cause, effect in pattern.arcs))
    seen[name] = found
    print(f"{name}: {found[0]} by rows as causes, {found[1]} by rows as effects")
turned = [(1, 0), (2, 1)]
same = [found for _, found in seen.values()] == [turned] * 3
same &= [found for found, _ in seen.values()] == [[(0, 1), (1, 2)], turned, [(0, 1), (2, 1)]]
sys.exit(0 if same else "this has changed, expected arrows below the diagonal to be read backwards")
PYTHON
