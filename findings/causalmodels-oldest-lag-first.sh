#!/usr/bin/env bash
# Guess: matrixes[1] and matrixes[2] of causalmodels' SVARDirectLiNGAM, fitted with lag=2, are the effects from one step
#   and from two steps back, as its plot has them under t_1 and t_2.
# Seen: the other way round. With y(t) = .8 x(t-1) + noise the .8 stands in matrixes[2], and with y(t) = .8 x(t-2) in
#   matrixes[1]: the regression has the oldest values first. The plot writes t_1 to what comes from two steps back.
#   With lag=1 nothing is wrong.
# Why it matters: the delay is half of what is asked of a time series: what to look at today to know tomorrow. Sums over
#   all lags are right, so that no check of the fit shows it.
# Source: fit of SVARDirectLiNGAM in causalmodels/lingam.py, data[i:-lag+i] for i in range(lag); lags in plot of
#   causalmodels/result.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile graphviz==0.21 tqdm==4.67.1 scikit-learn==1.7.2 statsmodels==0.14.5 \
  pandas==2.3.3 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps causalmodels==0.4.0
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from contextlib import redirect_stderr
from importlib.metadata import version
from io import StringIO

import numpy as np
from causalmodels import SVARDirectLiNGAM

print("causalmodels", version("causalmodels"), "numpy", version("numpy"))
seen = {}
for steps in (1, 2):
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-1, 1, size=(2, 120))
    y[steps:] += 0.8 * x[:-steps]
    with redirect_stderr(StringIO()):
        result = SVARDirectLiNGAM(np.column_stack([x, y])).fit(lag=2)
    seen[steps] = [float(matrix[1, 0]) for matrix in result.matrixes]
    print(f"y follows x after {steps}: effects of x on y in matrixes[0], [1], [2]:", np.round(seen[steps], 2))
same = seen[1][2] > 0.6 > 0.3 > abs(seen[1][1]) and seen[2][1] > 0.6 > 0.3 > abs(seen[2][2])
sys.exit(0 if same else "this has changed, expected the oldest lag first")
PYTHON
