#!/usr/bin/env bash
# Guess: parameter_learning.fit of the Python package bnlearn, with nothing chosen, gives tables of probabilities
#   close to the relative frequencies: "bayes" with "bdeu" adds some pseudo-counts, a handful in all.
# Seen: it adds 1,000 rows that are uniform. On 200 rows where 93% of the exposed and 8% of the others are ill, the
#   network says 57% and 44%: a difference of 85 points has become one of 14. methodtype="ml" gives the frequencies.
#   smooth=None, the default, leaves the 1,000 as it is, and so does every other number: scoretype="bdeu" does not
#   look at it.
# Why it matters: answers of inference.fit on tables of some hundreds of rows are mostly prior, the data only lean on
#   them; the log names the method and not the size.
# Source: bnlearn/parameter_learning.py, equivalent_sample_size=1000; the docstring says that an equivalent sample
#   size is needed, gives no number, and has no argument for it.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile bnlearn==1.1.0 pgmpy==1.1.2 numpy==2.4.6 networkx==3.2.1
"$room/venv/bin/python" -W ignore - <<'PYTHON' 2> /dev/null
import sys
from importlib.metadata import version

import bnlearn
import numpy as np
import pandas as pd

print("bnlearn", version("bnlearn"), "pgmpy", version("pgmpy"))
rng = np.random.default_rng(0)
exposed = np.repeat([0, 1], 100)
table = pd.DataFrame({"exposed": exposed, "ill": (rng.random(200) < np.where(exposed, 0.9, 0.1)).astype(int)})
graph = bnlearn.make_DAG([("exposed", "ill")])
seen = {"frequencies": table.groupby("exposed")["ill"].mean().round(2).tolist()}
for name, options in {
    "as it comes": {},
    "smooth=1": {"smooth": 1},
    "ml": {"methodtype": "ml"},
}.items():
    network = bnlearn.parameter_learning.fit(graph, table, **options)["model"]
    seen[name] = [round(float(p), 2) for p in network.get_cpds("ill").get_values()[1]]
for name, values in seen.items():
    print(f"{name}: P(ill) of those not exposed {values[0]}, of the exposed {values[1]}")
counts = table.groupby("exposed")["ill"].sum()
prior = [round((int(count) + 250) / (100 + 500), 2) for count in counts]  # 1,000 rows over four cells
print("1,000 uniform rows added by hand:", prior)
same = seen["as it comes"] == seen["smooth=1"] == prior and seen["ml"] == seen["frequencies"] != prior
sys.exit(0 if same else "this has changed, expected the tables of 1,000 rows of prior")
PYTHON
