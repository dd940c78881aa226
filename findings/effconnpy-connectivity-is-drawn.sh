#!/usr/bin/env bash
# Guess: dynamic_causal_modeling of effconnpy, which "returns a dictionary containing model parameters and state
#   estimates", gives a transition_matrix that is that of the series: about 0.9 from x to the y after it here.
# Seen: the matrix is 1 on its diagonal and noise of 0.1 beside it, another at every call: from x to y 0.10, 0.09 and
#   0.01 in three calls, and the same values of a table where every value is 0. The state estimates are filtered with
#   it.
# Why it matters: it is what is read as effective connectivity, it varies from call to call like an estimate, and no
#   value of the table goes into it.
# Source: A = np.eye(state_dim) + 0.1 * np.random.randn(...), "identity + small coupling", never updated, in
#   dynamic_causal_modeling of effconnpy/extendedanalyzers.py.
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

from effconnpy import ExtendedCausalityAnalyzer

print("effconnpy", version("effconnpy"), "numpy", np.__version__)
rng = np.random.default_rng(0)
x, y = rng.normal(size=2000), np.zeros(2000)
y[1:] = 0.9 * x[:-1] + 0.1 * rng.normal(size=1999)
tables = {"y made of the x before it": np.column_stack([x, y]), "all values 0": np.zeros((2000, 2))}
seen = {}
for name, table in tables.items():
    np.random.seed(0)
    calls = [ExtendedCausalityAnalyzer(table).dynamic_causal_modeling()["transition_matrix"] for _ in range(3)]
    seen[name] = np.array(calls)
    diagonals = seen[name][:, [0, 1], [0, 1]].round(2).tolist()
    print(name, "from x to y:", seen[name][:, 1, 0].round(3), "diagonals:", diagonals)
made, zeros = seen.values()
least = np.linalg.lstsq(tables["y made of the x before it"][:-1], y[1:], rcond=None)[0]
print("least squares from x to y:", least[0].round(3))
same = np.array_equal(made, zeros) and np.abs(made[:, 1, 0]).max() < 0.4 and np.ptp(made[:, 1, 0]) > 0.01
same &= abs(least[0] - 0.9) < 0.05
sys.exit(0 if same else "this has changed, expected a matrix that is drawn")
PYTHON
