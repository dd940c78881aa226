#!/usr/bin/env bash
# Guess: days after the intervention whose outcome is missing, which pycausalimpact takes (only a covariate must not be
#   missing), count in neither of the two sums that its cumulative effect and its p-value compare.
# Seen: they count in one. The sum of what was observed leaves them out, the sum of the forecasts has them, so that a
#   missing day is a day of 0: six of 50 days missing, at a level of 100, turn a cumulative effect of 2, p = .32, into
#   -601, from -612 to -591, p = 0. The average effect in the column beside it, -.05, is right, and the p-value
#   stands under both.
# Why it matters: "posterior probability of a causal effect: 100%" of an intervention without any, by days on which
#   nobody wrote the figure down; the higher the level, the fewer it takes.
# Source: _summarize_posterior_inferences and _compute_p_value in causalimpact/inferences.py, sums by pandas of the
#   outcome, which skip what is missing, against sums of all predictions.
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
covariate = rng.normal(size=200)
days = pd.date_range("2024-01-01", periods=200)
table = pd.DataFrame({"sales": 100 + covariate + rng.normal(scale=0.5, size=200), "x": covariate}, index=days)
seen = {}
for missing in (0, 6):
    gaps = table.copy()
    gaps.iloc[170 : 170 + missing, 0] = np.nan
    np.random.seed(0)
    answer = CausalImpact(gaps, [days[0], days[149]], [days[150], days[199]])
    effects = answer.summary_data.loc[["abs_effect", "abs_effect_lower", "abs_effect_upper"]]
    (mean, total), (_, low), (_, high) = effects.to_numpy()
    seen[missing] = mean, total, high, answer.p_value
    print(f"{missing} of 50 days missing: average effect {mean:.2f}")
    print(f"    cumulative {total:.0f}, from {low:.0f} to {high:.0f}, p = {answer.p_value:.2f}")
same = abs(seen[0][1]) < 15 and seen[0][3] > 0.05 and abs(seen[6][0]) < 0.3 and seen[6][2] < -500 and seen[6][3] == 0
sys.exit(0 if same else "this has changed, expected a cumulative effect of -600 from six missing days")
PYTHON
