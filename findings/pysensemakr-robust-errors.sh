#!/usr/bin/env bash
# Guess: the robustness value of PySensemakr, how much of the treatment and the outcome a hidden cause must explain to
#   bring the estimate to zero, and the strength of a named covariate for comparison, are properties of the table: the
#   same whether the regression was fitted with plain, robust (HC3) or clustered errors.
# Seen: for one estimate of .30 the robustness value is .14, .12 and .10, the treatment's partial R2 .023, .015 and .010,
#   and the benchmark's strength in the outcome falls as well. All are computed from the t value, whatever errors it was
#   made with.
# Why it matters: partial R2 is t^2 / (t^2 + df) for plain errors only; with clustered errors, as papers report them, the
#   sensitivity figures belong to no hidden cause, and adjusted_estimate moves too, from -.55 to -.74.
# Source: sensemakr/sensitivity_statistics.py takes model.tvalues and model.bse; nothing asks for the kind of errors.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile PySensemakr==0.0.8 statsmodels==0.15.0 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import sensemakr
import statsmodels.formula.api as smf

print("PySensemakr", version("PySensemakr"))
rng = np.random.default_rng(0)
clinic = np.arange(1000) // 20
z = rng.normal(size=1000)
t = z + rng.normal(size=1000) + rng.normal(size=50)[clinic]
y = 0.3 * t + z + rng.normal(size=1000) * (1 + np.abs(t)) + rng.normal(size=50)[clinic]
formula = smf.ols("y ~ t + z", pd.DataFrame({"z": z, "t": t, "y": y}))
plain = formula.fit()
without = smf.ols("y ~ z", {"y": y, "z": z}).fit().rsquared
r2 = (plain.rsquared - without) / (1 - without)
print(f"partial R2 of t from the two sums of squares: {r2:.4f}")
seen = {}
for name, kinds in (
    ("plain", {}),
    ("HC3", {"cov_type": "HC3"}),
    ("clustered", {"cov_type": "cluster", "cov_kwds": {"groups": clinic}}),
):
    answer = sensemakr.Sensemakr(model=formula.fit(**kinds), treatment="t", benchmark_covariates=["z"])
    stats, bound = answer.sensitivity_stats, answer.bounds.iloc[0]
    seen[name] = (float(stats["r2yd_x"]), float(stats["rv_q"]), float(bound["adjusted_estimate"]))
    print(
        f"{name}: estimate {stats['estimate']:.2f}, partial R2 {seen[name][0]:.4f}, robustness value {seen[name][1]:.3f}, "
        f"benchmark in y {bound['r2yz_dx']:.3f}, adjusted estimate {seen[name][2]:.2f}"
    )
same = abs(seen["plain"][0] - r2) < 1e-6 and seen["clustered"][1] < 0.8 * seen["plain"][1]
same &= seen["HC3"][1] < 0.9 * seen["plain"][1] and seen["clustered"][2] < seen["plain"][2] - 0.1
sys.exit(0 if same else "this has changed, expected figures that follow the kind of errors")
PYTHON
