#!/usr/bin/env bash
# Guess: estimate_recommendation_impact of causallift compares the observed share of buyers ("observed CVR") with the one
#   predicted under its recommendation ("predicted CVR"), the mean of the probabilities that its two models give.
# Seen: the predicted rate is the share of persons whose probability is ABOVE ONE HALF. Where 11% buy it is 0, and the
#   ratio "pred/obs CVR" is 0: a recommendation that loses every buyer. The probabilities, which the package has, have a
#   mean of .09 without treatment and .13 with it. Where 70% buy it is 1.0, a gain of four tenths out of nothing.
# Why it matters: this ratio is what the package reports as the gain by following its model. For rates below a half,
#   those of nearly all campaigns, it says ruin, and above a half a triumph, whatever the treatment does.
# Source: y_pred_train = model.predict(X_train) in simulate_recommendation of causallift/nodes/model_for_each.py, and
#   y_pred_.mean() in score_df of utils.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causallift==1.1.0 scikit-learn==1.7.2 pandas==2.3.3 numpy==2.2.6
cd "$room"
"$room/venv/bin/python" -W ignore - 3>&1 1>/dev/null 2>"$room/errors" <<'PYTHON' || { tail -3 "$room/errors"; exit 1; }
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from causallift import CausalLift

out = open(3, "w")  # what is logged goes to the standard output
print("causallift", version("causallift"), "scikit-learn", version("scikit-learn"), file=out)
rng = np.random.default_rng(0)
seen = {}
for rate in (0.1, 0.7):
    x = rng.normal(size=4000)
    treated = rng.integers(0, 2, 4000)
    bought = (rng.random(4000) < rate + 0.05 * treated * (x > 0)).astype(int)
    table = pd.DataFrame({"x": x, "Treatment": treated, "Outcome": bought})
    model = {"estimator": "sklearn.linear_model.LogisticRegression"}
    lift = CausalLift(table[:2000], table[2000:], enable_ipw=False, verbose=0, uplift_model_params=model)
    _, test = lift.estimate_cate_by_2_models()
    means = test[["Proba_if_Untreated", "Proba_if_Treated"]].mean()
    row = lift.estimate_recommendation_impact().loc["test"]
    seen[rate] = float(row["observed CVR"]), float(row["predicted CVR"]), float(row["pred/obs CVR"]), *map(float, means)
    words = "observed {:.2f}, predicted {:.2f}, ratio {:.2f}; mean probability untreated {:.2f}, treated {:.2f}"
    print(words.format(*seen[rate]), file=out)
same = seen[0.1][1] == 0 and seen[0.1][3] > 0.05 and seen[0.7][1] == 1 and max(seen[0.7][3:]) < 0.8
sys.exit(0 if same else "this has changed, expected the share of persons above one half")
PYTHON
