#!/usr/bin/env bash
# Guess: interventional_samples of DoWhy's graphical models, given a table (observed_data, "data on which to perform
#   interventions") and the soft intervention dose -> dose + 1, gives each row its dose plus one; and dose -> dose the
#   table as it was.
# Seen: only where the dose is a root of the graph. Else it is drawn anew from its parents first, and the function is
#   put on that: the two columns differ by 1.0 in the mean and by 1.4 in standard deviation. So dose -> dose changes
#   every row. counterfactual_samples, on the same call, keeps the rows.
# Why it matters: "everybody gets a little more" compares each patient with another one; a change for some rows
#   (double the doses below 1) falls on other rows than those that have them; and which of the two happens hangs on a
#   parent.
# Source: _interventional_samples in dowhy/gcm/whatif.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile dowhy==0.14 numpy==2.2.6 pandas==2.3.3 networkx==3.6.1
"$room/venv/bin/python" -W ignore - <<'PYTHON' 2> /dev/null
import sys
from importlib.metadata import version

import networkx as nx
import numpy as np
import pandas as pd
from dowhy import gcm

gcm.config.disable_progress_bars()
gcm.config.set_default_n_jobs(1)
print("dowhy", version("dowhy"))
rng = np.random.default_rng(0)
weight, *noise = rng.normal(size=(3, 1000))
dose = weight + noise[0]
table = pd.DataFrame({"weight": weight, "dose": dose, "pain": noise[1] - dose})
moves = {}
for name, edges in {"dose is a root": ["dose"], "dose has a parent": ["weight", "dose"]}.items():
    graph = nx.DiGraph([*zip(edges, [*edges[1:], "pain"], strict=True)])
    rows = table[list(graph)]
    model = gcm.InvertibleStructuralCausalModel(graph)
    for node in graph:
        root = not list(graph.predecessors(node))
        model.set_causal_mechanism(
            node, gcm.EmpiricalDistribution() if root else gcm.AdditiveNoiseModel(gcm.ml.create_linear_regressor())
        )
    gcm.fit(model, rows)
    for kind, samples in {
        "interventional": gcm.interventional_samples(model, {"dose": lambda v: v + 1}, observed_data=rows),
        "interventional, unchanged": gcm.interventional_samples(model, {"dose": lambda v: v}, observed_data=rows),
        "counterfactual": gcm.counterfactual_samples(model, {"dose": lambda v: v + 1}, observed_data=rows),
    }.items():
        change = samples["dose"].to_numpy() - rows["dose"].to_numpy()
        moves[name, kind] = round(float(change.std()), 1)
        print(f"{name}, {kind}: doses change by {change.mean():.1f} in the mean, {change.std():.1f} in deviation")
redrawn = [key for key, deviation in moves.items() if deviation > 1]
expected = [("dose has a parent", "interventional"), ("dose has a parent", "interventional, unchanged")]
sys.exit(0 if redrawn == expected else f"this has changed, expected {expected}")
PYTHON
