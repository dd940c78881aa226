#!/usr/bin/env bash
# Guess: cem(break_points={"x": [-1, -0.5, 0, 0.5, 1]}) of causalmatch makes a bin of what is below -1 and another of
#   what is above 1: the documentation of break_points names the outer bins, from minus infinity and to infinity.
# Seen: both are in one bin, called "nan", so that -3.9 is matched with 3.3. Of 4,000 persons 1,297 are in it, and the
#   effect is 2.66 where 1 is true; with -10 and 10 added to the breaks it is 1.19.
# Why it matters: those at both ends are the most unlike, and the treated mostly at one of them; they count as exactly
#   matched. Every value is kept, the bins are full, and nothing is reported.
# Source: pd.cut(df_x[x], bins=break_points[x]) and astype(str) in bin_cut of causalmatch/matching/match_core/cem.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile scikit-learn==1.7.2 statsmodels==0.14.6 scipy==1.16.3 \
  pandas==2.3.3 numpy==2.2.6 tqdm==4.67.1
"$room/venv/bin/pip" install --quiet --no-compile --no-deps causalmatch==0.0.7 # its boosters are not needed here
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from causalmatch.matching.match_core.model import matching

print("causalmatch", version("causalmatch"), "pandas", version("pandas"))
rng = np.random.default_rng(0)
x = rng.normal(size=4000)
treated = (rng.random(4000) < 1 / (1 + np.exp(-1.5 * x))).astype(int)
table = pd.DataFrame({"person": np.arange(4000), "treated": treated, "x": x})
table["y"] = 2 * x + treated + 0.5 * rng.normal(size=4000)
seen = {}
for name, breaks in (("to 1", [-1, -0.5, 0, 0.5, 1]), ("to 10", [-10, -1, -0.5, 0, 0.5, 1, 10])):
    with contextlib.redirect_stdout(io.StringIO()):
        matches = matching(data=table.copy(), T="treated", X=["x"], y=["y"], id="person")
        matches.cem(break_points={"x": breaks})
        effect = float(matches.ate(use_weight=True)["ate"].iloc[0])
    beyond = matches.df_out_final.loc[matches.df_out_final["bin_id"] == "nan", "x"]
    seen[name] = effect, len(beyond), float(beyond.min()), float(beyond.max())
    print("breaks {}: effect {:.2f}, in the bin 'nan' {}, from {:.1f} to {:.1f}".format(name, *seen[name]))
same = seen["to 1"][0] > 2 and seen["to 1"][1] > 1000 and seen["to 1"][2] < -3 and seen["to 1"][3] > 3
same &= seen["to 10"][1] == 0 and seen["to 10"][0] < 1.3
sys.exit(0 if same else "this has changed, expected both ends in one bin")
PYTHON
