#!/usr/bin/env bash
# Guess: qini_auc_score of scikit-uplift, the ratio of a model's gains to those of the best curve, is the same for an
#   outcome and a treatment of 0 and 1 whether they are stored as int64, as booleans or in an unsigned byte (uint8).
# Seen: .17 becomes -2.07 with unsigned numbers, of 8 or of 32 bits. The best order puts those who respond untreated
#   last, by outcome * treatment - outcome * (1 - treatment) = -1, which is 255 without a sign, so that they come first;
#   the "best" curve then lies below chance and the sign of every score is turned. A model that ranks everybody the
#   wrong way round has 2.08. uplift_auc_score, on the same columns, does not change.
# Why it matters: dummies, columns made smaller to save memory and Parquet files of 0 and 1 are unsigned bytes; a search
#   over models by this score, which has a scorer in the package, picks the worst one, and one table's scores cannot be
#   compared with another's.
# Source: perfect_qini_curve in sklift/metrics/metrics.py; the docstrings ask for "binary target values", array-like.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile scikit-uplift==0.5.1 scikit-learn==1.9.1 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from sklift.metrics import qini_auc_score, uplift_auc_score

print("scikit-uplift", version("scikit-uplift"), "scikit-learn", version("scikit-learn"))
rng = np.random.default_rng(0)
age = rng.normal(size=4000)
table = pd.DataFrame({"treated": rng.integers(0, 2, 4000)})
table["bought"] = (rng.random(4000) < 0.2 + 0.3 * table["treated"] * (age > 0)).astype(int)
small = table.apply(pd.to_numeric, downcast="unsigned")
seen = {}
tables = {"int64": table, "bool": table.astype(bool), "uint32": table.astype("uint32"), "downcast": small}
for name, rows in tables.items():
    columns = rows["bought"], rows["treated"]
    scores = [qini_auc_score(columns[0], rank, columns[1]) for rank in (age, -age)]
    seen[name] = *scores, uplift_auc_score(columns[0], age, columns[1])
    kinds = set(map(str, rows.dtypes))
    print(f"{name} {kinds}: Qini {scores[0]:.2f}, ranked the wrong way {scores[1]:.2f}; area {seen[name][2]:.2f}")
same = seen["int64"] == seen["bool"] and seen["downcast"] == seen["uint32"] and seen["int64"][0] > 0.1
same &= seen["downcast"][0] < -1 and seen["downcast"][1] > 1 and seen["downcast"][2] == seen["int64"][2]
sys.exit(0 if same else "this has changed, expected a Qini score of -2 for the right model in unsigned numbers")
PYTHON
