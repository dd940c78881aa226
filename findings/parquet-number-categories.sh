#!/usr/bin/env bash
# Guess: pandas stores its own description of every column inside a Parquet file, so an ordered categorical of whole
#   numbers comes back as it was, as it does from a Feather file written by the same pyarrow.
# Seen: from Parquet come plain numbers: no categories, no order, and floats as soon as one value is missing.
#   Categories that are words survive, and Feather keeps both.
# Why it matters: a column "stage" with the categories 3 < 2 < 1 is nominal or ordinal before the file and a
#   measurement after it, so that every method that looks at the dtype treats it otherwise.
# Source: the types that a Parquet dictionary can stand for are listed in the pyarrow guide "Reading and Writing the
#   Apache Parquet Format"; the dtype table of pandas' to_parquet only says that categoricals are supported.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pandas==3.1.1 pyarrow==26.0.1
cd "$room"
venv/bin/python - <<'PYTHON'
import sys

import pandas as pd
import pyarrow

print("pandas", pd.__version__, "pyarrow", pyarrow.__version__)
stage = pd.Categorical([3, 1, None, 3], categories=[3, 2, 1], ordered=True)
word = pd.Categorical(["late", "early", None, "late"], categories=["late", "mid", "early"], ordered=True)
table = pd.DataFrame({"stage": stage, "word": word})
table.to_parquet("table.parquet")
table.to_feather("table.feather")
seen = {
    "parquet": pd.read_parquet("table.parquet").dtypes.astype(str).to_dict(),
    "feather": pd.read_feather("table.feather").dtypes.astype(str).to_dict(),
}
print(seen)
expected = {
    "parquet": {"stage": "float64", "word": "category"},
    "feather": {"stage": "category", "word": "category"},
}
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
