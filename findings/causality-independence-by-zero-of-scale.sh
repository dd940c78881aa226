#!/usr/bin/env bash
# Guess: IC, the search for graphs of causality, with its RobustRegressionTest finds two independent columns
#   independent whatever the zero of their scales, in degrees Celsius and in Fahrenheit.
# Seen: three independent columns are joined to one another wherever their means are not zero: temperature and blood
#   pressure, of 20 and 120 with spreads of 3 and 10, have an edge, and with a third such column all three edges are
#   there. Minus their means the same columns have none. The regression has no constant, so that one mean "explains"
#   the other.
# Why it matters: hardly any measured column has a mean of zero, and nothing asks for it. Columns must be centred
#   beforehand.
# Source: RobustRegressionTest in causality/inference/independence_tests, sm.RLM(data[y], data[x+z]).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causality==0.0.11 statsmodels==0.15.0 scikit-learn==1.7.2 \
  networkx==3.2.1 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from causality.inference.independence_tests import RobustRegressionTest
from causality.inference.search import IC

print("causality", version("causality"), "statsmodels", version("statsmodels"))
rng = np.random.default_rng(0)
columns = {
    "temperature": rng.normal(20, 3, 500),
    "pressure": rng.normal(120, 10, 500),
    "height": rng.normal(170, 9, 500),
}
table = pd.DataFrame(columns)
print("correlations", np.corrcoef(table.T)[np.triu_indices(3, 1)].round(2))
seen = {}
for name, data in (("as measured", table), ("minus their means", table - table.mean())):
    graph = IC(RobustRegressionTest).search(data, dict.fromkeys(table, "c"))
    seen[name] = sorted(tuple(sorted(edge)) for edge in graph.edges())
    print(f"{name}: edges {seen[name]}")
same = len(seen["as measured"]) == 3 and seen["minus their means"] == []
sys.exit(0 if same else "this has changed, expected edges by the means alone")
PYTHON
