#!/usr/bin/env bash
# Guess: CausalModel of DoWhy reads "a -> b [dir=back]" in DOT as b -> a, refuses the circles with which causal-learn
#   draws an edge whose direction is open, and refuses GML that does not say "directed 1", which is undirected.
# Seen: dir and the shapes at the ends are not looked at: all three are a -> b. The undirected GML becomes a cycle,
#   a -> b and b -> a, without a word.
# Why it matters: a picture of causal-learn's FCI or PC, handed over as a graph, claims directions that the method
#   left open.
# Source: dowhy/causal_graph.py takes the graph from pydot or networkx; https://graphviz.org/docs/attrs/dir.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile dowhy==0.14 numpy==2.4.6 pandas==3.1.1 networkx==3.6.1 pydot==4.0.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import logging
import sys

import dowhy
import numpy as np
import pandas as pd

logging.disable(logging.CRITICAL)
print("dowhy", dowhy.__version__)
table = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 2)), columns=["a", "b"])


def edges(text):
    return sorted(dowhy.CausalModel(table, "a", "b", graph=text)._graph._graph.edges)


nodes = 'node [id "a" label "a"] node [id "b" label "b"]'
seen = {
    "backward": edges("digraph { a -> b [dir=back]; }"),
    "circles": edges("digraph { a -> b [dir=both, arrowtail=odot, arrowhead=odot]; }"),
    "no arrow": edges("digraph { a -> b [dir=none]; }"),
    "undirected GML": edges(f'graph [{nodes} edge [source "a" target "b"]]'),
}
for what, value in seen.items():
    print(f"{what}: {value}")
expected = [[("a", "b")]] * 3 + [[("a", "b"), ("b", "a")]]
sys.exit(0 if list(seen.values()) == expected else f"this has changed, expected {expected}")
PYTHON
