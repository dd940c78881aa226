#!/usr/bin/env bash
# Guess: fre of cheatstat gives the same percentages for weights with a mean of 1 and for the same weights divided by
#   ten, by fifty, or by their sum.
# Seen: for a party with 37.5% it says 38%, 40%, 50% and 0%; for one with 10%, 10%, 10%, 0% and 0%. Weighted counts are
#   rounded to whole persons first, and the percentages, shown with two decimals, are those of the rounded counts.
# Why it matters: weights scaled to sum to 1, or to thousands of inhabitants, are usual in files of surveys; rare answers
#   vanish, and the others get their share. Without weights nothing is rounded, so that a comparison of both is off too.
# Source: round(0).astype("int32") before HT["Prozent"] in fre of cheatstat/__init__.py; the same in fre_wl.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile cheatstat==4.1.2 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import pandas as pd
from cheatstat import fre

print("cheatstat", version("cheatstat"), "pandas", version("pandas"))
table = pd.DataFrame({"party": ["a"] * 60 + ["b"] * 30 + ["c"] * 10})
weight = table["party"].map({"a": 0.625, "b": 1.75, "c": 1.0})
seen = {}
for divisor in (1, 10, 50, float(weight.sum())):
    shares = fre(table, "party", weight=weight / divisor).set_index("Ausprägung")["Prozent"]
    seen[divisor] = shares[["a", "b", "c"]].tolist()
    print(f"weights that sum to {(weight / divisor).sum():.0f}: percentages {seen[divisor]}")
same = list(seen.values()) == [[38, 52, 10], [40, 50, 10], [50, 50, 0], [0, 100, 0]]
sys.exit(0 if same else "this has changed, expected percentages of rounded counts")
PYTHON
