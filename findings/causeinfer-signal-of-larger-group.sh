#!/usr/bin/env bash
# Guess: signal_to_noise of causeinfer, "the difference in treatment and control response to the control response", is
#   near 0 where the treatment does nothing, whatever share of the persons was treated.
# Seen: 1.00 with two thirds treated, and -.50 with one third, for an outcome that does not depend on the treatment; the
#   shares who respond differ by 2% at most. With halves it is .01. It is the NUMBERS of those who respond that are
#   compared, so that the size of the groups is what is measured. With a treatment that adds a fifth, given to one
#   third, it is -.41.
# Why it matters: "values close to 0 imply that CI would have little benefit over predictive modeling" is how the
#   documentation has it read; the public data sets of uplift are split one to two (Hillstrom) and 15 to 85 (Criteo).
# Source: y_treatment_sum and y_control_sum in signal_to_noise of causeinfer/evaluation.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile seaborn==0.13.2 tqdm==4.67.1 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps causeinfer==1.0.2
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from causeinfer.evaluation import signal_to_noise

print("causeinfer", version("causeinfer"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
seen = {}
for share, gain in ((2 / 3, 0), (1 / 2, 0), (1 / 3, 0), (1 / 3, 0.2)):
    treated = (rng.random(40000) < share).astype(int)
    bought = (rng.random(40000) < 0.4 * (1 + gain * treated)).astype(int)
    ratio = bought[treated == 1].mean() / bought[treated == 0].mean() - 1
    seen[share, gain] = float(signal_to_noise(bought, treated)), float(ratio)
    print("{:.0%} treated: signal to noise {:.2f}, by shares {:.2f}".format(share, *seen[share, gain]))
same = seen[2 / 3, 0][0] > 0.9 and seen[1 / 3, 0][0] < -0.45 and abs(seen[1 / 2, 0][0]) < 0.05
same &= seen[1 / 3, 0.2][0] < -0.35 and seen[1 / 3, 0.2][1] > 0.15
sys.exit(0 if same else "this has changed, expected the size of the groups in the ratio")
PYTHON
