#!/usr/bin/env bash
# Guess: an unordered categorical written by pandas to a Stata file and read again is what it was: unordered, with all
#   its categories.
# Seen: it comes back ORDERED, and a category without rows is gone from the file's value labels. Read by pyreadstat
#   the same file gives an unordered one.
# Why it matters: region "north < south < west" goes into an ordinal model without its warning about unordered
#   outcomes, and codes counted before the trip point to other categories after it: "west" is 3 before and 2 after.
# Source: pandas' read_stata has the argument order_categoricals; to_stata says nothing of categories that do not
#   occur.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pandas==3.1.1 pyreadstat==1.3.7
cd "$room"
venv/bin/python - <<'PYTHON'
import sys

import pandas as pd
import pyreadstat

print("pandas", pd.__version__, "pyreadstat", pyreadstat.__version__)
region = pd.Categorical(["west", "north", "south"], categories=["north", "east", "south", "west"])
pd.DataFrame({"region": region}).to_stata("table.dta", write_index=False)
back = pd.read_stata("table.dta")["region"]
other, _ = pyreadstat.read_dta("table.dta", apply_value_formats=True)
seen = {
    "ordered before": bool(region.ordered),
    "ordered after, pandas": bool(back.cat.ordered),
    "ordered after, pyreadstat": bool(other["region"].cat.ordered),
    "categories after": back.cat.categories.tolist(),
    "codes before": region.codes.tolist(),
    "codes after": back.cat.codes.tolist(),
}
expected = {
    "ordered before": False,
    "ordered after, pandas": True,
    "ordered after, pyreadstat": False,
    "categories after": ["north", "south", "west"],
    "codes before": [3, 0, 2],
    "codes after": [2, 0, 1],
}
for what, value in seen.items():
    print(f"{what}: {value}")
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
