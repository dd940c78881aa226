#!/usr/bin/env bash
# Guess: SCMContext.measure_err_model(gamma) of causally adds an error to each column, with gamma times the variance of
#   the column.
# Seen: it adds none. With gamma = 1 or 100 the table is, to the last digit, that of the same seed without an error:
#   the context notes "measurement_error", and the model looks for "measurement error". The function that adds errors
#   is right when called by itself.
# Why it matters: a curve of accuracy over the size of the error is flat, and the method looks proof against bad
#   measurement. Spreads or copies of the columns must be compared to notice it.
# Source: measure_err_model in causally/scm/context.py against sample in causally/scm/scm.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile igraph==1.0.0 networkx==3.2.1 scikit-learn==1.7.2 scipy==1.16.3 \
  torch==2.13.0 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps causally==0.1.0
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from causally.graph.random_graph import CustomGraph
from causally.scm.context import SCMContext
from causally.scm.noise import Normal
from causally.scm.scm import LinearModel
from causally.scm.scm_property import _MeasurementErrorMixin

print("causally", version("causally"), "numpy", version("numpy"))
chain = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]])
tables = {}
for gamma in (None, 1.0, 100.0):
    context = SCMContext()
    if gamma is not None:
        context.measure_err_model(gamma)
    tables[gamma], _ = LinearModel(2000, CustomGraph(chain), Normal(), context, 0.8, 1.0, seed=0).sample()
    print(f"gamma = {gamma}: spreads {tables[gamma].std(axis=0).round(3)}, assumptions {context.assumptions}")
by_hand = _MeasurementErrorMixin.add_measure_error(tables[None].copy(), 1.0)
print("the package's own function, gamma = 1: spreads", by_hand.std(axis=0).round(3))
same = all(np.array_equal(tables[None], tables[gamma]) for gamma in (1.0, 100.0))
same &= bool(np.all(by_hand.std(axis=0) > 1.3 * tables[None].std(axis=0)))
sys.exit(0 if same else "this has changed, expected a table without errors")
PYTHON
