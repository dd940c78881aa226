#!/usr/bin/env bash
# Guess: CD-NOD of causal-learn, which takes an index of domains or of time as a cause of what changes, orients its
#   edges away from the index in tables with gaps (mvcdnod=True) as it does in whole ones.
# Seen: towards it. The index, which shifts x, is a cause of x in a whole table and in one with gaps by the same test
#   without mvcdnod, and an effect of x with it: two lines of the program differ in which end comes first. Nor does it
#   help then to orient others: y -> w becomes y - w.
# Why it matters: what the method is for is the knowledge that measurements do not change the domain; the graph says
#   that they choose it, and its arrows into the index are made for colliders that do not exist.
# Source: mvcdnod_alg in causallearn/search/ConstraintBased/CDNOD.py, add_directed_edge(i, c_indx), below the comment
#   "orient the direction from c_indx to X"; cdnod_alg has (c_indx, i).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causal-learn==0.1.4.8 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1
"$room/venv/bin/python" -W ignore - <<'PYTHON' 2>/dev/null
import sys
from importlib.metadata import version

import numpy as np
from causallearn.search.ConstraintBased.CDNOD import cdnod

print("causal-learn", version("causal-learn"))
rng = np.random.default_rng(0)
domain = np.repeat([0.0, 1.0], 500)
noise = rng.normal(size=(4, 1000))
x = 2 * domain + noise[0]
y = x + noise[1]
w = y + noise[2] + noise[3]
whole = np.column_stack([x, y, w])
gaps = whole.copy()
gaps[rng.random(1000) < 0.05, 2] = np.nan
seen = {}
for name, table, settings in (
    ("whole table", whole, {"indep_test": "fisherz"}),
    ("gaps", gaps, {"indep_test": "mv_fisherz"}),
    ("gaps, mvcdnod", gaps, {"indep_test": "mv_fisherz", "mvcdnod": True}),
):
    graph = cdnod(table, domain.reshape(-1, 1), show_progress=False, **settings).G
    edges = [str(edge) for edge in graph.get_graph_edges()]
    for number, column in enumerate(("x", "y", "w", "index"), start=1):
        edges = [edge.replace(f"X{number}", column) for edge in edges]
    seen[name] = [edge for edge in edges if "index" in edge and "x" in edge.split()]
    print(f"{name}: {', '.join(edges)}")
expected = {"whole table": ["index --> x"], "gaps": ["index --> x"], "gaps, mvcdnod": ["x --> index"]}
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
