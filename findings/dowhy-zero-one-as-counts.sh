#!/usr/bin/env bash
# Guess: an outcome of 0 and 1 in a DoWhy graphical model, with the mechanisms that gcm.auto assigns, is drawn as 0 or 1.
# Seen: as -1, 0, 1 and 2: a sixth of the rows are neither 0 nor 1. Whole numbers with few values are taken for counts,
#   a line plus a redrawn residual, rounded. do(x = 2) gives 2 to a sixth of the rows. The same column as True and False
#   gets a classifier, and stays what it is.
# Why it matters: "ill" in 0 and 1 is how such columns come; a share of the ill, or y == 1, counts rows that do not
#   exist, and children of y are extrapolated to 2 and -1.
# Source: dowhy/gcm/auto.py, assign_causal_mechanism_node: DiscreteAdditiveNoiseModel for discrete data, a
#   classifier for "categorical" data, which are text and booleans.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile dowhy==0.14 pandas==2.3.3 numpy==2.2.6 scikit-learn==1.7.2
"$room/venv/bin/python" -W ignore - <<'PYTHON' 2>/dev/null
import sys
from importlib.metadata import version

import networkx as nx
import numpy as np
import pandas as pd
from dowhy import gcm

print("dowhy", version("dowhy"))
gcm.config.disable_progress_bars()
gcm.util.general.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=2000)
table = pd.DataFrame({"x": x, "ill": (rng.random(2000) < 1 / (1 + np.exp(-x))).astype(int)})
outside = {}
for kind in ("int64", "float64", "bool"):
    rows = table.astype({"ill": kind})
    model = gcm.StructuralCausalModel(nx.DiGraph([("x", "ill")]))
    gcm.auto.assign_causal_mechanisms(model, rows)
    gcm.fit(model, rows)
    drawn = gcm.draw_samples(model, 2000).ill
    outside[kind] = float(np.mean(~drawn.isin([0, 1])))
    moved = gcm.interventional_samples(model, {"x": lambda _: 2.0}, num_samples_to_draw=2000).ill
    print(f"{kind}: {model.causal_mechanism('ill')}")
    print(f"  drawn {drawn.value_counts().to_dict()}; do(x = 2) {moved.value_counts().to_dict()}")
same = outside["int64"] > 0.08 and outside["float64"] > 0.08 and outside["bool"] == 0
sys.exit(0 if same else "this has changed, expected values beside 0 and 1")
PYTHON
