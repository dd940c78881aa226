#!/usr/bin/env bash
# Guess: MultivariateAmputation of pyampute makes gaps in an array of whole numbers, of answers from 0 to 9, as in the
#   same numbers with a decimal point: it returns decimal numbers with NaN in the gaps, or refuses.
# Seen: the array stays one of whole numbers and has no NaN. The chosen places hold the least number of 64 bits, about
#   -9 times 10 to the 18, which is what the processor makes of "not a number"; another one may make 0 of it. NumPy
#   warns of an "invalid value encountered in cast". A DataFrame of the same numbers gets its NaN.
# Why it matters: np.isnan finds no gaps, an imputer has nothing to do, and means, or a model, are those of numbers that
#   nobody gave.
# Source: fit_transform in pyampute/ampute.py puts NaN into a copy of the array that it was given.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pyampute==0.0.3 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import logging
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from pyampute.ampute import MultivariateAmputation

logging.disable(logging.WARNING)
print("pyampute", version("pyampute"), "numpy", version("numpy"))
answers = np.random.default_rng(0).integers(0, 10, (200, 3))
tables = {"whole numbers": answers, "decimal numbers": answers.astype(float), "DataFrame": pd.DataFrame(answers)}
seen = {}
for name, table in tables.items():
    pattern = {"incomplete_vars": np.array([0]), "mechanism": "MAR"}
    gaps = np.asarray(MultivariateAmputation(prop=0.4, patterns=[pattern], seed=1).fit_transform(table))
    seen[name] = gaps.dtype.kind, int(np.isnan(gaps).sum()), int((gaps[:, 0] != answers[:, 0]).sum())
    mean = np.nanmean(gaps[:, 0])
    print(f"{name}: {gaps.dtype}, {seen[name][1]} NaN, {seen[name][2]} values changed, mean {mean:.3g}")
same = seen["whole numbers"][:2] == ("i", 0) and seen["whole numbers"][2] > 60
same &= all(seen[name][0] == "f" and seen[name][1] > 60 for name in ("decimal numbers", "DataFrame"))
sys.exit(0 if same else "this has changed, expected no NaN in an array of whole numbers")
PYTHON
