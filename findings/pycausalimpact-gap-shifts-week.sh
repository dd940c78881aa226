#!/usr/bin/env bash
# Guess: CausalImpact of pycausalimpact with a weekly season (nseasons) foretells a Sunday from Sundays, also where some
#   days lie between the period before the intervention and the one after it, which its code provides for ("gaps
#   between pre and post intervention periods"); the dates of every row are in the index.
# Seen: the forecast goes on with the day after the last one before the intervention. With three days in between the
#   first day of the second period, a Sunday, gets the forecast of a Thursday: effects from -10 to 10 a day, where there
#   is none, and over four days -3.7, from about -4.2 to -3.1, with p = 0. Without the gap the same days' effects are within
#   1 of 0. Over whole weeks the errors cancel, in the average only.
# Why it matters: days in which a campaign begins are left out between the two periods as a rule; then the effect is the
#   shape of the week. The spread of a level that drifts is short by the days of the gap as well.
# Source: _compile_posterior_inferences in causalimpact/inferences.py, get_forecast(steps=len(self.post_data)).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pycausalimpact==0.1.1 statsmodels==0.14.6 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from causalimpact import CausalImpact

print("pycausalimpact", version("pycausalimpact"), "statsmodels", version("statsmodels"))
rng = np.random.default_rng(0)
days = pd.date_range("2024-01-01", periods=200)
covariate = rng.normal(size=200)
week = np.array([0, 0, 0, 0, 5, 10, 5])[days.dayofweek]
sales = 100 + covariate + week + rng.normal(scale=0.5, size=200)
table = pd.DataFrame({"sales": sales, "covariate": covariate}, index=days)
seen = {}
for last in (152, 149):
    np.random.seed(0)
    periods = [days[0], days[last]], [days[153], days[156]]
    answer = CausalImpact(table, *periods, nseasons=[{"period": 7}])
    daily = answer.inferences["point_effects"].loc[days[153] : days[156]]
    mean, low, high = answer.summary_data["average"][["abs_effect", "abs_effect_lower", "abs_effect_upper"]]
    seen[152 - last] = np.abs(daily).max(), mean, high, answer.p_value
    shown = ", ".join(f"{day:%a} {effect:.1f}" for day, effect in daily.items())
    print(f"{152 - last} days left out: {shown}")
    print(f"    mean {mean:.1f}, from {low:.1f} to {high:.1f}, p = {answer.p_value:.2f}")
same = seen[0][0] < 1.5 and seen[0][3] > 0.05 and seen[3][0] > 8 and seen[3][2] < -2.5 and seen[3][3] < 0.01
sys.exit(0 if same else "this has changed, expected the effects of another day of the week after the gap")
PYTHON
