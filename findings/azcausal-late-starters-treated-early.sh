#!/usr/bin/env bash
# Guess: DID of azcausal, given an intervention column that turns to 1 in another year for each unit, counts each unit
#   from its own start, as the column says, or refuses a staggered start.
# Seen: from the first start of anybody. Of ten treated units five begin in 2006 and five in 2010; an effect of 3 in
#   every treated year comes out as 2.0, since the late ones' four years without treatment are averaged in. The
#   cumulative effect multiplies that 2.0 by the 40 cells that are marked as treated, and says 80 instead of 120. SDID
#   and the DID for data frames do the same.
# Why it matters: the estimate has a name, ATT, a scale and a total that are those of the marked cells, and a mean
#   that is of others; both numbers are too small as if the treatment were weak. EventStudy of the package does read
#   each unit's start.
# Source: post in azcausal/core/panel.py, "at least one unit is treated", and reload in core/frame.py, the time of the
#   first intervention.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile azcausal==0.2.5 linearmodels==7.1 statsmodels==0.15.0 pandas==2.3.3 \
  scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from azcausal.core.frame import CausalDataFrame
from azcausal.estimators.did import DID as FrameDID
from azcausal.estimators.event_study import EventStudy
from azcausal.estimators.panel.did import DID
from azcausal.estimators.panel.sdid import SDID

print("azcausal", version("azcausal"), "pandas", version("pandas"))
rng = np.random.default_rng(0)
starts = {unit: 2006 if unit < 5 else 2010 for unit in range(10)}
rows = []
for unit in range(40):
    level = rng.normal()
    for year in range(2000, 2012):
        treated = int(year >= starts.get(unit, 9999))
        rows.append((unit, year, level + 0.5 * year + 3 * treated + 0.3 * rng.normal(), treated))
frame = CausalDataFrame(pd.DataFrame(rows, columns=["unit", "time", "outcome", "intervention"])).setup()
panel = frame.to_panel(["outcome", "intervention"])
seen = {}
for name, estimator, data in (
    ("DID", DID(), panel),
    ("SDID", SDID(), panel),
    ("DID of frames", FrameDID(), frame),
    ("EventStudy", EventStudy(), frame),
):
    effect = estimator.fit(data).effect
    seen[name] = float(effect.value), float(effect.value * effect.scale)
    print(f"{name}: effect {seen[name][0]:.1f}, times {effect.scale} cells {seen[name][1]:.0f}; true 3.0 and 120")
same = all(abs(seen[name][0] - 2) < 0.2 for name in ("DID", "SDID", "DID of frames"))
same &= abs(seen["DID"][1] - 80) < 8 and abs(seen["EventStudy"][0] - 3) < 0.3
sys.exit(0 if same else "this has changed, expected the years before a late start to count as treated")
PYTHON
