#!/usr/bin/env bash
# Guess: optimal_bandwidth of rdd, after Imbens and Kalyanaraman, chooses the same persons for a running variable in
#   dollars as for the same one in thousands, and for an outcome as a share as for one in percent.
# Seen: with a running variable from -1 to 1 the bandwidth is .46, and 903 of 2,000 rows are within it. With 100 times
#   the variable it is 3 of 100, and 55 rows are. With the outcome divided by 100 it is .39, and 779 rows are.
#   The curvature in the formula is not let below .01, a number with a unit: that of the outcome divided by the third
#   power of the running variable's.
# Why it matters: income in dollars, population or days leave a few dozen rows near the threshold where a thousand would
#   do, and the jump has an error four times as large, .17 for .04. The paper's bandwidth has the
#   unit of the running variable and no other.
# Source: np.max([m3**2, .01]) in optimal_bandwidth of rdd/rdd.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile rdd==0.0.3 statsmodels==0.14.6 scipy==1.16.3 \
  pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from rdd import rdd

print("rdd", version("rdd"), "statsmodels", version("statsmodels"))
rng = np.random.default_rng(0)
x = pd.Series(rng.uniform(-1, 1, 2000))
y = x**2 + x + 0.5 * (x >= 0) + 0.3 * rng.normal(size=2000)
seen = {}
for name, of_x, of_y in (("as they are", 1, 1), ("x times 100", 100, 1), ("y divided by 100", 1, 0.01)):
    table = pd.DataFrame({"x": x * of_x, "y": y * of_y})
    bandwidth = float(rdd.optimal_bandwidth(table["y"], table["x"])) / of_x
    inside = rdd.truncated_data(table, "x", bandwidth * of_x)
    fitted = rdd.rdd(inside, "x", "y", verbose=False).fit()
    jump, error = float(fitted.params["TREATED"]) / of_y, float(fitted.bse["TREATED"]) / of_y
    seen[name] = bandwidth, len(inside), jump, error
    words = "bandwidth {:.2f} of 1, {} rows, jump {:.2f}, error {:.3f}".format(*seen[name])
    print(f"{name}: {words}")
first, larger, smaller = seen.values()
same = larger[0] < first[0] / 10 and larger[3] > 2 * first[3] and smaller[0] < 0.9 * first[0]
sys.exit(0 if same else "this has changed, expected a bandwidth that depends on units")
PYTHON
