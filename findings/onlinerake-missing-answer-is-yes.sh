#!/usr/bin/env bash
# Guess: a missing answer (NaN, as pandas has it) counts in onlinerake as no answer: it is left out, refused, or at least
#   the same as None or as an answer that is not handed over.
# Seen: it is a yes. With 40 of 100 persons saying yes, 40 no and 20 without an answer, raw_margins has 60% yes; with
#   None in the same places, or without the entry, it has 40%, so that those are a no. A no that is the text "no" is a
#   yes too. After raking towards 50% the weighted share of yes among those who answered is 40% with NaN and 57% with
#   None, and nothing is reported.
# Why it matters: gaps become NaN or None by the way in which a table was read, and the weights go one way or the other:
#   those without an answer are counted as the group they were put in, against a target for the whole.
# Source: int(bool(val)) in partial_fit of onlinerake/online_raking_sgd.py and online_raking_mwu.py. 1.0.0 is the newest
#   release that installs with Python 3.11.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile onlinerake==1.0.0 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from onlinerake import OnlineRakingSGD, Targets

print("onlinerake", version("onlinerake"), "numpy", version("numpy"))
answers = np.random.default_rng(0).permutation([1.0] * 40 + [0.0] * 40 + [np.nan] * 20)
answered = ~np.isnan(answers)
ways = {"NaN": lambda value: {"owns": value}, "None": lambda value: {"owns": None if np.isnan(value) else value}}
ways["no entry"] = lambda value: {} if np.isnan(value) else {"owns": value}
ways["text"] = lambda value: {} if np.isnan(value) else {"owns": "yes" if value else "no"}
seen = {}
for name, way in ways.items():
    raker = OnlineRakingSGD(Targets(owns=0.5))
    for value in answers:
        raker.partial_fit(way(value))
    weights = raker.weights[answered]
    share = weights[answers[answered] == 1].sum() / weights.sum()
    seen[name] = round(raker.raw_margins["owns"], 2), float(share), raker.margins["owns"]
    words = "{} yes unweighted; weighted {:.2f} of those who answered, {:.2f} by its own count".format(*seen[name])
    print(f"{name}: {words}")
same = seen["NaN"][0] == 0.6 and seen["None"][0] == seen["no entry"][0] == 0.4 and seen["text"][0] == 0.8
same &= seen["NaN"][1] < 0.45 and seen["None"][1] > 0.55
sys.exit(0 if same else "this has changed, expected a missing answer to be a yes")
PYTHON
