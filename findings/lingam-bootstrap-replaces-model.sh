#!/usr/bin/env bash
# Guess: model.bootstrap(table, 50), asked of a lingam model that is fitted already, gives a result of its own, and
#   the model still holds the graph and the weights of the table.
# Seen: it holds those of the last of the 50 resamples: a weight that is 1.15 in the table is 1.07 afterwards, and
#   another number after the next call. So it is with DirectLiNGAM and with ICALiNGAM.
# Why it matters: the order of the tutorials, fit and then bootstrap, followed by a look at adjacency_matrix_,
#   get_error_independence_p_values or CausalEffect(model), reports one random resample as the estimate.
# Source: lingam/bootstrap.py calls self.fit on each resample.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile lingam==1.13.0 numpy==2.2.6 scipy==1.13.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import lingam
import numpy as np

print("lingam", lingam.__version__)
rng = np.random.default_rng(0)
x = rng.laplace(size=60)
table = np.column_stack([x, x + rng.laplace(size=60)])
replaced = []
for model in (lingam.DirectLiNGAM(), lingam.ICALiNGAM(random_state=0)):
    np.random.seed(0)
    before = model.fit(table).adjacency_matrix_.copy()
    result = model.bootstrap(table, 50)
    after = model.adjacency_matrix_
    print(type(model).__name__, "fitted:", before.round(2).tolist(), "after bootstrap:", after.round(2).tolist())
    last = np.array_equal(after, result.adjacency_matrices_[-1], equal_nan=True)
    replaced.append(last and not np.array_equal(before, after, equal_nan=True))
    others = [np.array_equal(after, one, equal_nan=True) for one in result.adjacency_matrices_[:-1]]
    print("  that is the last resample:", last, "and one of the other 49:", any(others))
sys.exit(0 if all(replaced) else "this has changed, expected each model to hold its last resample")
PYTHON
