#!/usr/bin/env bash
# Guess: CausalModel of DoWhy, which takes dagitty's text for a graph, reads "z <-> y" as a hidden common cause of z
#   and y, or refuses it; and "x <- z" as the edge z -> x.
# Seen: "<->" becomes a NODE named "<->" and the confounding is gone: x's effect on y is held to need no adjustment
#   although z -> x and z <-> y. "<- z; x ->" is a node's name, too, and takes the edge x -> y with it.
# Why it matters: both arrows are dagitty's own syntax; the back-door set comes out empty, so the plain difference is
#   reported as the effect.
# Source: dowhy/utils/graph_operations.py, daggity_to_dot, replaces line ends and the word "dag".
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

logging.disable(logging.WARNING)
print("dowhy", dowhy.__version__)
table = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 3)), columns=["x", "y", "z"])


def read(text):
    model = dowhy.CausalModel(table, "x", "y", graph=text)
    graph = model._graph._graph
    return sorted(graph.nodes), sorted(graph.edges)


model = dowhy.CausalModel(table, "x", "y", graph="dag { z -> x; x -> y; z <-> y }")
seen = {
    "double arrow": read("dag { z -> x; x -> y; z <-> y }"),
    "backward arrow": read("dag { x <- z; x -> y; z -> y }"),
    "adjustment": model.identify_effect(proceed_when_unidentifiable=True).get_backdoor_variables(),
}
for what, value in seen.items():
    print(f"{what}: {value}")
expected = {
    "double arrow": (["<->", "x", "y", "z"], [("x", "y"), ("z", "x")]),
    "backward arrow": (["<- z; x ->", "x", "y", "z"], [("z", "y")]),
    "adjustment": [],
}
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
