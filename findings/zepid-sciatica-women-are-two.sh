#!/usr/bin/env bash
# Guess: in zEpid's table of the Sciatica Trial (load_sciatica_data) "male" is what its documentation says, "1 is male,
#   0 is female", and the scores stay within their scales (pain from 0 to 100, Roland from 0 to 23).
# Seen: male is 1 or 2 and never 0. By their heights the 1s are men, 184 centimetres, and the 2s women, 169, so that the
#   column rises from man to woman. The heights are said to be in metres. Of 1,240 scores of pain vas2_t five are above
#   100, one of them 813, and three Roland scores are above 23.
# Why it matters: the slope of "male" has the sign of being a woman: below, -14 centimetres for being male. A selection
#   male == 0 is empty, and one value of 813 moves a mean of 22.
# Source: docstring of load_sciatica_data in zepid/datasets.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile zepid==0.9.1 statsmodels==0.15.0 pandas==2.3.3 numpy==2.4.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import numpy as np
import zepid

print("zepid", zepid.__version__)
rows = zepid.load_sciatica_data()
persons = rows.drop_duplicates("id")
print(persons.groupby("male")[["height", "weight"]].agg(["size", "mean"]).round(0))
slope = np.polyfit(persons.male, persons.height, 1)[0]
print(f"height by male: slope {slope:.1f}")
pain, roland = rows.vas2_t[rows.vas2_t > 100], rows.roland_t[rows.roland_t > 23]
print(f"pain above 100: {sorted(pain)}; Roland above 23: {sorted(roland)}")
print("described:", [line.strip() for line in zepid.load_sciatica_data.__doc__.splitlines() if "* male" in line])
same = set(rows.male) == {1, 2} and slope < -10 and len(pain) == 5 and pain.max() == 813
sys.exit(0 if same else "this has changed, expected 1 for men and 2 for women")
PYTHON
