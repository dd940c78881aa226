#!/usr/bin/env bash
# Guess: a dagsim graph with a Selection node and a Stratify node gives the number of rows asked for, all selected,
#   divided among the strata.
# Seen: of 200 rows asked for one is left, in one stratum; 200 come out with either node alone. Rows that selection
#   drops are replaced one by one, each time the whole graph is drawn anew for one row, and the strata are those of
#   the last such draw: its stratum is given to the first row of the table, whichever that is. In ten runs the only
#   row stands eight times in the wrong stratum.
# Why it matters: selection by the outcome and answers by group are what the two nodes are for, and a study of
#   selection bias needs both; the single row comes without a word, in a file per stratum.
# Source: simulate in dagsim/Graph.py, where _traverse_graph(1, ...) overwrites the output that _filter_output of
#   dagsim/Stratify.py reads.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile igraph==1.0.0 graphviz==0.21 pyyaml==6.0.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps dagsim==1.0.10
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from contextlib import redirect_stdout
from importlib.metadata import version
from io import StringIO

import numpy as np
from dagsim.base import Graph, Node, Selection, Stratify

print("dagsim", version("dagsim"), "numpy", version("numpy"))


def draw(*kinds):
    age = Node("age", np.random.uniform, kwargs={"low": 20, "high": 80})
    nodes = {
        "selection": Selection("asked", lambda years: bool(years > 30), kwargs={"years": age}),
        "strata": Stratify("group", lambda years: "old" if years > 55 else "young", kwargs={"years": age}),
    }
    with redirect_stdout(StringIO()):
        return Graph([age] + [nodes[kind] for kind in kinds]).simulate(200)


np.random.seed(0)
selected, strata = len(draw("selection")["age"]), {name: len(rows["age"]) for name, rows in draw("strata").items()}
print("selection alone:", selected, "rows; strata alone:", strata)
counts, wrong = [], 0
for _ in range(10):
    both = draw("selection", "strata")
    counts.append(sum(len(rows["age"]) for rows in both.values()))
    name, rows = next(iter(both.items()))
    wrong += (rows["age"][0] > 55) != (name == "old")
print("both, rows in ten runs:", counts, "of which in the wrong stratum:", wrong)
same = selected == 200 and sum(strata.values()) == 200 and len(strata) == 2 and counts == [1] * 10 and wrong > 0
sys.exit(0 if same else "this has changed, expected one row of 200")
PYTHON
