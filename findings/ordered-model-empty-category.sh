#!/usr/bin/env bash
# Guess: an answer that nobody gave ("never", between "mid" and "high") gets probability 0 in statsmodels'
#   OrderedModel, and the effect of x stays what it is without that category, as in MNLogit.
# Seen: the effect of x is exactly 0.0 instead of 1.08, for the thresholds' starting value is minus infinity and the
#   fit stops where it began; params, llf and predict come back as ever, beside numerical warnings. MNLogit on the
#   same column is right.
# Why it matters: subsets of a table keep the categories of the whole (pandas does not drop them), so an effect on an
#   ordinal outcome within a subgroup reads as none.
# Source: OrderedModel.start_params: thresholds start at the logits of cumulative frequencies, two of which are equal.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile statsmodels==0.15.0 pandas==3.1.1 numpy==2.4.6 scipy==1.17.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
import warnings

import numpy as np
import pandas as pd
import statsmodels
import statsmodels.api as sm
from statsmodels.miscmodels.ordinal_model import OrderedModel

warnings.simplefilter("ignore")
print("statsmodels", statsmodels.__version__)
rng = np.random.default_rng(0)
x = pd.DataFrame({"x": rng.normal(size=600)})
level = np.digitize(x["x"] + rng.logistic(size=600), [-1, 1])
words = np.array(["low", "mid", "high"])[level]


def slopes(categories):
    y = pd.Series(pd.Categorical(words, categories=categories, ordered=True))
    ordered = OrderedModel(y, x, distr="logit").fit(disp=0)
    multinomial = sm.MNLogit(y, sm.add_constant(x)).fit(disp=0)
    return round(float(ordered.params["x"]), 2), round(float(multinomial.params.loc["x"].iloc[-1]), 2)


seen = {"all occur": slopes(["low", "mid", "high"]), "one does not": slopes(["low", "mid", "never", "high"])}
expected = {"all occur": (1.08, 1.63), "one does not": (0.0, 1.63)}
print("slope of x (OrderedModel, MNLogit high against low):", seen)
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
