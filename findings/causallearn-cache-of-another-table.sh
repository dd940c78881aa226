#!/usr/bin/env bash
# Guess: a file of cached p-values (cache_path) of causal-learn's tests belongs to one table and one test, which it
#   checks: another table is refused ("Data hash mismatch"), another test as well ("method name mismatch").
# Seen: neither. The hash is that of the table as printed, of which NumPy shows three rows at each end: a table that
#   differs in the 1,994 rows between passes, and is told the first one's p = 0 where its own is .6. And the G-squared
#   test is handed what Fisher's z had left in the file.
# Why it matters: the file is made for long searches that are run again, after rows in the middle were mended or
#   shuffled; the graph that comes out is that of the old table, or of a mixture.
# Source: CIT_Base in causallearn/utils/cit.py: md5(str(data)), and a method name that is looked for among the keys.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causal-learn==0.1.4.8 numpy==2.2.6 pandas==2.3.3 scipy==1.15.3
ROOM="$room" "$room/venv/bin/python" -W ignore - <<'PYTHON'
import os
import sys
import time
from importlib.metadata import version

import numpy as np
from causallearn.utils.cit import CIT

print("causal-learn", version("causal-learn"))
path = os.path.join(os.environ["ROOM"], "cache", "tests.json")
rng = np.random.default_rng(0)
x = rng.integers(0, 3, 2000)
joined = np.column_stack([x, (x + rng.integers(0, 2, 2000)) % 3, rng.integers(0, 3, 2000)])
apart = joined.copy()
apart[3:-3, 1] = rng.permutation(joined[3:-3, 1])  # the second column's middle rows in another order
first = CIT(joined, "fisherz", cache_path=path)
first(0, 1)
time.sleep(31)  # the file is written every 30 seconds
first(0, 2)
seen = {}
for test in ("fisherz", "gsq"):
    own = [float(CIT(table, test)(0, 1)) for table in (joined, apart)]
    cached = float(CIT(apart, test, cache_path=path)(0, 1))
    print(f"{test}: p = {own[0]:.2g} in the first table, {own[1]:.2g} in the second; the second by the cache {cached:.2g}")
    seen[test] = own[1] > 0.05 and cached < 1e-6
sys.exit(0 if all(seen.values()) else "this has changed, expected the first table's p-values for the second")
PYTHON
