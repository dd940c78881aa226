#!/usr/bin/env bash
# Guess: em of impyute, "expectation maximization", fills a gap by what the other columns of its row say, as EM for a
#   normal distribution of several columns does; a column that is twice another one is filled with the double.
# Seen: the other columns are not used. With y = 2x and 100 of 500 values missing, what is filled in and the true
#   values have a correlation of -.04. Each gap gets a random draw from a normal distribution around the mean of its own
#   column; draws follow one another until one is LESS than a tenth above the draw before. The mean of what is
#   filled in is 18.3, of what was observed 19.8, with a standard deviation of 3.4 and 4.1.
# Why it matters: the name stands for a method that keeps how columns go together. Here a fifth of the rows are noise,
#   the regression slope of y on x falls from 2.00 to 1.61, and values are pulled towards the low end.
# Source: col = data[:, int(y_i)], and "if i > 5 and delta < 0.1", in impyute/imputation/cs/em.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile impyute==0.0.8 scikit-learn==1.2.2 scipy==1.10.1 numpy==1.23.5
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from impyute.imputation.cs import em, mice

print("impyute", version("impyute"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
x = rng.normal(10, 2, 500)
table = np.column_stack([x, 2 * x])
table[:100, 1] = np.nan
seen = {}
for name, method in (("em", em), ("mice", mice)):
    np.random.seed(0)
    filled = method(table)
    drawn = filled[:100, 1]
    slope = np.polyfit(filled[:, 0], filled[:, 1], 1)[0]
    seen[name] = float(np.corrcoef(drawn, 2 * x[:100])[0, 1]), float(slope), float(drawn.mean()), float(drawn.std())
    print("{}: correlation with the truth {:.2f}, slope {:.2f}, mean {:.1f}, deviation {:.1f}".format(name, *seen[name]))
observed = table[100:, 1]
print(f"observed: mean {observed.mean():.1f}, deviation {observed.std():.1f}")
same = abs(seen["em"][0]) < 0.2 and seen["em"][1] < 1.7 and seen["em"][2] < observed.mean() - 1
same &= seen["mice"][0] > 0.999 and abs(seen["mice"][1] - 2) < 0.01
sys.exit(0 if same else "this has changed, expected draws that do not look at the other column")
PYTHON
