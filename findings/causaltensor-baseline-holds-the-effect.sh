#!/usr/bin/env bash
# Guess: the matrix that DID of causaltensor gives beside the effect, "the baseline outcome (i.e, the outcome without
#   treatment and noise)", is what treated cells would have had: what was observed minus it is the effect, 3.
# Seen: 0.0 in the mean of the treated cells. The effect is in the matrix: levels of units and years plus the effect
#   where there is treatment. In the older release 0.1.8 the same call gives the levels alone, and 3.0 for the
#   difference. SDID of the new release still gives the levels alone.
# Why it matters: this matrix is drawn as the counterfactual beside what was observed; both lines then lie on one
#   another after treatment, and effects by unit or by year, taken as differences, are noise around zero.
# Source: fitted_value = a + b.T + np.sum(res.beta * self.X, axis=2) in causaltensor/cauest/panel_solver.py, handed to
#   baseline= in DID.py; the text is from result.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causaltensor==0.1.12 cvxpy==1.7.5 scipy==1.16.3 numpy==1.26.4
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from causaltensor.cauest.DID import DID
from causaltensor.cauest.SDID import SDIDPanelSolver

print("causaltensor", version("causaltensor"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
treated = np.zeros((40, 20))
treated[:10, 12:] = 1
levels = 5 * rng.normal(size=(40, 1)) + np.linspace(0, 10, 20)
outcome = levels + 3 * treated + 0.5 * rng.normal(size=(40, 20))
baseline, effect = DID(outcome, treated)
synthetic = SDIDPanelSolver(treated, outcome).fit()
cells = treated == 1
seen = {}
for name, matrix, value in (("DID", baseline, effect), ("SDID", synthetic.baseline, synthetic.tau)):
    seen[name] = float(value), float((outcome - matrix)[cells].mean()), float((levels - matrix)[cells].mean())
    print("{}: effect {:.2f}; observed minus baseline {:.2f}, true levels minus it {:.2f}".format(name, *seen[name]))
same = abs(seen["DID"][0] - 3) < 0.15 and abs(seen["DID"][1]) < 1e-6 and abs(seen["DID"][2] + 3) < 0.3
same &= abs(seen["SDID"][1] - 3) < 0.3
sys.exit(0 if same else "this has changed, expected the baseline to hold the effect")
PYTHON
