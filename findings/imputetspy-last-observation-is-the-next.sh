#!/usr/bin/env bash
# Guess: locf of imputetspy, last observation carried forward, fills a gap with the value before it, as ffill of pandas
#   does, and nocb, next observation carried backward, with the value after it, as bfill does.
# Seen: in 1, 2, gap, gap, 10, 11, gap locf puts 10 in the gaps inside, the value after them, and leaves the last one;
#   it is bfill. nocb is neither: it puts 1 in every gap, the first value of the series, however long ago that was.
# Why it matters: a value carried forward is what was known on that day. What is filled in by locf here is from the
#   future, so that a lag, a forecast or an effect of yesterday's value on today's is partly of today's on yesterday's.
# Source: n_int > i in locf, and the least of n_int < i in nocb, of imputetspy/main.py; the text of both describes the
#   row before.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile --no-deps imputetspy==0.1.4 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6 \
  matplotlib==3.10.7 python-dateutil==2.9.0.post0 pytz==2025.2 six==1.17.0
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from imputetspy import locf, nocb

print("imputetspy", version("imputetspy"), "pandas", version("pandas"))
series = np.array([1, 2, np.nan, np.nan, 10, 11, np.nan])
forward, backward = pd.Series(series).ffill(), pd.Series(series).bfill()
last, following = locf(series, na_remaining="keep"), nocb(series, na_remaining="keep")
for name, values in (("ffill", forward), ("locf", last), ("bfill", backward), ("nocb", following)):
    print(f"{name}: {[float(value) for value in values]}")
same = np.array_equal(last, backward, equal_nan=True) and following.tolist() == [1, 2, 1, 1, 10, 11, 1]
sys.exit(0 if same else "this has changed, expected locf to be bfill and nocb the first value")
PYTHON
