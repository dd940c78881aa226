#!/usr/bin/env bash
# Guess: igraph reads the identifiers of nodes in GraphML as any parser of XML does, so that the node that networkx
#   writes as id="R&amp;D" is called "R&D"; its own files read back right.
# Seen: the identifier becomes "R&#38;D". Quotes and "<" come through, and so does an ampersand in igraph's own files,
#   where names are elements and not attributes.
# Why it matters: networkx' node names are such identifiers, so that one column of the table is not found.
# Source: igraph's reader of GraphML takes attributes from libxml2 as they stand; XML 1.0, section 4.4.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile igraph==1.0.0 networkx==3.6.1
ROOM="$room" "$room/venv/bin/python" -W ignore - <<'PYTHON'
import os
import sys

import igraph
import networkx as nx

print("igraph", igraph.__version__, "networkx", nx.__version__)
file = os.path.join(os.environ["ROOM"], "graph.graphml")
nx.write_graphml(nx.DiGraph([("R&D", "a < b"), ("R&D", 'the "dose"')]), file)
seen = {"networkx read by networkx": sorted(nx.read_graphml(file)), "networkx read by igraph": igraph.read(file).vs["id"]}
own = igraph.Graph(directed=True)
own.add_vertices(["R&D"])
own.write_graphml(file)
seen["igraph read by igraph"] = igraph.read(file).vs["name"]
for what, value in seen.items():
    print(f"{what}: {value}")
expected = [["R&D", "a < b", 'the "dose"'], ["R&#38;D", "a < b", 'the "dose"'], ["R&D"]]
sys.exit(0 if list(seen.values()) == expected else f"this has changed, expected {expected}")
PYTHON
