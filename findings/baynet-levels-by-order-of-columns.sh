#!/usr/bin/env bash
# Guess: estimate_parameters of BayNet with infer_levels=True takes the categories of each column to the node of its
#   name, whatever the order of the columns: a sample of the network has the values of the table.
# Seen: with the columns in the order of the alphabet, 31% smoke, as in the table. With smoker before cough, 69% do
#   and 68% cough: each column has the categories of the other, here yes and no declared in different orders. Columns
#   with the same order of categories hide it, and columns with others show it.
# Why it matters: select or reorder the columns and the rates are those of the opposite, in samples and in every
#   answer by name; the table and the network are the same ones.
# Source: self.vs["levels"] = [list(dtype.categories) for dtype in data.dtypes] in estimate_parameters of
#   baynet/structure.py, by place, where the nodes of a graph are in the order of the alphabet.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile python-igraph==0.10.8 networkx==2.8.8 pandas==1.5.3 numpy==1.23.5 \
  protobuf==3.20.3 graphviz==0.20.3 pyparsing==3.2.5
"$room/venv/bin/pip" install --quiet --no-compile --no-deps BayNet==0.3.0 # it asks for an igraph that has no wheels
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from baynet import DAG

print("BayNet", version("BayNet"), "igraph", version("igraph"), "pandas", version("pandas"))
rng = np.random.default_rng(0)
smoker = rng.random(10_000) < 0.3
cough = rng.random(10_000) < np.where(smoker, 0.8, 0.1)
table = pd.DataFrame({
    "smoker": pd.Categorical(np.where(smoker, "yes", "no"), categories=["yes", "no"]),
    "cough": pd.Categorical(np.where(cough, "yes", "no"), categories=["no", "yes"]),
})
seen = {}
for columns in (["cough", "smoker"], ["smoker", "cough"]):
    dag = DAG.from_modelstring("[smoker][cough|smoker]")
    dag.estimate_parameters(table[columns], infer_levels=True)
    drawn = dag.sample(10_000, seed=0)
    seen[tuple(columns)] = {column: float((drawn[column] == "yes").mean()) for column in ("smoker", "cough")}
    print("columns", columns, "levels", {node["name"]: node["levels"] for node in dag.vs}, "yes", seen[tuple(columns)])
print("yes in the table", {column: (table[column] == "yes").mean() for column in table})
right, turned = seen.values()
same = abs(right["smoker"] - 0.3) < 0.02 and abs(right["cough"] - 0.31) < 0.02
same &= abs(turned["smoker"] - 0.7) < 0.02 and abs(turned["cough"] - 0.69) < 0.02
sys.exit(0 if same else "this has changed, expected the levels of another column")
PYTHON
