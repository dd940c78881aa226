#!/usr/bin/env bash
# Guess: in causaldata's tables only the columns with an order, such as education in nhefs or the class in titanic,
#   are ordered categoricals; sex and race are unordered ones.
# Seen: all categorical columns of all tables are ORDERED: sex 0 < 1, race 0 < 1, survived, the state of the
#   close_elections_lmb table. Some categories are words, others numbers, some columns a mixture.
# Why it matters: code that looks at the dtype to tell nominal from ordinal columns, as it should, gets ordinal for
#   all of them.
# Source: the tables come from Stata files, whose value labels pandas reads as ordered.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causaldata==0.1.5 pandas==2.3.3 numpy==2.4.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import causaldata

print("causaldata", version("causaldata"))
names = ["abortion", "auto", "close_elections_lmb", "nhefs", "scorecard", "titanic"]
ordered, unordered = [], []
for name in names:
    table = getattr(causaldata, name).load_pandas().data
    for column in table.select_dtypes("category"):
        (ordered if table[column].cat.ordered else unordered).append(f"{name}.{column}")
print("ordered:", *ordered, "\nunordered:", *unordered)
nominal = {"nhefs.sex", "nhefs.race", "titanic.sex", "titanic.survived", "auto.foreign", "close_elections_lmb.state"}
same = nominal <= set(ordered) and not unordered
sys.exit(0 if same else f"this has changed, expected all to be ordered, {sorted(nominal)} among them")
PYTHON
