#!/usr/bin/env bash
# Guess: psm of causalmatch gives the same effect for the rows of a table in any order; a shuffled table has the same
#   persons.
# Seen: 1.0 as read, where 1 is true, and 3.2 after a shuffle. The pairs then have 66% treated among those called
#   treated and 65% among those called controls: persons are found by their labels and fetched by their place. With
#   reset_index first the effect is 1.0 again. The columns treated_treat and treated_control of the pairs show it.
# Why it matters: sort_values, sample and a choice of rows leave such labels; the balance is then about perfect, both
#   groups being mixtures, and the effect is that of a comparison without any matching.
# Source: data_ps[data_ps[T] == 1].index, then iloc[treated_indices, :] and p_score_val[treated_indices], in psm of
#   causalmatch/matching/match_core/psm.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile scikit-learn==1.7.2 statsmodels==0.14.6 scipy==1.16.3 \
  pandas==2.3.3 numpy==2.2.6 tqdm==4.67.1
"$room/venv/bin/pip" install --quiet --no-compile --no-deps causalmatch==0.0.7 # its boosters are not needed here
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from causalmatch.matching.match_core.model import matching

print("causalmatch", version("causalmatch"), "pandas", version("pandas"))
rng = np.random.default_rng(0)
x = rng.normal(size=4000)
treated = (rng.random(4000) < 1 / (1 + np.exp(-1.5 * x - 1))).astype(int)
table = pd.DataFrame({"person": np.arange(4000), "treated": treated, "x": x})
table["y"] = 2 * x + treated + 0.5 * rng.normal(size=4000)
shuffled = table.sample(frac=1, random_state=0)
seen = {}
for name, rows in (("as read", table), ("shuffled", shuffled), ("shuffled, reset", shuffled.reset_index(drop=True))):
    matches = matching(data=rows.copy(), T="treated", X=["x"], y=["y"], id="person")
    matches.psm(caliper=0.05)
    pairs = matches.df_out_final
    shares = float(pairs["treated_treat"].mean()), float(pairs["treated_control"].mean())
    seen[name] = float(matches.ate()["ate"].iloc[0]), *shares
    print("{}: effect {:.2f}, treated among the 'treated' {:.2f}, among the 'controls' {:.2f}".format(name, *seen[name]))
same = all(abs(seen[name][0] - 1) < 0.1 and seen[name][1:] == (1, 0) for name in ("as read", "shuffled, reset"))
same &= seen["shuffled"][0] > 2.5 and seen["shuffled"][1] < 0.75 and seen["shuffled"][2] > 0.5
sys.exit(0 if same else "this has changed, expected treated by label in a shuffled table")
PYTHON
