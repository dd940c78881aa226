#!/usr/bin/env bash
# Guess: "P-value" and "Prob. of Causal Effect" in the summary of causalimpact 0.2.6 are those of the effect: near 50%
#   where nothing happened.
# Seen: 0.0% and 100.0% for a series around 50 in which nothing happened, with an interval of the effect from -2.2 to
#   1.9. With 50 taken off every value, the same series has 54% and 46%. What is tested is whether the PREDICTION
#   without intervention is zero, divided by its own error: a level far from zero is a certain effect, and a fall of 5
#   is as certain as none.
# Why it matters: sales, visitors and deaths are far from zero, so that every campaign has a causal effect with a
#   probability of 100%; the report beneath says "can be considered statistically significant". The interval is what
#   tells.
# Source: z_score = (0 - mean_pred) / std_pred in summary, causalimpact/analysis.py.
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


def summary(level, effect):
    rng = np.random.default_rng(0)
    x = rng.normal(size=150)
    y = level + 2 * x + rng.normal(size=150)
    y[120:] += effect
    table = pd.DataFrame({"y": y, "x": x}, index=pd.date_range("2024-01-01", periods=150))
    impact = CausalImpact(table, ["2024-01-01", "2024-04-29"], ["2024-04-30", "2024-05-29"])
    impact.run()
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        impact.summary()
    after = impact.inferences.iloc[120:]
    interval = sorted((after.point_effect_lower.mean(), after.point_effect_upper.mean()))
    rows = [row.split() for row in text.getvalue().splitlines() if row.startswith(("P-value", "Prob."))]
    found = {row[0]: row[-1] for row in rows}
    return after.point_effect.mean(), interval, float(found["P-value"][:-1]), float(found["Prob."][:-1])


seen = {}
for level, effect in ((50, 0), (0, 0), (50, -5)):
    seen[level, effect] = summary(level, effect)
    mean, (low, high), p, probability = seen[level, effect]
    words = f"{mean:.2f} from {low:.1f} to {high:.1f}, P-value {p}%, probability of an effect {probability}%"
    print(f"level {level}, effect {effect}: mean effect {words}", file=out)
same = all(seen[50, effect][2:] == (0.0, 100.0) for effect in (0, -5)) and seen[50, 0][1][0] < 0 < seen[50, 0][1][1]
same &= 20 < seen[0, 0][2] < 80
sys.exit(0 if same else "this has changed, expected a certain effect from a level far from zero")
PYTHON
