#!/usr/bin/env bash
# Guess: scikit-learn's OrdinalEncoder, made for ordinal columns, numbers an ordered categorical low < mid < high as
#   0, 1, 2; and the columns of predict_proba follow that order when it is the outcome.
# Seen: both sort the labels by the alphabet: high 0, low 1, mid 2. The dtype is not looked at, although
#   HistGradientBoosting reads the same dtype when it chooses which columns are categories.
# Why it matters: a rank correlation, a monotone constraint or an expected level taken from those numbers is wrong in
#   sign: below, the encoded answer falls with x where the answer rises.
# Source: OrdinalEncoder(categories="auto") says "determine categories automatically from the training data".
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile scikit-learn==1.9.1 pandas==3.1.1 numpy==2.4.6 scipy==1.17.1
"$room/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import pandas as pd
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OrdinalEncoder

print("scikit-learn", sklearn.__version__, "pandas", pd.__version__)
x = np.linspace(-1, 1, 90)
levels = ["low", "mid", "high"]
y = pd.Categorical(np.repeat(levels, [10, 40, 40]), categories=levels, ordered=True)
table = pd.DataFrame({"y": y})
encoded = OrdinalEncoder().fit_transform(table)[:, 0]
seen = {
    "pandas' codes": y.codes[[0, 40, 89]].tolist(),
    "encoder's codes": encoded[[0, 40, 89]].tolist(),
    "columns of predict_proba": LogisticRegression().fit(x[:, None], y).classes_.tolist(),
    "correlation of x with the codes of pandas": round(float(np.corrcoef(x, y.codes)[0, 1]), 2),
    "correlation of x with those of the encoder": round(float(np.corrcoef(x, encoded)[0, 1]), 2),
}
expected = {
    "pandas' codes": [0, 1, 2],
    "encoder's codes": [1.0, 2.0, 0.0],
    "columns of predict_proba": ["high", "low", "mid"],
    "correlation of x with the codes of pandas": 0.9,
    "correlation of x with those of the encoder": -0.73,
}
for what, value in seen.items():
    print(f"{what}: {value}")
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
