#!/usr/bin/env bash
# Guess: a status of 1 for censored and 2 for dead, as R's survival package and its tables have it, is refused by
#   lifelines, as scikit-survival does, or read in that way.
# Seen: whatever is not 0 is an event, so that everybody dies. The median survival falls from .97 to .64 and the log
#   hazard ratio of the arm from -.61 to -.39. True and False give what 1 and 0 give, as they should.
# Why it matters: a table exported from R (lung, pbc and others code it so) goes through without a word; the fit's summary
#   says how many events it saw, all of them, which a short follow-up may well have.
# Source: docstring of CoxPHFitter.fit, "1 if observed, 0 else (censored)", which is not checked; scikit-survival says
#   "non-boolean event indicator must contain 0 and 1 only".
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile lifelines==0.30.3 scikit-survival==0.28.0 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from sksurv.util import Surv

print("lifelines", version("lifelines"), "scikit-survival", version("scikit-survival"))
rng = np.random.default_rng(0)
arm = rng.integers(0, 2, 2000)
death, end = rng.exponential(np.exp(0.7 * arm)), rng.exponential(3, 2000)
dead, time = death < end, np.minimum(death, end)
print(f"true log hazard ratio -0.7; {dead.mean():.2f} of the rows are deaths")
seen, refused = {}, {}
for name, status in (("True and False", dead), ("1 and 0", dead.astype(int)), ("2 and 1, as in R", dead.astype(int) + 1)):
    table = pd.DataFrame({"time": time, "status": status, "arm": arm})
    fit = CoxPHFitter().fit(table, "time", "status")
    median = KaplanMeierFitter().fit(time, status).median_survival_time_
    seen[name] = (float(fit.params_["arm"]), float(median))
    try:
        Surv.from_arrays(status, time)
        refused[name] = False
    except ValueError as error:
        refused[name] = True
        print("scikit-survival:", error)
    print(
        f"dead as {name}: log hazard ratio {seen[name][0]:.2f}, median {seen[name][1]:.2f}, "
        f"events {int(fit.event_observed.sum())} of {len(table)}"
    )
plain, numbers, r = seen.values()
same = plain == numbers and abs(plain[0] + 0.7) < 0.12 and r[0] > plain[0] + 0.08 and r[1] < 0.85 * plain[1]
same &= list(refused.values()) == [False, False, True]
sys.exit(0 if same else "this has changed, expected every 1 and 2 to be an event")
PYTHON
