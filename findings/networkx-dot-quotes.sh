#!/usr/bin/env bash
# Guess: to_pydot of networkx escapes a quote in a name, so that read_dot gives the same graph back.
# Seen: a name with one quote is written bare: d"q -> b is read as the single edge q -> b and a node of several lines,
#   without a word. A name whose quotes come with blanks, such as the "dose", keeps a backslash before one of its
#   quotes and another in place of the last.
# Why it matters: a file that networkx writes is another graph for networkx, and no graph for graphviz.
# Source: quoting in pydot, and networkx/drawing/nx_pydot.py, which strips quotes but keeps their backslashes.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile networkx==3.6.1 pydot==4.0.1
ROOM="$room" "$room/venv/bin/python" -W ignore - <<'PYTHON'
import os
import sys
from importlib.metadata import version

import networkx as nx

print("networkx", nx.__version__, "pydot", version("pydot"))
file = os.path.join(os.environ["ROOM"], "graph.dot")


def again(name):
    nx.nx_pydot.write_dot(nx.DiGraph([(name, "b")]), file)
    return list(nx.nx_pydot.read_dot(file).edges())


seen = {"blood flow": again("blood flow"), 'd"q': again('d"q'), 'the "dose"': again('the "dose"')}
for name, edges in seen.items():
    print(f"{name}: {edges}")
expected = [[("blood flow", "b")], [("q", "b")], [('the \\"dose\\', "b")]]
sys.exit(0 if list(seen.values()) == expected else f"this has changed, expected {expected}")
PYTHON
