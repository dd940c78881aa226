#!/usr/bin/env bash
# Guess: LinearDRIV of EconML gives one effect, in one unit of the treatment, whether treatment and instrument are in
#   percent or in shares of one: an effect of 2 for a percent is one of 200 for all of it, as OrthoIV of the same
#   package has it.
# Seen: 200 comes out as 38, with an interval from 36 to 40, where OrthoIV says 202, from 193 to 212, and percents give
#   2.0 in both. Residuals are divided by the covariance of treatment and instrument, or by .001 where it is smaller
#   (cov_clip), and the covariance of two shares is. The preliminary estimate is clipped in the same way, so that
#   nothing is left to fall back on.
# Why it matters: tax rates, shares of votes and returns are such columns, overlap and strength are what they were, and
#   the interval is as narrow as ever. The instrument's unit alone is enough.
# Source: _effect_estimate in econml/iv/dr/_dr.py; the docstring of cov_clip speaks of regions with low overlap, and
#   gives .1 as its default.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile econml==0.17.0 numpy==2.4.6 scikit-learn==1.9.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from econml.iv.dml import OrthoIV
from econml.iv.dr import LinearDRIV
from sklearn.linear_model import LinearRegression

print("econml", version("econml"))
rng = np.random.default_rng(0)
covariate, hidden, *noise = rng.normal(size=(5, 4000))
instrument = covariate + noise[0]
treatment = instrument + hidden + noise[1]
outcome = 2 * treatment + covariate + 3 * hidden + noise[2]
covariates = covariate.reshape(-1, 1)
names = ("model_y_xw", "model_t_xw", "model_z_xw")
models = {name: LinearRegression() for name in names}
seen = {}
for unit, factor in (("percent", 1.0), ("shares", 0.01)):
    for estimator, more in ((LinearDRIV, {"model_tz_xw": LinearRegression()}), (OrthoIV, {})):
        model = estimator(**models, **more, random_state=0)
        model.fit(outcome, factor * treatment, Z=factor * instrument, X=covariates)
        low, high = (float(np.ravel(end)[0]) for end in model.ate_interval(covariates))
        seen[unit, estimator.__name__] = factor * float(np.ravel(model.ate(covariates))[0])
        print(f"{unit}, {estimator.__name__}: {seen[unit, estimator.__name__] / factor:.1f}, {low:.1f} to {high:.1f}")
wrong = seen.pop(("shares", "LinearDRIV"))
same = wrong < 0.5 and all(abs(value - 2) < 0.1 for value in seen.values())
sys.exit(0 if same else "this has changed, expected a fifth of the effect from LinearDRIV with shares")
PYTHON
