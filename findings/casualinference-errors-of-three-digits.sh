#!/usr/bin/env bash
# Guess: summary_table of LinearRegressionEvaluator, of casual-inference, has the effect, error, p-value and interval of
#   the regression that statsmodels fitted.
# Seen: it has the digits that statsmodels PRINTS, read back from the text: for a rate of buyers of 1% and an effect of
#   .0012 the error is 0.0 and the interval 0.0 to .002, where the regression says .00046, and .0002 to .0021. The
#   evaluator holds that regression beside the table. With buyers counted in percent the error is .046, and the
#   interval .025 to .206.
# Why it matters: rates of a few percent and effects of a tenth of that are what this package is for. An error of zero
#   goes into a division, and an interval that reaches from 0 says "perhaps nothing" where p is .013. Whether it does
#   hangs on the unit.
# Source: pd.read_html(model.summary().tables[1].as_html()) in evaluate of
#   casual_inference/evaluator/linear_regression.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile plotly==5.24.1 lxml==4.9.4 statsmodels==0.14.6 scipy==1.14.1 \
  pandas==1.5.3 numpy==1.26.4
"$room/venv/bin/pip" install --quiet --no-compile --no-deps casual-inference==0.7.1 typing-extensions==4.15.0
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from casual_inference.evaluator import LinearRegressionEvaluator

print("casual-inference", version("casual-inference"), "statsmodels", version("statsmodels"))
rng = np.random.default_rng(0)
table = pd.DataFrame({"person": np.arange(200000), "treatment": rng.integers(0, 2, 200000)})
table["bought"] = (rng.random(200000) < 0.01 + 0.0012 * table["treatment"]).astype(float)
seen = {}
for unit, factor in (("share", 1), ("percent", 100)):
    scaled = table.assign(bought=table["bought"] * factor)
    evaluator = LinearRegressionEvaluator().evaluate(scaled, "person", ["bought"])
    row, model = evaluator.summary_table().iloc[0], evaluator.models["bought"]
    shown = [float(row[name]) for name in ("coef", "std err", "[0.025", "0.975]")]
    fitted = [float(model.params["treatment"]), float(model.bse["treatment"]), *model.conf_int().loc["treatment"]]
    seen[unit] = shown, fitted, float(row["P>|t|"])
    print(f"{unit}: table {shown}, p {seen[unit][2]}, regression {[float(round(value, 5)) for value in fitted]}")
same = seen["share"][0][1:3] == [0.0, 0.0] and seen["share"][1][1] > 0.0004 and seen["share"][1][2] > 0.0002
same &= seen["percent"][0][1] > 0.04 and seen["share"][2] == seen["percent"][2] < 0.05
sys.exit(0 if same else "this has changed, expected an error of zero in the table")
PYTHON
