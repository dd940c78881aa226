#!/usr/bin/env bash
# Guess: units that dame-flame matches without dropping a covariate have the same values in all of them, with codes of
#   -1, 0 and 1 as with 0, 1 and 2: "integers" is all that is asked of covariates.
# Seen: of nine combinations of two such columns two pairs share a group: (-1, 0) with (1, -1), and (-1, 1) with (1, 0).
#   A row is turned into one number, with the columns for its digits and the largest value plus one for their base,
#   which tells rows apart where digits are 0 and above. With 1 added to both columns there are nine groups.
# Why it matters: -1 for "unknown", or for less where 1 is more, is a usual code; who has the one and who has the
#   other then count as exact matches, before any covariate is dropped, and the table that comes back gives to each
#   group the values of its first row.
# Source: match_ng in dame_flame/flame_group_by.py and algo2_GroupedMR in grouped_mr.py, max(df_all[x]) + 1.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile dame-flame==0.81 scikit-learn==1.9.1 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from dame_flame.matching import FLAME

print("dame-flame", version("dame-flame"), "scikit-learn", version("scikit-learn"))
rng = np.random.default_rng(0)
table = pd.DataFrame({"pain": rng.integers(-1, 2, 2000), "mood": rng.integers(-1, 2, 2000)})
table["treated"] = rng.integers(0, 2, 2000)
table["outcome"] = 5 * table["pain"] - 5 * table["mood"] + table["treated"] + rng.normal(size=2000)
seen = {}
for name, shift in (("-1, 0, 1", 0), ("0, 1, 2", 1)):
    codes = table.assign(pain=table["pain"] + shift, mood=table["mood"] + shift)
    model = FLAME(verbose=0, early_stop_iterations=1)
    model.fit(holdout_data=codes.copy())
    with contextlib.redirect_stdout(io.StringIO()):
        matched = model.predict(codes.copy())
    pairs = codes[["pain", "mood"]]
    kinds = [pairs.loc[group].drop_duplicates().to_numpy().tolist() for group in model.units_per_group]
    mixed = sorted(sorted(kind) for kind in kinds if len(kind) > 1)
    seen[shift] = len(kinds), mixed, bool((matched == "*").any().any())
    print(f"codes {name}: {len(kinds)} groups, nothing dropped; of more than one combination: {mixed}")
shared = [[[-1, 0], [1, -1]], [[-1, 1], [1, 0]]]
same = seen[0] == (7, shared, False) and seen[1] == (9, [], False)
sys.exit(0 if same else "this has changed, expected two groups of different units with codes below 0")
PYTHON
