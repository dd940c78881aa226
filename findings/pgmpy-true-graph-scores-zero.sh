#!/usr/bin/env bash
# Guess: pgmpy's correlation score, "how well the model structure represents the correlations in the data", is 1 for a
#   graph that says of each pair rightly whether it is dependent, and higher the better the graph.
# Seen: 0, the lowest there is, for the true graph of three columns that are all dependent, as for each wrong one. It
#   is the F1 score of the pairs without correlation: where there are none, everything scores 0. With an unrelated
#   fourth column the true graph has 1; with that column joined to the rest, one edge too many, 0; with no edge at all
#   .67.
# Why it matters: among graphs of related columns it tells nothing, and where it tells, an empty graph beats one with
#   an edge too many.
# Source: pgmpy/metrics/correlation_score.py; the docstring names the positive class and no such case.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pgmpy==1.1.2 numpy==2.2.6 pandas==3.1.1 networkx==3.6.1
"$room/venv/bin/python" -W ignore - <<'PYTHON' 2> /dev/null
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from pgmpy.base import DAG
from pgmpy.metrics import CorrelationScore

print("pgmpy", version("pgmpy"))
rng = np.random.default_rng(0)
a, *noise = rng.normal(size=(3, 2000))
b = a + noise[0]
table = pd.DataFrame({"a": a, "b": b, "c": b + noise[1], "d": rng.normal(size=2000)})
seen = {}
for columns, graphs in {
    "abc": {"true, a -> b -> c": ["ab", "bc"], "a -> b <- c": ["ab", "cb"], "a -> b alone": ["ab"]},
    "abcd": {"true, a -> b -> c": ["ab", "bc"], "c -> d besides": ["ab", "bc", "cd"], "no edge": []},
}.items():
    for name, edges in graphs.items():
        graph = DAG([tuple(edge) for edge in edges])
        graph.add_nodes_from(columns)
        score = CorrelationScore(ci_test="pearsonr")(X=table[list(columns)], causal_graph=graph)
        seen[columns, name] = round(float(score), 2)
        print(f"columns {columns}, {name}: {score:.2f}")
same = list(seen.values()) == [0, 0, 0, 1, 0, 0.67]
sys.exit(0 if same else "this has changed, expected 0 for the true graph of three columns")
PYTHON
