#!/usr/bin/env bash
# Guess: GaussianInference of pybbn, from means and covariances, has those means before any observation and after one
#   the conditional means: height 170 and weight 70 with a slope of .8, height seen 180, expected weight 78.
# Seen: before it has -170 and -70, and after it -62: minus the mean plus the slope times the difference. The mean is
#   returned with its sign turned, and the update has its sign turned, so that both faults cancel where all means are
#   0. The variances are right.
# Why it matters: for standardized columns all is well, and so are examples; a table in its own units has means that
#   are wrong by twice their size, and samples of its margins with them. Subtract the means, and add them afterwards.
# Source: P and do_inferences in pybbn/gaussian/inference.py, (-v, self.E[i][i]) and m_Y - S_YZ.dot(S_ZZ).dot(z - m_Z).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile networkx==3.2.1 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps pybbn==3.2.3
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from pybbn.gaussian.inference import GaussianInference

print("pybbn", version("pybbn"), "numpy", version("numpy"))
covariance = np.array([[100.0, 80.0], [80.0, 100.0]])
seen = {}
for name, means in (("in units", np.array([170.0, 70.0])), ("minus the means", np.zeros(2))):
    model = GaussianInference(["height", "weight"], means, covariance)
    taller = model.do_inference("height", means[0] + 10)
    seen[name] = [float(model.P["height"][0]), float(model.P["weight"][0]), float(taller.P["weight"][0])]
    print(f"{name}: means given {means}, returned {seen[name][:2]}; weight given a height of 10 more:", end=" ")
    print(f"{seen[name][2]:.0f}, right {means[1] + 8:.0f}; variance {taller.P['weight'][1]:.0f}")
same = np.allclose(seen["in units"], [-170, -70, -62]) and np.allclose(seen["minus the means"], [0, 0, 8])
sys.exit(0 if same else "this has changed, expected means with their sign turned")
PYTHON
