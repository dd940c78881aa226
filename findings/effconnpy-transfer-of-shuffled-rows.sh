#!/usr/bin/env bash
# Guess: MultivariateTransferEntropy of effconnpy compares the moments of two series: with the rows of x shuffled, so
#   that nothing is left between x and y, its values fall to about 0.
# Seen: with y made of the x before it, 0 → 1 is -0.86 and 1 → 0 0.86; after the shuffle -0.87 and 0.86. With x in a
#   unit ten times smaller they are 1.45 and -1.44. The values are one number and its negative: the ratio of how
#   densely the values of the two series lie.
# Why it matters: the series with the larger numbers is the source, and a table without any connection has the same
#   "transfer" as one with; nothing of it is in time.
# Source: compute_conditional_transfer_entropy in effconnpy/multivariateTE.py, log(p_future / p_past) of two
#   densities, that of the values of the target and that of the values of the source, each by itself.
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

from effconnpy import MultivariateTransferEntropy

print("effconnpy", version("effconnpy"), "numpy", np.__version__)
rng = np.random.default_rng(0)
x, y = rng.normal(size=500), np.zeros(500)
for step in range(1, 500):
    y[step] = 2 * x[step - 1] + 0.3 * y[step - 1] + rng.normal()
tables = {
    "as read": np.column_stack([x, y]),
    "x shuffled": np.column_stack([rng.permutation(x), y]),
    "x times 10": np.column_stack([10 * x, y]),
}
seen = {}
for name, table in tables.items():
    values = MultivariateTransferEntropy(table).multivariate_transfer_entropy(lag=1)
    seen[name] = float(values["0 → 1"]), float(values["1 → 0"])
    print(f"{name}: x to y {seen[name][0]:.2f}, y to x {seen[name][1]:.2f}")
same = abs(seen["as read"][0] - seen["x shuffled"][0]) < 0.05 and seen["as read"][0] < -0.5
same &= abs(seen["x times 10"][0] - seen["as read"][0] - np.log(10)) < 0.05
same &= all(abs(sum(pair)) < 0.05 for pair in seen.values())
sys.exit(0 if same else "this has changed, expected a transfer that is not of time")
PYTHON
