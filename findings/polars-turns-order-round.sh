#!/usr/bin/env bash
# Guess: on the way between polars and pandas the order of categories is kept where there is one, and nothing else
#   gets one: an Enum of colours arrives as an unordered categorical, an ordered categorical leaves as an Enum.
# Seen: the other way round in both directions. An Enum arrives ORDERED in pandas, colours included; a pandas
#   categorical with lo < mid < hi becomes polars' Categorical, which sorts by the alphabet, has lost the category
#   that does not occur ("none"), and comes back unordered, its codes numbered by first appearance.
# Why it matters: an ordinal answer becomes nominal and a colour ordinal without a word; integer codes taken on either
#   side of such a trip do not mean the same category.
# Source: polars' to_arrow marks an Enum's dictionary as ordered, and pandas reads that mark; from_pandas makes a
#   Categorical, whose order polars takes from the text.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile polars==2.1.0 pandas==3.1.1 pyarrow==26.0.1
"$room/venv/bin/python" - <<'PYTHON'
import sys

import pandas as pd
import polars as pl

print("polars", pl.__version__, "pandas", pd.__version__)
colour = pl.Series(["red", "green"], dtype=pl.Enum(["red", "green", "blue"])).to_pandas()
answer = pd.Series(pd.Categorical(["hi", "lo", "mid"], categories=["none", "lo", "mid", "hi"], ordered=True))
there = pl.from_pandas(answer)
back = there.to_pandas()
seen = {
    "a colour is ordered in pandas": bool(colour.cat.ordered),
    "the greatest colour": colour.max(),
    "the answer's type in polars": str(there.dtype),
    "sorted in polars": there.sort().to_list(),
    "ordered when back": bool(back.cat.ordered),
    "categories when back": back.cat.categories.tolist(),
    "codes before and after": [answer.cat.codes.tolist(), back.cat.codes.tolist()],
}
expected = {
    "a colour is ordered in pandas": True,
    "the greatest colour": "green",
    "the answer's type in polars": "Categorical",
    "sorted in polars": ["hi", "lo", "mid"],
    "ordered when back": False,
    "categories when back": ["hi", "lo", "mid"],
    "codes before and after": [[3, 1, 2], [0, 1, 2]],
}
for what, value in seen.items():
    print(f"{what}: {value}")
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
