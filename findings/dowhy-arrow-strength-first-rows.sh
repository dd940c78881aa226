#!/usr/bin/env bash
# Guess: arrow_strength of DoWhy's graphical models, given the table (parent_samples), is a mean over its rows of what
#   the target would lose without an arrow, so that the order of the rows does not matter.
# Seen: it goes through the rows from the first on and stops when three means in a row differ by less than 1%. Where a
#   dose acts the more the older a patient is, its arrow has the strength 4.2 in the table as it is, 0.0 with the
#   youngest first and 15.5 with the oldest first; the mean over all rows is 5.4. The arrow of age goes from 1.2 to 8.5
#   when the table is sorted by dose.
# Why it matters: tables come sorted, by age, by dose, by date; the ranking of causes turns round with the order, the
#   same for every seed, and nothing says how many rows were looked at.
# Source: _estimate_direct_strength in dowhy/gcm/influence.py; the docstring of tolerance speaks of consecutive runs.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile dowhy==0.14 numpy==2.2.6 pandas==2.3.3 networkx==3.5 \
    scikit-learn==1.7.2
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import networkx as nx
import numpy as np
import pandas as pd
from dowhy import gcm
from dowhy.gcm.util.general import set_random_seed

print("dowhy", version("dowhy"))
gcm.config.disable_progress_bars()
rng = np.random.default_rng(0)
dose, noise = rng.normal(size=(2, 2000))
age = rng.uniform(0, 4, 2000)
table = pd.DataFrame({"dose": dose, "age": age, "y": dose * age + noise})
model = gcm.ProbabilisticCausalModel(nx.DiGraph([("dose", "y"), ("age", "y")]))
for root in ("dose", "age"):
    model.set_causal_mechanism(root, gcm.EmpiricalDistribution())
model.set_causal_mechanism("y", gcm.AdditiveNoiseModel(gcm.ml.create_polynom_regressor(degree=2)))
set_random_seed(0)
gcm.fit(model, table)
print(f"mean over all rows: dose {np.mean(age**2 * dose.var()):.1f}, age {np.mean(dose**2 * age.var()):.1f}")
seen = {}
for name, rows in {
    "as it is": table,
    "youngest first": table.sort_values("age"),
    "oldest first": table.sort_values("age", ascending=False),
    "smallest dose first": table.sort_values("dose"),
}.items():
    for seed in (0, 1):
        set_random_seed(seed)
        strength = gcm.arrow_strength(model, "y", parent_samples=rows, n_jobs=1)
        seen[name, seed] = strength["dose", "y"], strength["age", "y"]
        print(f"{name}, seed {seed}: dose {strength['dose', 'y']:.1f}, age {strength['age', 'y']:.1f}")
same = all(
    seen["youngest first", seed][0] < 0.5
    and 3 < seen["as it is", seed][0] < 7
    and seen["oldest first", seed][0] > 12
    and seen["smallest dose first", seed][1] > 3 * seen["as it is", seed][1]
    for seed in (0, 1)
)
sys.exit(0 if same else "this has changed, expected strengths that depend on the order of the rows")
PYTHON
