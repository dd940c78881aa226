#!/usr/bin/env bash
# Guess: spearman of statinf is about 0 for two columns of answers that have nothing to do with each other, and
#   pearson is 1 at most.
# Seen: for 2,000 rows of independent columns a rank correlation of .24 of two yes or no answers, .13 of two that one
#   in ten has, and .04 of five grades, where scipy has .02, -.03 and .01; measured columns without ties agree.
#   pearson of ten rows on a line is 1.11.
# Why it matters: answers in few levels are associated with each other whatever they are, the more the fewer the
#   levels, and a correlation above 1 breaks what is computed from it.
# Source: rankdata in statinf/data/ProcessData.py gives all ties the lowest of their ranks, and spearman, in
#   statinf/stats/descriptive.py, uses the formula for ranks without ties; pearson divides a covariance of n - 1 by
#   deviations of n.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile scipy==1.16.3 pandas==2.3.3 numpy==1.26.4
"$room/venv/bin/pip" install --quiet --no-compile --no-deps statinf==1.3.0 # its plots are not needed here
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

from unittest.mock import MagicMock

import numpy as np
from scipy.stats import spearmanr

others = ("matplotlib", "matplotlib.pyplot", "statinf.ml", "statinf.ml.initializations", "statinf.ml.activations")
sys.modules.update({name: MagicMock() for name in others})
from statinf import stats

print("statinf", version("statinf"), "scipy", version("scipy"))
seen = {}
for name, levels, shares in (("yes or no", 2, [0.5, 0.5]), ("one of ten", 2, [0.9, 0.1]), ("five grades", 5, [0.2] * 5),
                             ("measured", None, None)):
    rng = np.random.default_rng(0)
    if levels:
        x, y = rng.choice(levels, p=shares, size=(2, 2000))
    else:
        x, y = rng.normal(size=(2, 2000))
    seen[name] = float(stats.spearman(x, y)), float(spearmanr(x, y).statistic)
    print("{}: spearman {:.3f}, scipy {:.3f}".format(name, *seen[name]))
ten = np.arange(10.0)
line = float(stats.pearson(ten, 2 * ten))
print(f"ten rows on a line: pearson {line:.3f}")
same = abs(seen["yes or no"][0] - 0.25) < 0.05 and seen["one of ten"][0] > 0.03 and abs(seen["measured"][0]) < 0.1
same &= all(abs(found[1]) < 0.1 for found in seen.values()) and abs(line - 10 / 9) < 1e-9
sys.exit(0 if same else "this has changed, expected ties that correlate")
PYTHON
