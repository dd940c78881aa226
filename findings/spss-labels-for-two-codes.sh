#!/usr/bin/env bash
# Guess: pandas.read_spss gives a measurement back as numbers, though two of its codes (98 refused, 99 unknown) have
#   labels, and an answer 1 low, 2 mid, 3 high that the file calls ordinal as an ordered categorical in that order.
# Seen: neither. The ages become a categorical of numbers and words, 25.0, 30.0 and "refused", of which there is no
#   mean; the answer is an UNORDERED categorical, sorted by the alphabet, high < low < mid in its codes, and a level
#   without rows is gone. The same table in a Stata file, read by pandas.read_stata, has low < mid < high, ordered.
# Why it matters: methods that look at the dtype see a nominal column of 70 levels for the age; codes for the answer are
#   another order than the file's own, which says 1, 2, 3; a table looks different by the program that saved it.
# Source: pandas/io/spss.py passes apply_value_formats only; pyreadstat puts the words in the numbers' place and makes a
#   category of them. That the file is ordinal stands in its variable_measure.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pyreadstat==1.3.7 pandas==2.3.3 numpy==2.2.6
ROOM="$room" "$room/venv/bin/python" -W ignore - <<'PYTHON'
import os
import sys

import pandas as pd
import pyreadstat

print("pandas", pd.__version__, "pyreadstat", pyreadstat.__version__)
table = pd.DataFrame({"age": [25.0, 30.0, 98.0, 41.0, 99.0], "answer": [1.0, 2.0, 3.0, 2.0, 1.0]})
labels = {
    "age": {98: "refused", 99: "unknown"},
    "answer": {0: "never asked", 1: "low", 2: "mid", 3: "high"},
}
measure = {"age": "scale", "answer": "ordinal"}
name = os.path.join(os.environ["ROOM"], "table")
pyreadstat.write_sav(table, name + ".sav", variable_value_labels=labels, variable_measure=measure)
pyreadstat.write_dta(table, name + ".dta", variable_value_labels=labels)
spss, stata = pd.read_spss(name + ".sav"), pd.read_stata(name + ".dta")
for kind, rows in (("spss", spss), ("stata", stata)):
    for column in rows:
        dtype = rows[column].dtype
        print(f"{kind}, {column}: ordered {dtype.ordered}, {list(dtype.categories)}, codes {rows[column].cat.codes.tolist()}")
print("the file says", pyreadstat.read_sav(name + ".sav", metadataonly=True)[1].variable_measure)
same = list(spss.age.dtype.categories) == [25.0, 30.0, 41.0, "refused", "unknown"]
same &= list(spss.answer.dtype.categories) == ["high", "low", "mid"] and not spss.answer.dtype.ordered
same &= bool(stata.answer.dtype.ordered) and list(stata.answer.dtype.categories)[-3:] == ["low", "mid", "high"]
sys.exit(0 if same else "this has changed, expected words among the ages and an unordered answer")
PYTHON
