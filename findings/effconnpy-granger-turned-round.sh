#!/usr/bin/env bash
# Guess: CausalityAnalyzer of effconnpy, granger of two series x and y where y follows the x before it, has "0 → 1",
#   the arrow from x to y, as the one that is found; create_connectivity_matrix says "[i,j] represents causality from
#   i to j".
# Seen: "1 → 0" has p below .001 and "0 → 1" .99; the matrix has a 1 from y to x and a 0 from x to y. The same table
#   in MultivariateGrangerCausality of the same package has it the right way round.
# Why it matters: every arrow of the map of a brain points backwards, and the two classes of one package, given the
#   same rows, disagree about who drives whom.
# Source: granger_causality in effconnpy/analyzers.py predicts series j from series i and stores f"{j} → {i}".
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile copent==0.5.7 networkx==3.5 statsmodels==0.14.6 scikit-learn==1.7.2 \
  scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps effconnpy==0.1.25 # no plots needed here
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version
from unittest.mock import MagicMock

import numpy as np

sys.modules.update({name: MagicMock() for name in ("dowhy", "vtk", "fury", "dipy", "dipy.io", "dipy.io.streamline")})

from effconnpy import CausalityAnalyzer, MultivariateGrangerCausality, create_connectivity_matrix

print("effconnpy", version("effconnpy"), "statsmodels", version("statsmodels"))
rng = np.random.default_rng(0)
x, y = rng.normal(size=500), np.zeros(500)
for step in range(1, 500):
    y[step] = 5 * x[step - 1] + 0.3 * y[step - 1] + rng.normal()
table = np.column_stack([x, y])
seen = {}
for name, results in (("CausalityAnalyzer", CausalityAnalyzer(table).causality_test(method="granger")),
                      ("MultivariateGrangerCausality",
                       MultivariateGrangerCausality(table).multivariate_granger_causality(max_lag=1))):
    seen[name] = results["0 → 1"]["p_value"], results["1 → 0"]["p_value"], create_connectivity_matrix(results)
    print(f"{name}: p of x to y {seen[name][0]:.4f}, of y to x {seen[name][1]:.4f}; matrix {seen[name][2].tolist()}")
backwards, right = seen.values()
same = backwards[0] > 0.5 and backwards[1] < 0.001 and backwards[2].tolist() == [[0, 0], [1, 0]]
same &= right[0] < 0.001 and right[1] > 0.05 and right[2].tolist() == [[0, 1], [0, 0]]
sys.exit(0 if same else "this has changed, expected the arrow from y to x in the first")
PYTHON
