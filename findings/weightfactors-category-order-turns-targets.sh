#!/usr/bin/env bash
# Guess: GeneralizedRaker of weightfactors, which rakes a survey to shares of a population given by name, meets them by
#   name whether a column holds text or a category with an order (young, middle, old).
# Seen: with text, 60%, 30% and 10% as asked. With the category, made of the same words, young get the 10% of the old,
#   and the old the 60% of the young; success is True, and no error or warning is given. The columns of the design
#   come in the order of the categories, the targets beside them in that of the alphabet, here middle, old, young.
# Why it matters: age groups, schooling and answers from "never" to "often" are read as ordered categories, by pandas
#   from Parquet, Stata and SPSS among others; the weights are then those of another population, with an average of 1
#   and a loss of 0.
# Source: get_dummies in create_design_matrix and sorted(counts.items()) in create_target_vector, of
#   weightfactors/raking/generalized_raker.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile weightfactors==0.0.11 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import pandas as pd
from weightfactors import GeneralizedRaker

print("weightfactors", version("weightfactors"), "pandas", version("pandas"))
words = pd.Series(["young"] * 40 + ["middle"] * 30 + ["old"] * 30)
ordered = words.astype(pd.CategoricalDtype(["young", "middle", "old"], ordered=True))
asked = {"young": 0.6, "middle": 0.3, "old": 0.1}
seen = {}
for name, column in (("text", words), ("category", ordered)):
    raker = GeneralizedRaker({"age": asked})
    weights = pd.Series(raker.rake(pd.DataFrame({"age": column})))
    shares = (weights.groupby(words).sum() / weights.sum()).round(3)
    seen[name] = {age: float(shares[age]) for age in asked}, raker.success
    print(f"{name}: asked {asked}, weighted shares {seen[name][0]}, success {raker.success}")
same = seen["text"] == (asked, True)
same &= seen["category"][1] and seen["category"][0] == {"young": 0.3, "middle": 0.1, "old": 0.6}
sys.exit(0 if same else "this has changed, expected targets in the order of the alphabet")
PYTHON
