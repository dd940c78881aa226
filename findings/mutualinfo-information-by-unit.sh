#!/usr/bin/env bash
# Guess: mutual_information of the package mutual-info, by nearest neighbours, is the same in any unit of a column: the
#   information of two columns does not know units.
# Seen: for 1,000 rows with .35 nats by theory it is .36 where both columns have spreads near 1, .17 with one divided by
#   100, and -1.2 and -.4 with one divided or multiplied by 1,000: below 0, which information never is. The sum of three
#   estimated entropies needs neighbours of a like size in all columns; in other units the nearest neighbour in both is
#   that in the column of the large numbers. Shuffled columns come out the same way, so that .17 is "more" than -.1.
# Why it matters: income in dollars beside a rate is a factor of 100,000. Rankings of columns by information with the
#   outcome are rankings by unit. Columns must be scaled beforehand.
# Source: mutual_information and entropy in mutual_info/mutual_info.py, nearest_distances of all columns together.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile scikit-learn==1.7.2 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps mutual-info==0.31
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from mutual_info.mutual_info import mutual_information

print("mutual-info", version("mutual-info"), "scikit-learn", version("scikit-learn"))
rng = np.random.default_rng(0)
x = rng.normal(size=(1000, 1))
y = x + rng.normal(size=(1000, 1))
shuffled = rng.permutation(x)
print(f"by theory {0.5 * np.log(2):.2f} and 0")
seen = {}
for factor in (0.001, 0.01, 1, 1000):
    seen[factor] = mutual_information((factor * x, y), k=3), mutual_information((factor * shuffled, y), k=3)
    print(f"x times {factor:g}: {seen[factor][0]:.2f}; shuffled {seen[factor][1]:.2f}")
same = abs(seen[1][0] - 0.35) < 0.1 and seen[0.01][0] < 0.25 and max(seen[0.001][0], seen[1000][0]) < -0.2
sys.exit(0 if same else "this has changed, expected information by the unit")
PYTHON
