#!/usr/bin/env bash
# Guess: fit(cov_type="clustered") of linearmodels' panel models (PooledOLS, PanelOLS) clusters the errors by entity,
#   the first level of the table's index, or asks by what to cluster.
# Seen: neither. Without cluster_entity=True each row is a cluster of its own: the errors are those of "robust", to the
#   last digit, and the summary says "Clustered". With 100 persons of 10 years each they are half as large as those of
#   persons. IV2SLS, which has no entities, does the same without clusters=.
# Why it matters: what is written into the table of a paper is "clustered", and nothing in the output tells by what; the
#   interval is half as wide as it should be, or less the longer the panel.
# Source: docstring of PooledOLS.fit: cluster_entity and cluster_time are False; what is then a cluster is not said.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile linearmodels==7.1 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import linearmodels
import numpy as np
import pandas as pd
from linearmodels import IV2SLS, PanelOLS, PooledOLS

print("linearmodels", linearmodels.__version__)
rng = np.random.default_rng(0)
persons, years = 100, 10
index = pd.MultiIndex.from_product([range(persons), range(years)], names=["person", "year"])
x = rng.normal(size=persons).repeat(years) + 0.3 * rng.normal(size=persons * years)
y = x + rng.normal(size=persons).repeat(years) + rng.normal(size=persons * years)
table = pd.DataFrame({"y": y, "x": x, "one": 1.0}, index=index)
by = pd.Series(index.get_level_values("person"), index=index)
models = {
    "PooledOLS": (PooledOLS(table.y, table[["one", "x"]]), {"cluster_entity": True}),
    "PanelOLS": (PanelOLS(table.y, table[["one", "x"]], time_effects=True), {"cluster_entity": True}),
    "IV2SLS": (IV2SLS(table.y, table[["one", "x"]], None, None), {"clusters": by}),
}
same = True
for name, (model, by_person) in models.items():
    bare = model.fit(cov_type="clustered")
    robust = model.fit(cov_type="robust").std_errors.x
    persons_too = model.fit(cov_type="clustered", **by_person).std_errors.x
    stated = [line for line in bare.summary.as_text().splitlines() if "Cov. Estimator" in line][0][:45]
    print(f"{name}: clustered {bare.std_errors.x:.4f}, robust {robust:.4f}, by person {persons_too:.4f} | {stated}")
    same &= np.isclose(bare.std_errors.x, robust) and persons_too > 1.7 * robust and "lustered" in stated
sys.exit(0 if same else "this has changed, expected each row to be a cluster of its own")
PYTHON
