#!/usr/bin/env bash
# Guess: a whole-number column, such as an income in cents or a population, keeps its values in DoWhy's graphical
#   models: samples of y are near the y of the table.
# Seen: y, 6 to 8 billion in every row, is drawn between -2.1 and 2.1 billion, half of it negative: the mechanism that
#   is assigned by itself to whole-number children casts the column to 32 bits, which wraps round. A root of the same
#   size is right, and so is y as floats.
# Why it matters: no error and no warning; with the same units divided by a thousand all is well.
# Source: dowhy/gcm/causal_mechanisms.py, DiscreteAdditiveNoiseModel.fit.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile dowhy==0.14 numpy==2.4.6 pandas==3.1.1 networkx==3.6.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import dowhy
import networkx as nx
import numpy as np
import pandas as pd
from dowhy import gcm

print("dowhy", dowhy.__version__)
gcm.config.disable_progress_bars()
rng = np.random.default_rng(0)
x = rng.integers(3_000_000_000, 4_000_000_000, 500)
whole = pd.DataFrame({"x": x, "y": 2 * x + rng.integers(0, 1000, 500)})


def drawn(table):
    gcm.util.general.set_random_seed(0)
    model = gcm.StructuralCausalModel(nx.DiGraph([("x", "y")]))
    gcm.auto.assign_causal_mechanisms(model, table)
    gcm.fit(model, table)
    samples = gcm.draw_samples(model, 200)
    return {name: bool(samples[name].between(table[name].min() - 1e6, table[name].max() + 1e6).all()) for name in table}


seen = {"whole numbers": drawn(whole), "floats": drawn(whole + 0.5)}
print("every sample within the table's range:", seen)
expected = {"whole numbers": {"x": True, "y": False}, "floats": {"x": True, "y": True}}
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
