#!/usr/bin/env bash
# Guess: IterativeCondGFormula of zEpid, asked for the risk "had everybody followed this plan" in a part of a table,
#   table[table["female"] == 1], takes the rows of that part as they are, or refuses them.
# Seen: the plan reaches only rows whose label is below the number of rows: of every other row of a table in the order
#   of its first measurement, the first half. The risks under no treatment and under treatment are .21 and .05, and
#   after reset_index(drop=True), on the same rows, .41 and .18. Where the part is the last rows of the table, both are
#   "not a number".
# Why it matters: a subgroup is where such labels come from; the answer is a risk like any other, of the part's first
#   rows, and at the earlier times what really happened is put in the place of what the plan would have brought.
# Source: fit in zepid/causal/gformula/TimeVary.py, df[treat_plan] = pd.DataFrame(treatment), matched by label.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile zepid==0.9.1 statsmodels==0.15.0 pandas==2.3.3 numpy==2.4.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from zepid.causal.gformula import IterativeCondGFormula

print("zepid", version("zepid"))
rng = np.random.default_rng(0)
rows = 4000


def drawn(logit):
    return (rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(int)


first = np.sort(rng.normal(size=rows))
a1 = drawn(first)
y1 = drawn(first - a1 - 2)
second = first + a1 / 2 + rng.normal(size=rows)
a2 = drawn(second)
y2 = np.where(y1 == 1, np.nan, drawn(second - a1 - a2 - 1))
table = pd.DataFrame({"l1": first, "a1": a1, "y1": y1, "l2": second, "a2": a2, "y2": y2})
table["female"] = np.arange(rows) % 2


def risks(part):
    model = IterativeCondGFormula(part, exposures=["a1", "a2"], outcomes=["y1", "y2"])
    model.outcome_model(models=["a1 + l1", "a2 + a1 + l2"], print_results=False)
    found = []
    for plan in ([0, 0], [1, 1]):
        model.fit(treatments=plan)
        found.append(round(float(model.marginal_outcome), 2))
    return found


women = table[table["female"] == 1]
seen = {"women": risks(women), "women, labelled anew": risks(women.reset_index(drop=True))}
seen["the last rows"] = risks(table[table["l1"] > 0])
for name, found in seen.items():
    print(f"{name}: risk never treated {found[0]}, always treated {found[1]}")
as_they_are, anew, last = (np.array(found) for found in seen.values())
same = np.all(anew - as_they_are > 0.1) and np.isnan(last).all()
sys.exit(0 if same else "this has changed, expected smaller risks before the rows are labelled anew, and no number")
PYTHON
