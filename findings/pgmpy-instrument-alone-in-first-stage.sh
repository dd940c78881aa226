#!/usr/bin/env bash
# Guess: NaiveIVRegressor of pgmpy, given an instrument and a covariate ("pretreatment") that acts on treatment and
#   outcome, is two-stage least squares: both stages have the covariate, and the effect is 2.0 although the instrument
#   depends on the covariate.
# Seen: 1.36. The first stage has the instrument alone, so that the treatment's prediction takes the covariate's part
#   for the instrument's. Where the two do not depend on each other the effect is right, 2.05, and the covariate's own
#   is 5.0 instead of 3.0. The same rows in another order give an effect of 3.01 and a covariate's of 0: predictions
#   are joined to the covariate by the labels of the rows, which the predictions have from 0 on, and the outcome by
#   place.
# Why it matters: an instrument that holds given a covariate is why one names a covariate; a table that was shuffled
#   for a training and a test part loses it without a word.
# Source: fit in pgmpy/prediction/NaiveIVRegressor.py, stage1_estimator.fit(instrument_df, ...) and pd.concat; the
#   docstring does say "from the instrument".
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pgmpy==1.1.2 statsmodels==0.15.0 pandas==2.3.3 numpy==2.4.6 \
    scikit-learn==1.9.1
"$room/venv/bin/python" -W ignore - <<'PYTHON' 2>/dev/null
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import statsmodels.api as sm
from pgmpy.base.DAG import DAG
from pgmpy.prediction import NaiveIVRegressor

print("pgmpy", version("pgmpy"))
rng = np.random.default_rng(0)
roles = {"exposures": "x", "instrument": "z", "outcomes": "y", "pretreatment": "p"}
graph = DAG([("p", "z"), ("z", "x"), ("p", "x"), ("p", "y"), ("x", "y")], roles=roles)
same = True
for slope in (0, 1):
    p, hidden, *noise = rng.normal(size=(5, 4000))
    z = slope * p + noise[0]
    x = z + p + hidden + noise[1]
    y = pd.Series(2 * x + 3 * p + 3 * hidden + noise[2])
    table = pd.DataFrame({"x": x, "z": z, "p": p})
    mixed = table.sample(frac=1, random_state=0)
    fitted = sm.OLS(x, sm.add_constant(table[["z", "p"]])).fit().fittedvalues
    right = sm.OLS(y, sm.add_constant(np.column_stack([fitted, p]))).fit().params.iloc[1:].to_numpy()
    seen = NaiveIVRegressor(causal_graph=graph).fit(table, y).coef_
    other = NaiveIVRegressor(causal_graph=graph).fit(mixed, y.loc[mixed.index]).coef_
    print(f"slope of the instrument on p {slope}: effects of x and p, true 2 and 3")
    for name, pair in (("two stages written out", right), ("NaiveIVRegressor", seen), ("rows shuffled", other)):
        print(f"  {name}: {pair[0]:.2f} and {pair[1]:.2f}")
    same &= np.allclose(right, [2, 3], atol=0.2) and seen[1] > 4.5 and abs(other[1]) < 0.5
    same &= abs(seen[0] - 2) < 0.2 if slope == 0 else seen[0] < 1.6 and other[0] > 2.7
sys.exit(0 if same else "this has changed, expected another effect than by two-stage least squares")
PYTHON
