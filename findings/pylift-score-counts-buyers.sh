#!/usr/bin/env bash
# Guess: UpliftEval of pylift with revenue as the outcome gives a score, Q_cgains, that is the area between its own
#   curve of cumulative gains and the straight line, as it is for an outcome of 0 and 1.
# Seen: the curve is that of the revenue, the score that of the number of buyers: .002, where the area under the curve,
#   with revenue, is .353. overall_lift is .007, where the treated spent 1.72 more on average. Persons who returned more
#   than they bought, below zero, leave the number of the treated altogether: 9,370 of 10,017 are counted.
# Why it matters: the treatment here changes what buyers spend, not how many there are, so that a model that ranks them
#   well has a score of about zero; a model chosen by the score is chosen for another outcome than the one in the plot.
#   That the MAXIMAL curves are for 0 and 1 is documented.
# Source: outcome > 0 and outcome == 0 in _get_counts, and y_ordered[i] > 0 in get_scores, of pylift/eval.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile xgboost-cpu==3.2.0 scikit-optimize==0.10.2 scikit-learn==1.7.2 \
  matplotlib==3.10.7 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps pylift==0.1.5 # it asks for xgboost with libraries for GPUs
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from pylift.eval import UpliftEval

print("pylift", version("pylift"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
treated = rng.integers(0, 2, 20000)
score = rng.random(20000)
bought = rng.random(20000) < 0.2
spent = np.where(bought, np.where(rng.random(20000) < 0.1 + 0.2 * treated * score, 100.0, 5.0), 0.0)
returned = np.where(rng.random(20000) < 0.3, -spent, spent)
seen = {}
for name, outcome in (("bought", bought.astype(float)), ("spent", spent), ("spent, some returned", returned)):
    found = UpliftEval(treated, outcome, score)
    area = np.trapezoid(found.cgains_y, found.cgains_x) - found.cgains_y[-1] / 2
    lift = outcome[treated == 1].mean() - outcome[treated == 0].mean()
    seen[name] = float(found.Q_cgains), float(area), float(found.overall_lift), float(lift), float(found.N_treat)
    words = "score {:.3f}, area under the curve {:.3f}, lift {:.3f} for {:.3f}, treated counted {:.0f}"
    print(f"{name}:", words.format(*seen[name]))
bought, spent, returned = seen.values()
same = abs(bought[0] - bought[1]) < 0.001 and spent[0] == bought[0] and spent[1] > 0.2
same &= spent[2] < 0.05 < 1 < spent[3] and returned[4] < 0.96 * bought[4]
sys.exit(0 if same else "this has changed, expected a score that counts buyers")
PYTHON
