#!/usr/bin/env bash
# Guess: coarsen of cem, coarsened exact matching, which is told the "name of the column containing the treatment
#   level", puts ages into bins and leaves the treatment as it is: doses 0, 1, 2 and 10 stay four arms.
# Seen: the dose is put into bins as well. With the number of bins that it chose, four, the doses 0, 1 and 2 are one
#   arm, "(-0.01, 2.5]", and 10 is the other: the effect of 1 against 0 is gone, and that of 10 is one against a
#   mixture of 0, 1 and 2, 9.3 instead of 10. The imbalance by which the bins are chosen is that of these two arms.
#   With the same doses as text all four stay, and each gets its own weights.
# Why it matters: doses are seldom at even distances; match, the next step, takes the bins for the arms and weights
#   them without a word. columns=[...] with the covariates alone avoids it.
# Source: coarsen in cem/coarsen.py takes all numeric columns, the treatment's as well, where no columns are given.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile cem==1.1.0 pandas==2.3.3 numpy==1.26.4
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from cem.coarsen import coarsen
from cem.match import match

print("cem", version("cem"), "pandas", version("pandas"))
rng = np.random.default_rng(0)
age, dose = rng.normal(50, 10, 3000), rng.choice([0, 1, 2, 10], 3000, p=[0.4, 0.2, 0.2, 0.2])
outcome = pd.Series(0.1 * age + dose + rng.normal(size=3000))
table = pd.DataFrame({"age": age, "dose": dose})
seen = {}
for name, given in (("numbers", table), ("text", table.assign(dose=table.dose.map(str)))):
    with contextlib.redirect_stdout(io.StringIO()):
        coarse = coarsen(given, "dose")
    weights = match(coarse, "dose")
    means = {
        arm: np.average(outcome.loc[rows.index], weights=weights.loc[rows.index])
        for arm, rows in coarse.groupby(coarse.dose.astype(str))
    }
    seen[name] = means
    print(f"doses as {name}:", ", ".join(f"{arm} has a mean of {mean:.1f}" for arm, mean in means.items()))
numbers, text = seen["numbers"], seen["text"]
largest = max(numbers.values()) - min(numbers.values())
print(f"10 against its controls: {largest:.1f} as numbers, {text['10'] - text['0']:.1f} as text")
same = len(numbers) == 2 and len(text) == 4 and abs(text["10"] - text["0"] - 10) < 0.3
same &= largest < 9.6
sys.exit(0 if same else "this has changed, expected the doses 0, 1 and 2 to become one arm")
PYTHON
