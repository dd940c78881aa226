#!/usr/bin/env bash
# Guess: mmhc codes each column of a table by its levels ("columns are auto-encoded to 0-indexed integers"), so that the
#   doses 0, .5 and 1 are three levels.
# Seen: numbers are cut to whole ones. The doses 0 and .5 are one level, and a dose of .5 that takes the illness from
#   90% to 20% of 2,000 people has no edge to it; the same doses doubled, or as text, have one. Of 0, .5 and 1 the
#   first two are joined. A rate or a share, between 0 and 1 everywhere, is a column without any variation.
# Why it matters: doses, grades with halves and scores are the ordered levels of such tables. No warning, since a column
#   of one level is independent of all others with p = 1.
# Source: _prepare_data in mmhc/mmhc.py, vals.astype(np.int64) for all but text and categories; docstring of fit.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile numba==0.68.1 pandas==2.3.3 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps mmhc==2.0.0
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from mmhc import MMHC, MMHCConfig

print("mmhc", version("mmhc"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
seen = {}
for levels in ((0, 0.5), (0, 0.5, 1)):
    dose = rng.choice(levels, 2000)
    ill = (rng.random(2000) < np.where(dose > 0, 0.2, 0.9)).astype(int)
    for name, column in (("as they are", dose), ("doubled", 2 * dose), ("as text", dose.astype(str))):
        found = MMHC(MMHCConfig(random_seed=0)).fit(pd.DataFrame({"dose": column, "ill": ill}))
        number = len(np.unique(MMHC._prepare_data(pd.DataFrame({"dose": column}))[0]))
        seen[levels, name] = int(found.adjacency_matrix.sum()), number
        print(f"doses {levels}, {name}: {number} levels, {seen[levels, name][0]} edges")
same = [seen[(0, 0.5), name] for name in ("as they are", "doubled", "as text")] == [(0, 1), (1, 2), (1, 2)]
same &= [seen[(0, 0.5, 1), name] for name in ("as they are", "doubled", "as text")] == [(1, 2), (1, 3), (1, 3)]
sys.exit(0 if same else "this has changed, expected doses cut to whole numbers")
PYTHON
