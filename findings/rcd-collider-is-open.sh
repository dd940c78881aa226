#!/usr/bin/env bash
# Guess: get_perfect_ci_test of rcd, the test that answers from a known graph in place of data, says that two causes of
#   one effect are independent, and dependent given the effect, as networkx's d-separation does.
# Seen: for A -> C <- B it says the opposite, dependent without C and independent given C. It walks through a collider
#   that is not given, and stops at one that is. In 40 random graphs of five columns it differs from networkx in
#   373 of 3,200 questions.
# Why it matters: a search with perfect answers shows what is possible before any data come in, and tests of new
#   methods begin there. Chains and forks are right, so that a small try without a collider passes.
# Source: is_d_separated in rcd/utilities/ci_tests.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile networkx==3.4.2 tqdm==4.67.1 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps rcd==0.2.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version
from itertools import combinations

import networkx as nx
import numpy as np
from rcd.utilities.ci_tests import get_perfect_ci_test

print("rcd", version("rcd"), "networkx", nx.__version__)
seen = {}
three = {"A -> C <- B": [(0, 2), (1, 2)], "A <- C -> B": [(2, 0), (2, 1)], "A -> C -> B": [(0, 2), (2, 1)]}
for name, arrows in three.items():
    graph = nx.DiGraph(arrows)
    test = get_perfect_ci_test(nx.to_numpy_array(graph, nodelist=range(3)))
    seen[name] = [test(0, 1, given, None) for given in ([], [2])]
    right = [nx.is_d_separator(graph, {0}, {1}, set(given)) for given in ([], [2])]
    print(f"{name}: A and B independent without and with C {seen[name]}, networkx {right}")
rng, differ, asked = np.random.default_rng(0), 0, 0
for _ in range(40):
    matrix = np.triu(rng.random((5, 5)) < 0.5, 1).astype(int)
    test, graph = get_perfect_ci_test(matrix), nx.from_numpy_array(matrix, create_using=nx.DiGraph)
    for x, y in combinations(range(5), 2):
        others = [z for z in range(5) if z not in (x, y)]
        for given in (list(part) for size in range(4) for part in combinations(others, size)):
            asked += 1
            differ += test(x, y, given, None) != nx.is_d_separator(graph, {x}, {y}, set(given))
print(f"random graphs: {differ} of {asked} answers differ from networkx")
same = seen["A -> C <- B"] == [False, True] and seen["A <- C -> B"] == seen["A -> C -> B"] == [False, True]
same &= differ > 0.05 * asked
sys.exit(0 if same else "this has changed, expected colliders to be open")
PYTHON
