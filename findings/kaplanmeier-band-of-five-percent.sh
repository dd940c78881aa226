#!/usr/bin/env bash
# Guess: plot of kaplanmeier draws, with cii_alpha=0.05 as it is unless told otherwise, the 95% confidence interval of
#   each curve.
# Seen: for 30 patients of an arm a band .010 wide, where the 95% interval of lifelines is .321 and its 5% interval
#   .010: what is drawn covers the curve one time in twenty.
# Why it matters: two arms whose intervals overlap everywhere are drawn as two thin lines far apart; no one sees that
#   the rows are few.
# Source: kmf.fit(..., alpha=(1 - cii_alpha)) in plot of kaplanmeier/kaplanmeier.py, where the alpha of lifelines is
#   already the share outside.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile kaplanmeier==0.2.0 lifelines==0.30.0 seaborn==0.13.2 \
  matplotlib==3.10.7 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import matplotlib

matplotlib.use("Agg")
import kaplanmeier
import numpy as np
from lifelines import KaplanMeierFitter
from matplotlib.collections import PolyCollection

print("kaplanmeier", version("kaplanmeier"), "lifelines", version("lifelines"))
rng = np.random.default_rng(0)
times = rng.exponential(10, size=60).round(2)
died = (rng.random(60) < 0.7).astype(int)
arm = np.repeat(["new", "old"], 30)
figure, axes = kaplanmeier.plot(kaplanmeier.fit(times, died, arm, verbose=0), visible=False, verbose=0)
band = next(shape for shape in axes.collections if isinstance(shape, PolyCollection)).get_paths()[0].vertices
new = arm == "new"
at = 5.0
last = band[band[:, 0] <= at, 0].max()
edges = np.unique(band[band[:, 0] == last, 1].round(6))  # after the step, and before it
drawn = edges[1] - edges[0]
seen = {}
for share in (0.05, 0.95):
    fitted = KaplanMeierFitter(alpha=share).fit(times[new], died[new]).confidence_interval_survival_function_
    seen[share] = float(np.ptp(fitted.loc[:at].iloc[-1]))
print(f"width of the band of the new arm at time {at}: drawn {drawn:.3f}; lifelines, 95% interval {seen[0.05]:.3f}, "
      f"5% interval {seen[0.95]:.3f}")
same = drawn < 0.1 * seen[0.05] and abs(drawn - seen[0.95]) < 0.01
sys.exit(0 if same else "this has changed, expected a band of 5%")
PYTHON
