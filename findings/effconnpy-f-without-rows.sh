#!/usr/bin/env bash
# Guess: granger of CausalityAnalyzer of effconnpy gives the F statistic of the comparison of two regressions, so that
#   a cause which doubles the variance that is explained is found in a few hundred rows, and surer in more.
# Seen: y follows x with a weight of 1 beside noise of 1. F is 0.8 with 200 rows and 1.0 with 20,000, p .38 and .32,
#   where statsmodels has 150 and 19,672. The larger direction is quoted: the labels are the wrong way round as well.
# Why it matters: a p below .05 needs a cause that explains four times the noise, in a table of any length; everything
#   else comes out as "no connection", with a p-value that looks ordinary.
# Source: f_statistic in granger_causality of effconnpy/analyzers.py, the drop of the sum of squares divided by the
#   sum of squares that is left, without its degrees of freedom.
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

from effconnpy import CausalityAnalyzer
from statsmodels.tsa.stattools import grangercausalitytests

print("effconnpy", version("effconnpy"), "statsmodels", version("statsmodels"))
seen = {}
for rows in (200, 20_000):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=rows), np.zeros(rows)
    y[1:] = x[:-1] + rng.normal(size=rows - 1)
    results = CausalityAnalyzer(np.column_stack([x, y])).causality_test(method="granger")
    mine = max(results.values(), key=lambda result: result["f_statistic"])
    other = grangercausalitytests(np.column_stack([y, x]), [1], verbose=False)[1][0]["ssr_ftest"]
    seen[rows] = mine["f_statistic"], mine["p_value"], other[0], other[1]
    print("{} rows: F {:.2f}, p {:.2f}; statsmodels F {:.0f}, p {:.1g}".format(rows, *map(float, seen[rows])))
same = all(0.7 < found[0] < 1.5 and found[1] > 0.2 and found[2] > 100 for found in seen.values())
sys.exit(0 if same else "this has changed, expected an F that does not grow with the rows")
PYTHON
