#!/usr/bin/env bash
# Guess: XiPandas of xicor, Chatterjee's correlation for columns of pandas, is the same for a table and for the table
#   sorted by one of its columns: the pairs are the same.
# Seen: where the outcome is a square of x with little noise it is .82, and -.04 and .01 when the rows were sorted by
#   the outcome or by x: independent. With reset_index(drop=True) it is .82 again. The order of x is a list of places,
#   and the ranks of y are looked up by label. Xi of the same package, on the bare numbers, says .82 each time. A part
#   of a table, of which a label is missing, gets a KeyError.
# Why it matters: tables are sorted by date, by person or by outcome before such a scan, and a coefficient near 0 is
#   the whole answer there: no relation of any form.
# Source: x_rank_max_ordered in xicor/xicor_pandas.py, self.y_rank_max[i] for i in self.x_ordered.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile xicor==1.0.1 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from xicor.xicor import Xi
from xicor.xicor_pandas import XiPandas

print("xicor", version("xicor"), "pandas", version("pandas"))
rng = np.random.default_rng(0)
x = rng.normal(size=500)
table = pd.DataFrame({"x": x, "y": x**2 + 0.1 * rng.normal(size=500)})
by_outcome = table.sort_values("y")
tables = {
    "as measured": table,
    "sorted by y": by_outcome,
    "sorted by x": table.sort_values("x"),
    "sorted by y, numbered anew": by_outcome.reset_index(drop=True),
}
seen = {}
for name, rows in tables.items():
    seen[name] = float(XiPandas(rows.x, rows.y).correlation), float(Xi(rows.x.values, rows.y.values).correlation)
    print(f"{name}: XiPandas {seen[name][0]:.2f}, Xi {seen[name][1]:.2f}")
same = all(values[1] > 0.7 for values in seen.values())
same &= seen["as measured"][0] > 0.7 and seen["sorted by y, numbered anew"][0] > 0.7
same &= abs(seen["sorted by y"][0]) < 0.15 and abs(seen["sorted by x"][0]) < 0.15
sys.exit(0 if same else "this has changed, expected no relation in a sorted table")
PYTHON
