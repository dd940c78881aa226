#!/usr/bin/env bash
# Guess: mutual_information of skccm's Embed, by which one chooses the lag for convergent cross mapping, is the same for
#   a series in any unit.
# Seen: for a noisy wave of height 1 it falls from .88 at lag 1 to a minimum at lag 7. The same series divided by
#   100,000 has 0 at each lag, and divided by 10,000 a different curve. The bins go from the smallest value to the
#   largest plus .0001, whatever the unit, so that small values all lie in the first bin.
# Why it matters: concentrations in mol and currents in ampere are that small. The first minimum, which is the lag
#   to take, is then the first lag, and a series without any memory looks the same. Multiply such a series first.
# Source: mutual_information in skccm/skccm.py, np.max(self.X)+.0001.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile scikit-learn==1.7.2 pandas==2.3.3 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps skccm==0.2.dev0
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from skccm import Embed

print("skccm", version("skccm"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
wave = np.sin(np.arange(500) / 5) + 0.1 * rng.normal(size=500)
seen = {}
for factor in (1000, 1, 1e-4, 1e-5):
    seen[factor] = Embed(wave * factor).mutual_information(10)
    print(f"times {factor:g}: {seen[factor].round(2)}")
same = np.allclose(seen[1000], seen[1], atol=0.05) and seen[1].min() > 0.3 and seen[1e-5].max() < 1e-6
same &= np.abs(seen[1e-4] - seen[1]).max() > 0.05
sys.exit(0 if same else "this has changed, expected no information in small units")
PYTHON
