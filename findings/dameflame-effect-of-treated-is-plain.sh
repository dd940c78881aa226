#!/usr/bin/env bash
# Guess: ATT(model) of dame-flame gives the mean effect of the treated from the matched groups, as ATE gives that of
#   all: with one binary cause of treatment and outcome, on which all rows are matched exactly, both are near 1.
# Seen: 4.0, to twelve digits the plain difference of treated and others, of which 3 are confounding; ATE says 1.2. Each
#   control is weighted by the number of groups it is in, which is one for all who are matched exactly (and always
#   without repeats), and not by how many of the treated it stands for. So it is with DAME and FLAME.
# Why it matters: after an exact matching nothing looks left to adjust for; the answer about the treated is the one
#   that a table without any matching gives.
# Source: ATT in dame_flame/utils/post_processing.py, control_weights from groups_per_unit.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile dame-flame==0.81 scikit-learn==1.9.1 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from dame_flame.matching import DAME, FLAME
from dame_flame.utils.post_processing import ATE, ATT

print("dame-flame", version("dame-flame"), "scikit-learn", version("scikit-learn"))
rng = np.random.default_rng(0)
severe = rng.integers(0, 2, 2000)
treated = (rng.random(2000) < np.where(severe, 0.8, 0.2)).astype(int)
outcome = 5 * severe + treated + rng.normal(size=2000)
table = pd.DataFrame({"severe": severe, "site": rng.integers(0, 2, 2000), "treated": treated, "outcome": outcome})
plain = outcome[treated == 1].mean() - outcome[treated == 0].mean()
seen = []
for method in (FLAME, DAME):
    model = method(verbose=0)
    model.fit(holdout_data=table.copy())
    with contextlib.redirect_stdout(io.StringIO()):
        matched = model.predict(table.copy())
    seen.append((len(matched), ATE(model), ATT(model)))
    shown = f"ATE {ATE(model):.2f}, ATT {ATT(model):.2f}, plain difference {plain:.2f}"
    print(f"{method.__name__}: {len(matched)} rows matched, {shown}")
same = all(rows == 2000 and abs(mean - 1) < 0.3 and abs(of_treated - plain) < 1e-9 for rows, mean, of_treated in seen)
sys.exit(0 if same else "this has changed, expected the plain difference, 4.0, for the effect of the treated")
PYTHON
