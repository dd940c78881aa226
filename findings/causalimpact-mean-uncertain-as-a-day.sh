#!/usr/bin/env bash
# Guess: the interval that causalimpact 0.2.6 gives for the mean effect of 30 days is narrower than that of one day,
#   and its lower end is the smaller one: noise averages out.
# Seen: it is as wide as that of one day, 3.9, and the total's is 30 times that, where means of 30 days have a spread
#   of .2 over 40 series and so an interval of .8: lower bounds of days are added up as if all days erred together. An
#   effect of 1.5 has zero inside its interval in all of 40 series. The columns are turned round, too:
#   point_effect_lower and cum_effect_lower hold the upper ends.
# Why it matters: a longer time after a campaign does not make anything clearer; effects of half a day's noise, plain
#   over a month, are reported as none, and who takes the column "lower" for a limit says that the effect is at least
#   what it is at most.
# Source: np.cumsum(point_effect_lower) in causalimpact/inferences.py, response - point_pred_lower; mean_lower in
#   analysis.py.
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
means, widths, ends, zeros = [], [], [], 0
for seed in range(40):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=150)
    y = 50 + 2 * x + rng.normal(size=150)
    y[120:] += 1.5
    table = pd.DataFrame({"y": y, "x": x}, index=pd.date_range("2024-01-01", periods=150))
    impact = CausalImpact(table, ["2024-01-01", "2024-04-29"], ["2024-04-30", "2024-05-29"])
    impact.run()
    found = impact.inferences.iloc[120:].astype(float)
    low, high = sorted((found.cum_effect_lower.iloc[-1] / 30, found.cum_effect_upper.iloc[-1] / 30))
    means.append(found.point_effect.mean())
    widths.append((high - low, abs(found.point_effect_lower.iloc[0] - found.point_effect_upper.iloc[0])))
    ends.append(found.point_effect_lower.iloc[0] > found.point_effect_upper.iloc[0])
    zeros += low < 0 < high
spread, (whole, day) = np.std(means, ddof=1), np.mean(widths, axis=0)
print(f"effect 1.5: means of 30 days {np.mean(means):.2f}, spread {spread:.2f}, four of it {4 * spread:.1f}", file=out)
print(f"interval of the mean {whole:.1f} wide, of the first day {day:.1f}; zero inside in {zeros} of 40", file=out)
print(f"'lower' above 'upper' in {sum(ends)} of 40", file=out)
same = whole > 3 * 4 * spread and abs(whole - day) < 0.5 and zeros > 30 and all(ends)
sys.exit(0 if same else "this has changed, expected the mean to be as uncertain as a day")
PYTHON
