#!/usr/bin/env bash
# Guess: load_acic16 of causallib gives potential outcomes "po" with po[0] for controls and po[1] for the treated, so
#   that the observed y is the one of the arm that a unit was in.
# Seen: y differs from it in every row, by 1 in standard deviation: po are the expected outcomes, without the noise
#   that the competition's files hold beside them. And po[0] is no column: the two are called "0" and "1", as text.
# Why it matters: a counterfactual scored against po carries noise in the factual arm only; an interval that covers po
#   covers a mean, not an outcome; a "counterfactual error" has a floor of 1 in one arm and of 0 in the other.
# Source: docstring of causallib.datasets.load_acic16; the raw=True tables keep y0, y1, mu0 and mu1.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causallib==0.10.0 numpy==2.4.6 pandas==2.3.3 scikit-learn==1.9.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from causallib.datasets import load_acic16

print("causallib", version("causallib"))
data = load_acic16(1)
own = np.where(data.a == 1, data.po["1"], data.po["0"])
difference = data.y - own
_, raw = load_acic16(1, raw=True)
seen = {
    "columns of po": list(data.po.columns),
    "rows where y is po of its arm": int((difference.abs() < 1e-6).sum()),
    "standard deviation of y minus po": round(float(difference.std()), 1),
    "po is mu": bool(np.allclose(data.po, raw[["mu0", "mu1"]])),
}
for what, value in seen.items():
    print(f"{what}: {value}")
expected = [["0", "1"], 0, 1.0, True]
sys.exit(0 if list(seen.values()) == expected else f"this has changed, expected {expected}")
PYTHON
