#!/usr/bin/env bash
# Guess: a structural causal model of CausalPlayground that draws by random.randint, as in its documentation, gives the
#   same rows after the same random.seed(0).
# Seen: it gives others each time, and so does every use of Python's random after it: the first thing that
#   get_next_sample and do_interventions do is random.seed() without a number. A split or a shuffle seeded beforehand is
#   a new one in each run as soon as one row was drawn. Distributions of numpy, seeded with numpy, repeat.
# Why it matters: a simulated table that cannot be made again cannot be checked, and a comparison of two methods on "the
#   same" seeds is one on different tables and different splits.
# Source: get_next_sample and do_interventions in CausalPlayground/scm.py, random.seed().
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile networkx==3.4.2 dill==0.4.1 gymnasium==1.2.3 matplotlib==3.10.8 \
  pandas==2.3.3 scipy==1.16.3 tqdm==4.67.1 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps causal-playground==0.1.2
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import random
import sys
from importlib.metadata import version

import numpy as np
from CausalPlayground import StructuralCausalModel

print("causal-playground", version("causal-playground"), "numpy", version("numpy"))


def rows(distribution, options):
    model = StructuralCausalModel()
    model.add_exogenous_var("U", distribution, options)
    model.add_endogenous_var("A", lambda noise: noise + 5, {"noise": "U"})
    random.seed(0)
    np.random.seed(0)
    drawn = tuple(float(model.get_next_sample()[0]["A"]) for _ in range(5))
    return drawn, tuple(random.sample(range(100), 5))


seen = {}
ways = {"random.randint": (random.randint, {"a": 0, "b": 10**6}), "numpy": (np.random.normal, {"loc": 0, "scale": 1})}
for name, (distribution, options) in ways.items():
    tables, splits = zip(*(rows(distribution, options) for _ in range(5)), strict=True)
    seen[name] = len(set(tables)), len(set(splits))
    print(f"{name}, five runs with one seed: {seen[name][0]} different tables, {seen[name][1]} different splits after")
same = seen == {"random.randint": (5, 5), "numpy": (1, 5)}
sys.exit(0 if same else "this has changed, expected tables that differ after one seed")
PYTHON
