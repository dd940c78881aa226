#!/usr/bin/env bash
# Guess: evaluate_model_fit of lingam, which judges a graph by the table with the indices of structural equation
#   models, rejects a graph that leaves out a strong edge.
# Seen: not if a column loses its only edge: columns without edges are left out of the model, so nothing that involves
#   them is tested. Of a -> b -> c -> d the graph without c -> d gets p = .4 and RMSEA 0, the true one p = .7; a -> c
#   alone gets p = .99. The graph without b -> c, where both have another edge, is rejected, as it should be.
# Why it matters: the fewer columns a graph connects, the better it fits; an index of a sparse result, as of LiNGAM
#   after pruning, says nothing of the independences it claims. AIC and BIC of two graphs may be about different
#   columns.
# Source: evaluate_model_fit in lingam/utils/__init__.py writes a formula only for rows with entries.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile lingam==1.13.0 semopy==2.3.11 numpy==2.2.6 scipy==1.13.1 pandas==2.3.3
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import lingam
import numpy as np
from lingam.utils import evaluate_model_fit

print("lingam", lingam.__version__)
rng = np.random.default_rng(0)
a, *noise = rng.normal(size=(4, 1000))
b = a + noise[0]
c = b + noise[1]
d = c + noise[2]
table = np.column_stack([a, b, c, d])
graphs = {
    "a -> b -> c -> d": [(0, 1), (1, 2), (2, 3)],
    "without c -> d": [(0, 1), (1, 2)],
    "without b -> c": [(0, 1), (2, 3)],
    "a -> c alone": [(0, 2)],
}
fits = {}
for name, edges in graphs.items():
    matrix = np.zeros((4, 4))
    for cause, effect in edges:
        matrix[effect, cause] = 1
    stats = evaluate_model_fit(matrix, table)
    chi2, p, df, rmsea = (float(stats.iloc[0][key]) for key in ("chi2", "chi2 p-value", "DoF", "RMSEA"))
    fits[name] = p < 0.001
    print(f"{name}: chi2 {chi2:.2f} with {df:.0f} degrees of freedom, p = {p:.3f}, RMSEA {rmsea:.2f}")
print("correlation of c and d:", np.corrcoef(c, d)[0, 1].round(2))
expected = {"a -> b -> c -> d": False, "without c -> d": False, "without b -> c": True, "a -> c alone": False}
sys.exit(0 if fits == expected else f"this has changed, expected rejections {expected}")
PYTHON
