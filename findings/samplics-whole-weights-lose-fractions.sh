#!/usr/bin/env bash
# Guess: SampleWeight of samplics poststratifies whole weights, such as 1 for each answer, as it does the same weights
#   written with a point.
# Seen: for 300 men and 700 women of a population of 1,490 and 1,510, 1,200 men and 1,400 women: every weight is cut
#   to 4 or 2, and 46% are men instead of 50%. With 1.0 for each answer the totals are met. Raking gives 2,600 of
#   3,000 persons, after its hundred rounds and without a word.
# Why it matters: a column of counts or of ones is whole numbers in every file; totals, shares and means are then
#   those of weights that were rounded down.
# Source: norm_weight = samp_weight.copy() in normalize of samplics/weighting/adjustment.py keeps the whole numbers of
#   the column, and what is written into it loses its fraction.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile samplics==0.6.1 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from samplics.weighting import SampleWeight

print("samplics", version("samplics"), "numpy", np.__version__)
sex = np.repeat(["man", "woman"], [300, 700])
county = np.tile(["east", "west"], 500)
weight = np.full(1000, 1)
known = {"man": 1490, "woman": 1510}
seen = {}
for name, column in (("whole", weight), ("with a point", weight.astype(float))):
    found = SampleWeight().poststratify(column, control=known, domain=sex)
    seen[name] = {key: float(found[sex == key].sum()) for key in known}
    share = found[sex == "man"].sum() / found.sum()
    print("poststratified, weights {}: {man:.0f} men and {woman:.0f} women of {} and {}; share of men {:.3f}".format(
        name, *known.values(), share, **seen[name]))
for name, column in (("whole", weight), ("with a point", weight.astype(float))):
    found = SampleWeight().rake(
        column, {"sex": sex, "county": county}, {"sex": known, "county": {"east": 1400, "west": 1600}})
    seen["raked " + name] = float(found.sum())
    print(f"raked, weights {name}: {found.sum():.0f} persons of 3000")
same = all(abs(seen["with a point"][key] - known[key]) < 0.01 for key in known)
same &= seen["whole"]["man"] < 1300 and seen["raked whole"] < 2900 and abs(seen["raked with a point"] - 3000) < 1
sys.exit(0 if same else "this has changed, expected weights that lose their fractions")
PYTHON
