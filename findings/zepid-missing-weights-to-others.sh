#!/usr/bin/env bash
# Guess: the weights of zEpid's IPMW for two columns that are missing one after the other (monotone=True) belong to the
#   rows of the table that they were asked of, whatever order these stand in, as its weights for a single column do.
# Seen: in a table that was sorted they belong to others. They come back in the order of the labels that the rows had
#   before, while the table keeps its new order: sorted by age, the weights of the same persons before and after have a
#   correlation of 0, and a mean of 0, which is -.6 in the rows without gaps, is 0 before and -.6 after. A table with
#   as many rows as before is all that it takes; with fewer an error is raised.
# Why it matters: tables are sorted, by person, by date; the weights look as they should, above 1 and missing in the
#   right rows, and correct nothing.
# Source: _monotone_variables in zepid/causal/ipw/IPMW.py multiplies a Series labelled 0, 1, 2, ... by predictions that
#   have the table's labels, and takes the product by place.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile zepid==0.9.1 statsmodels==0.15.0 pandas==2.3.3 numpy==2.4.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from zepid.causal.ipw import IPMW

print("zepid", version("zepid"))
rng = np.random.default_rng(0)
age, *noise = rng.normal(size=(3, 4000))
b = age + noise[0]
c = b + noise[1]
chance = rng.random((2, 4000))
no_b = chance[0] < 1 / (1 + np.exp(1 - age))
no_c = no_b | (chance[1] < 1 / (1 + np.exp(1 - b)))
table = pd.DataFrame({"age": age, "b": b, "c": c}).mask(pd.DataFrame({"age": False, "b": no_b, "c": no_c}))


def weights(rows, columns, models):
    model = IPMW(rows, missing_variable=columns, monotone=True)
    model.regression_models(model_denominator=models, print_results=False)
    model.fit()
    return pd.Series(np.asarray(model.Weight), index=rows.index)


moved = table.sort_values("age")
print(f"mean of c {c.mean():.2f}, of the rows without gaps {table['c'].mean():.2f}")
seen = {}
for columns, models in ((["b", "c"], ["age", "age + b"]), ("b", "age")):
    before, after = weights(table, columns, models), weights(moved, columns, models)
    seen[str(columns)] = round(float(before.corr(after)), 1) + 0.0
    print(f"{columns}: correlation of a row's weights before and after sorting {before.corr(after):.2f}")
    last = columns[-1]
    for name, given in (("before", before), ("after", after)):
        kept = given.notna() & table[last].notna()
        print(f"  weighted mean of {last}, {name}: {np.average(table[last][kept], weights=given[kept]):.2f}")
expected = {"['b', 'c']": 0.0, "b": 1.0}
sys.exit(0 if seen == expected else f"this has changed, expected correlations of {expected}, got {seen}")
PYTHON
