#!/usr/bin/env bash
# Guess: the total effects of a VARLiNGAM bootstrap of lingam (get_total_causal_effects, total_effects_) are for each
#   lag what estimate_total_effect of the same class estimates: x acts on itself a step later with .8, on y a step
#   later with .7, so that x two steps ago has an effect of .56 on y.
# Seen: from x one step ago .70, from x two steps ago .00, where estimate_total_effect says .62: only the direct edge
#   over two steps is counted, which is not there. What goes over the step between is left out, for that has no row in
#   the matrix of edges: effects after the first lag lack all that is passed on in time.
# Why it matters: "total" is what an effect is called that has all paths in it; a slow process looks as if it acted for
#   one step and then no more, with a median of 0 in all resamples. VARMALiNGAM pads its matrix in the same way.
# Source: estimate_total_effect2 in lingam/var_lingam.py pads the matrix with rows of zeros for the past.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile lingam==1.13.0 numpy==2.2.6 pandas==2.3.3 scipy==1.13.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import lingam
import numpy as np

print("lingam", version("lingam"))
np.random.seed(0)
rng = np.random.default_rng(0)
noise = rng.uniform(-1, 1, size=(2000, 2))
series = np.zeros((2000, 2))
for step in range(1, 2000):
    x = series[step - 1, 0]
    series[step] = np.array([0.8 * x, 0.7 * x]) + noise[step]
model = lingam.VARLiNGAM(lags=2, criterion=None, random_state=0)
model.fit(series)
regression = [float(model.estimate_total_effect(series, 0, 1, from_lag=lag)) for lag in (1, 2)]
result = model.bootstrap(series, 20)
resampled = [float(np.median(result.total_effects_[:, 1, 2 * lag])) for lag in (1, 2)]
for lag, true, one, other in zip((1, 2), (0.7, 0.56), regression, resampled, strict=True):
    print(f"x on y {lag} steps later: true {true}, estimate_total_effect {one:.2f}, bootstrap {other:.2f}")
same = abs(resampled[0] - 0.7) < 0.1 and regression[1] > 0.45 and abs(resampled[1]) < 0.1
sys.exit(0 if same else "this has changed, expected no effect after two steps from the bootstrap")
PYTHON
