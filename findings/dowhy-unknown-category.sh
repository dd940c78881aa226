#!/usr/bin/env bash
# Guess: an intervention on a categorical column of a DoWhy graphical model with a word that is no category, as "hihg"
#   for "high", is refused, or at least warned of.
# Seen: it is carried out. With the categories high, low and mid, whose means of y are 6, 1 and 3, "hihg", "High" and
#   "high " (with a blank) all give about 2.7, without a word.
# Why it matters: a spelling mistake becomes an effect, and a plausible one: "high" against "High" is an effect of 3.
# Source: dowhy/gcm/util/general.py, fit_one_hot_encoders, has unknown categories encoded as zeros everywhere.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile dowhy==0.14 numpy==2.4.6 pandas==2.3.3 networkx==3.6.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import logging
import sys
from importlib.metadata import version

import networkx as nx
import numpy as np
import pandas as pd
from dowhy import gcm

logging.disable(logging.CRITICAL)
gcm.config.disable_progress_bars()
gcm.util.general.set_random_seed(0)
print("dowhy", version("dowhy"))
rng = np.random.default_rng(0)
dose = rng.choice(["high", "low", "mid"], size=3000)
level = {"high": 6.0, "low": 1.0, "mid": 3.0}
table = pd.DataFrame({"dose": dose, "y": [level[word] for word in dose] + rng.normal(size=3000)})
model = gcm.StructuralCausalModel(nx.DiGraph([("dose", "y")]))
gcm.auto.assign_causal_mechanisms(model, table)
gcm.fit(model, table)
seen = {}
for word in [*level, "hihg", "High", "high "]:
    samples = gcm.interventional_samples(model, {"dose": lambda _, word=word: word}, num_samples_to_draw=4000)
    seen[word] = round(float(samples["y"].mean()), 1)
    print(f"do(dose = {word!r}): mean of y {seen[word]}")
unknown = [seen[word] for word in seen if word not in level]
same = [seen[word] for word in level] == [6.0, 1.0, 3.0] and all(2 < value < 4 for value in unknown)
sys.exit(0 if same else "this has changed, expected values between 2 and 4 for the three words that are no category")
PYTHON
