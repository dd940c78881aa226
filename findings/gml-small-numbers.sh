#!/usr/bin/env bash
# Guess: igraph and networkx, which both write and read GML, understand each other's numbers.
# Seen: a weight of 0.00001 survives neither way. igraph writes 1e-05, and networkx reads that as 1 with a new
#   attribute e = -5 beside it, for its numbers need a decimal point before an exponent. networkx writes 1.E-05, and
#   igraph refuses that file.
# Why it matters: a causal effect or an edge's probability of 1e-05 becomes a certain edge of weight 1, without a
#   word.
# Source: networkx/readwrite/gml.py has the pattern of its tokens.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile networkx==3.6.1 igraph==1.0.0
cd "$room"
venv/bin/python - <<'PYTHON'
import sys

import igraph
import networkx as nx

print("networkx", nx.__version__, "igraph", igraph.__version__)
theirs = igraph.Graph([(0, 1)], directed=True)
theirs.vs["name"] = ["rain", "crop"]
theirs.es["weight"] = [0.00001]
theirs.write_gml("igraph.gml")
read = nx.read_gml("igraph.gml", label="name")
nx.write_gml(nx.DiGraph([("rain", "crop", {"weight": 0.00001})]), "networkx.gml")
try:
    back = igraph.Graph.Read_GML("networkx.gml").es["weight"]
except igraph.InternalError:
    back = "an error"
seen = {"networkx reads igraph's file as": read.edges["rain", "crop"], "igraph reads networkx's as": back}
for what, value in seen.items():
    print(f"{what}: {value}")
expected = {"networkx reads igraph's file as": {"weight": 1, "e": -5}, "igraph reads networkx's as": "an error"}
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
