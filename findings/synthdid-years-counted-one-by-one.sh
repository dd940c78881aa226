#!/usr/bin/env bash
# Guess: synthdid, synthetic differences in differences of a panel, gives one effect for a panel whose waves are
#   numbered 1 to 12 and for the same panel with the years of the waves, one every two years.
# Seen: an effect of 2.9, where 3.0 is true, becomes 1.6 with the years. The number of waves after treatment is taken to
#   be the last year minus the first treated one plus one: seven instead of four, so that three waves before treatment
#   count as treated. So it is for synth=True and did=True, too. The table of results says T0 5 and T1 7, not 8 and 4.
# Why it matters: surveys every other year, election years, quarters written as 20151 to 20174: all of them are panels
#   with gaps between their numbers; the effect shrinks towards 0, and nothing is said.
# Source: fit in synthdid/sdid.py, T1 = max(time) - time_eval + 1. The package pins a pandas of 2023 and is installed
#   without its pins here.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pandas==2.3.3 numpy==2.2.6 scipy==1.16.3 matplotlib==3.11.2 \
  statsmodels==0.14.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps synthdid==0.10.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from synthdid.synthdid import Synthdid

print("synthdid", version("synthdid"), "pandas", version("pandas"))
rng = np.random.default_rng(0)
treated = np.zeros((40, 12), dtype=int)
treated[:8, 8:] = 1
units, waves = rng.normal(size=(40, 1)), np.cumsum(rng.normal(0.5, 0.5, size=12))
outcome = 10 + units + waves + rng.normal(scale=0.3, size=(40, 12)) + 3 * treated
seen = {}
for name, times in (("waves 1 to 12", np.arange(1, 13)), ("years 2000 to 2022", np.arange(2000, 2024, 2))):
    panel = pd.DataFrame({"unit": np.repeat([f"u{number:02d}" for number in range(40)], 12)})
    panel = panel.assign(time=np.tile(times, 40), outcome=outcome.ravel(), treatment=treated.ravel())
    fits = [Synthdid(panel).fit(**settings) for settings in ({}, {"synth": True}, {"did": True})]
    table = fits[0].att_info.iloc[0]
    seen[times[0]] = [float(fit.att) for fit in fits] + [int(table["T0"]), int(table["T1"])]
    effects = ", ".join(f"{effect:.1f}" for effect in seen[times[0]][:3])
    print(f"{name}: {effects}; {table['T0']:.0f} waves before treatment, {table['T1']:.0f} after")
same = max(abs(effect - 3) for effect in seen[1][:3]) < 0.4 and seen[1][3:] == [8, 4]
same &= max(seen[2000][:3]) < 2 and seen[2000][3:] == [5, 7]
sys.exit(0 if same else "this has changed, expected half of the effect with a wave every two years")
PYTHON
