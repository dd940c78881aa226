#!/usr/bin/env bash
# Guess: the standard error of azcausal's EventStudy is that of the mean effect in the regression it runs: little
#   noise, a small error, whether the effect is constant or grows by the year.
# Seen: an effect of 3 in each of four years has an error of .02; one of 1.5, 2.5, 3.5 and 4.5, with the same noise
#   and the same mean, 1.28, so that its interval goes from .5 to 5.5. DID of the same package has .02 by the
#   jackknife for both. The error is the standard deviation of the four effects among each other, which more units do
#   not make smaller: 1.29 with ten times as many.
# Why it matters: effects that grow are what event studies are drawn for; they look uncertain there, and an effect
#   that is noisy but happens to be alike in two years looks certain.
# Source: did_event_study in azcausal/estimators/event_study.py, dz.mean(), dz.std(ddof=1); the errors of the
#   regression itself stand in by_time.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile azcausal==0.2.5 linearmodels==7.1 statsmodels==0.15.0 pandas==2.3.3 \
  scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from azcausal.core.error import JackKnife
from azcausal.core.frame import CausalDataFrame
from azcausal.estimators.event_study import EventStudy
from azcausal.estimators.panel.did import DID

print("azcausal", version("azcausal"), "linearmodels", version("linearmodels"))


def errors(effects, units):
    rng = np.random.default_rng(0)
    rows = []
    for unit in range(units):
        level = rng.normal()
        for year in range(12):
            treated = int(unit < units // 4 and year >= 8)
            gain = effects[year - 8] if treated else 0
            rows.append((unit, 2000 + year, level + year + gain + 0.1 * rng.normal(), treated))
    frame = CausalDataFrame(pd.DataFrame(rows, columns=["unit", "time", "outcome", "intervention"])).setup()
    study = EventStudy().fit(frame).effect
    estimator = DID()
    did = estimator.fit(frame.to_panel(["outcome", "intervention"]))
    estimator.error(did, JackKnife())
    return study.value, study.se, did.effect.value, did.effect.se


seen = {}
for name, effects, units in (
    ("constant", [3, 3, 3, 3], 40),
    ("growing", [1.5, 2.5, 3.5, 4.5], 40),
    ("growing, 400 units", [1.5, 2.5, 3.5, 4.5], 400),
):
    seen[name] = errors(effects, units)
    print("{}: event study {:.2f}, error {:.3f}; DID {:.2f}, error {:.3f}".format(name, *seen[name]))
same = seen["constant"][1] < 0.1 and all(abs(seen[n][1] - 1.29) < 0.1 for n in ("growing", "growing, 400 units"))
same &= all(values[3] < 0.05 for values in seen.values())
sys.exit(0 if same else "this has changed, expected the error to be the spread of the effects")
PYTHON
