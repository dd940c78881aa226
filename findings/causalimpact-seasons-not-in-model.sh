#!/usr/bin/env bash
# Guess: nseasons=7 in the model_args of causalimpact 0.2.6 puts a week into the model of a daily series, as it does
#   in the R package, and takes the weekends out of the noise.
# Seen: it changes no digit. A series whose weekends are 8 higher has the same prediction, interval and effect with
#   nseasons=7, season_duration=1 and without; so it is with prior_level_sd. The names are accepted, with the defaults
#   of R, and nothing reads them. A name that does not exist is accepted as well. The interval of a day is 15 wide,
#   where it is 4 wide for the same series without its weekends.
# Why it matters: a campaign that starts or ends on a weekend takes the weekend for its effect, in a model that was
#   told of weeks. Own models, with a season, can be given as ucm_model.
# Source: _defaults in causalimpact/analysis.py; construct_model in causalimpact/model.py, {"endog": ..., "level":
#   "llevel"}.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causalimpact==0.2.6 statsmodels==0.14.4 pymc==5.10.4 \
  matplotlib==3.8.4 scipy==1.11.4 pandas==2.0.3 numpy==1.26.4
"$room/venv/bin/python" -W ignore - 3>&1 1>/dev/null 2>"$room/errors" <<'PYTHON' || { tail -3 "$room/errors"; exit 1; }
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from causalimpact import CausalImpact

out = open(3, "w")  # the optimizer writes to the standard output
print("causalimpact", version("causalimpact"), "statsmodels", version("statsmodels"), file=out)
rng = np.random.default_rng(0)
x = rng.normal(size=150)
week = np.tile([0, 0, 0, 0, 0, 8.0, 8.0], 22)[:150]
y = 50 + 2 * x + week + rng.normal(size=150)
y[120:] += 3


def after(outcome, choice):
    table = pd.DataFrame({"y": outcome, "x": x}, index=pd.date_range("2024-01-01", periods=150))
    impact = CausalImpact(table, ["2024-01-01", "2024-04-29"], ["2024-04-30", "2024-05-29"], model_args=choice)
    impact.run()
    return impact.inferences.iloc[120:].astype(float)


choices = {
    "nothing": None,
    "nseasons=7": {"nseasons": 7, "season_duration": 1},
    "prior_level_sd=10": {"prior_level_sd": 10.0},
    "a name that does not exist": {"weekdays": True},
}
seen = {}
for name, choice in choices.items():
    seen[name] = after(y, choice)
    width = (seen[name].point_pred_upper - seen[name].point_pred_lower).mean()
    print(f"{name}: mean effect {seen[name].point_effect.mean():.4f}, a day's interval {width:.4f} wide", file=out)
without = after(y - week, None)
narrow = (without.point_pred_upper - without.point_pred_lower).mean()
print(f"the series without its week: mean effect {without.point_effect.mean():.4f}, {narrow:.4f} wide", file=out)
same = all(seen["nothing"].equals(found) for found in seen.values()) and width > 2.5 * narrow
sys.exit(0 if same else "this has changed, expected seasons to be ignored")
PYTHON
