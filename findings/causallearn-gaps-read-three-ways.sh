#!/usr/bin/env bash
# Guess: causal-learn refuses a table with gaps whatever the method, as PC with Fisher's z does ("Input data contains
#   NaN").
# Seen: PC with the chi-square and the G-squared test answers: on a chain of three binary columns with a tenth of the
#   middle one missing it joins all three, because what is missing becomes a level of its own. GES with BIC answers,
#   too: one missing value in 300 rows, and the graph of three columns with correlations of .7 is empty. GES with BDeu
#   loses one of the two edges with a tenth missing, and both with three tenths.
# Why it matters: an edge that is not there, or a graph without edges, from a table that another test of the same
#   function refuses.
# Source: causallearn/utils/cit.py checks for NaN in the numeric tests only; score/LocalScoreFunction.py does not.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causal-learn==0.1.4.8 numpy==2.2.6 pandas==3.1.1 scipy==1.13.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from causallearn.search.ConstraintBased.PC import pc
from causallearn.search.ScoreBased.GES import ges

print("causal-learn", version("causal-learn"))
random = np.random.default_rng(0)


def pairs(graph):
    """The joined pairs of columns."""
    return [(i, j) for i in range(3) for j in range(i) if graph.graph[i, j] or graph.graph[j, i]]


def copied(column):
    return np.where(random.random(len(column)) < 0.85, column, 1 - column)


first = (random.random(500) > 0.5) * 1.0
second = copied(first)
levels = np.column_stack([first, second, copied(second)])
a = random.normal(size=300)
b = a + random.normal(size=300)
numbers = np.column_stack([a, b, b + random.normal(size=300)])
numbers[0, 1] = np.nan
seen = {}
for share in (0, 0.1, 0.3):
    table = levels.copy()
    table[: int(share * 500), 1] = np.nan
    for test in ("chisq", "gsq"):
        seen[f"PC, {test}, {share} missing"] = pairs(pc(table, 0.05, test, show_progress=False).G)
    seen[f"GES, BDeu, {share} missing"] = pairs(ges(table.copy(), "local_score_BDeu")["G"])
seen["GES, BIC, one value missing"] = pairs(ges(numbers.copy(), "local_score_BIC")["G"])
try:
    pc(numbers, 0.05, "fisherz", show_progress=False)
    refused = False
except AssertionError as error:
    refused = True
    print("PC, fisherz, one value missing:", error)
for how, found in seen.items():
    print(how, found)
chain, every = [(1, 0), (2, 1)], [(1, 0), (2, 0), (2, 1)]
expected = {
    "PC, chisq, 0 missing": chain,
    "PC, gsq, 0 missing": chain,
    "GES, BDeu, 0 missing": chain,
    "PC, chisq, 0.1 missing": every,
    "PC, gsq, 0.1 missing": every,
    "GES, BDeu, 0.1 missing": [(1, 0)],
    "PC, chisq, 0.3 missing": every,
    "PC, gsq, 0.3 missing": every,
    "GES, BDeu, 0.3 missing": [],
    "GES, BIC, one value missing": [],
}
sys.exit(0 if refused and seen == expected else f"this has changed, expected {expected}")
PYTHON
