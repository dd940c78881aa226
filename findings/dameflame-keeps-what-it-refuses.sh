#!/usr/bin/env bash
# Guess: FLAME of dame-flame, whose early_stop_pe ends the matching "while attempting iteration 1" if the covariates
#   that are left predict the outcome too badly, gives back the matches made before that iteration.
# Seen: it says that it stopped, and the refused matches are in the result: 156 units of 240 matched without regard to
#   the site, on which both treatment and outcome hang, beside the 84 with an exact match. The mean effect is 5.9, as
#   without an early stop, where 1.0 is true and the exact matches say .9.
# Why it matters: the argument is on by default, as the safeguard against bad matches; what it prints is believed.
# Source: flame_generic in dame_flame/flame_algorithm.py: matches are added before the error is looked at.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile dame-flame==0.81 scikit-learn==1.9.1 pandas==2.3.3 \
  numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from dame_flame.matching import FLAME
from dame_flame.utils.post_processing import ATE

print("dame-flame", version("dame-flame"), "scikit-learn", version("scikit-learn"))
rng = np.random.default_rng(0)
table = pd.DataFrame({"age": rng.integers(0, 100, 300), "site": rng.integers(0, 2, 300)})
table["treated"] = (rng.random(300) < np.where(table["site"], 0.8, 0.2)).astype(int)
table["outcome"] = table["age"] + 10 * table["site"] + table["treated"] + rng.normal(size=300)
seen = {}
for name, settings in (
    ("by default", {}),
    ("without early stop", {"early_stop_pe": False}),
    ("exact only", {"early_stop_iterations": 0}),
):
    model = FLAME(verbose=0, **settings)
    model.fit(holdout_data=table.copy())
    with contextlib.redirect_stdout(io.StringIO()) as said:
        matched = model.predict(table.copy())
    stopped = "Matching stopped while attempting iteration 1" in said.getvalue()
    inexact = int((matched == "*").any(axis=1).sum())
    seen[name] = stopped, len(matched), inexact, ATE(model)
    shown = "stopped in iteration 1, " if stopped else ""
    print(f"{name}: {shown}{len(matched)} units matched, {inexact} not exactly, effect {ATE(model):.2f}")
same = seen["by default"][:3] == (True, 240, 156) and seen["by default"][1:] == seen["without early stop"][1:]
same &= seen["exact only"][:3] == (False, 84, 0) and seen["by default"][3] > 4 and abs(seen["exact only"][3] - 1) < 0.5
sys.exit(0 if same else "this has changed, expected the matches of the iteration that was refused")
PYTHON
