#!/usr/bin/env bash
# Guess: DAG.to_dagitty of pgmpy quotes a name with a blank, as dagitty and DAG.from_dagitty do, so that the text reads
#   back as the same graph; or it refuses the name.
# Seen: the name is written bare, "blood flow -> dose". Read again by pgmpy it is the edge flow -> dose and a node
#   "blood" without any edge, without a word; the quoted text reads right.
# Why it matters: columns called "blood flow" are common, and the graph that comes back has other nodes and edges.
# Source: to_dagitty in pgmpy/base/DAG.py joins the names as they are; dagitty's manual puts such names in quotes.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pgmpy==1.1.2 numpy==2.4.6 pandas==3.1.1 networkx==3.6.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

from pgmpy.base import DAG

print("pgmpy", version("pgmpy"))
text = DAG([("blood flow", "dose")]).to_dagitty()
again = DAG.from_dagitty(text)
quoted = DAG.from_dagitty('dag { "blood flow" -> dose }')
seen = {
    "text": " ".join(text.split()),
    "nodes read again": sorted(again.nodes),
    "edges read again": list(again.edges),
    "edges of the quoted text": list(quoted.edges),
}
for what, value in seen.items():
    print(f"{what}: {value}")
expected = [
    "dag { blood flow -> dose }",
    ["blood", "dose", "flow"],
    [("flow", "dose")],
    [("blood flow", "dose")],
]
sys.exit(0 if list(seen.values()) == expected else f"this has changed, expected {expected}")
PYTHON
