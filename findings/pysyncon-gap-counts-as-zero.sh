#!/usr/bin/env bash
# Guess: where one donor has no value in one year after the treatment, the synthetic control of pysyncon has none in
#   that year either, or its weights are shared out among the other donors.
# Seen: the gap counts as 0 times its weight: with outcomes near 100 and a weight of .22 the effect of that year jumps
#   from 5 to 27, and the mean effect of ten years from 5.0 to 7.2. A gap in a year before, if that year is a predictor,
#   makes every weight the same, 1/12: the optimizer gets not-a-number and gives back where it began. Neither says
#   anything.
# Why it matters: a panel of countries or regions has gaps; one of them makes an effect of the size of the outcome
#   itself, and the more so the better the donor is.
# Source: pysyncon's Dataprep passes the gaps on; _synthetic in pysyncon/base.py sums by pandas, which skips what is
#   missing.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pysyncon==1.7.0 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from pysyncon import Dataprep, Synth

print("pysyncon", version("pysyncon"))
rng = np.random.default_rng(0)
donors, years = [f"donor {i}" for i in range(12)], range(2000, 2020)
trend, load = 3 * np.cumsum(rng.normal(size=20)), np.append(0.5, rng.random(12))
table = pd.DataFrame(
    [
        (unit, year, 100 + load[i] * trend[j] + 0.1 * rng.normal() + 5 * (i == 0 and year >= 2010))
        for i, unit in enumerate(["treated", *donors])
        for j, year in enumerate(years)
    ],
    columns=["unit", "year", "y"],
)


def fit(rows):
    before = range(2000, 2010)
    model = Synth()
    model.fit(
        dataprep=Dataprep(
            foo=rows, predictors=["y"], predictors_op="mean", dependent="y", unit_variable="unit", time_variable="year",
            treatment_identifier="treated", controls_identifier=donors, time_predictors_prior=before,
            time_optimize_ssr=before, special_predictors=[("y", [year], "mean") for year in (2002, 2005, 2008)],
        )
    )
    return model, model.att(time_period=range(2010, 2020))["att"]


whole, effect = fit(table)
weights = whole.weights()
donor = weights.idxmax()
after, mean_after = fit(table.assign(y=table.y.mask((table.unit == donor) & (table.year == 2015))))
before, mean_before = fit(table.assign(y=table.y.mask((table.unit == donor) & (table.year == 2005))))


def in_2015(model):
    return model.att(time_period=[2015])["att"]


print(f"no gap: mean effect {effect:.1f}, in 2015 {in_2015(whole):.1f}, weight of {donor} {weights[donor]:.2f}")
print(f"gap in 2015: mean effect {mean_after:.1f}, in 2015 {in_2015(after):.1f}")
print(f"gap in 2005: mean effect {mean_before:.1f}, weights {sorted(set(before.weights().round(3)))}")
same = abs(effect - 5) < 0.7 and in_2015(after) > in_2015(whole) + 80 * weights[donor]
same &= before.weights().nunique() == 1
sys.exit(0 if same else "this has changed, expected a gap to count as zero")
PYTHON
