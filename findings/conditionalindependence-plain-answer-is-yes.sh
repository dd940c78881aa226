#!/usr/bin/env bash
# Guess: PlainCI_Tester and MemoizedCI_Tester of conditional_independence, the testers that searches take, give the
#   same answer to is_ci(i, j, conditions): True for independent, False for not.
# Seen: the plain one returns the dictionary of the test, with p and "reject", and that is true in an "if", whatever
#   the test found. Two columns with a correlation of .7, p = 0, are independent by the one and dependent by the other;
#   PooledCI_Tester, which asks several testers, says True for all pairs of plain ones. A search that asks "if
#   tester.is_ci(...)" removes every edge.
# Why it matters: the plain tester is the one for tests that should not be remembered, such as those with a random
#   part; the answer is an empty graph, which looks like a finding.
# Source: is_ci of both classes in conditional_independence/ci_tests/ci_tester.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile ipdb==0.13.13 numexpr==2.14.1 scikit-learn==1.7.2 pygam==0.10.1 \
  scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps conditional-independence==0.1a6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version
from itertools import combinations

import numpy as np
from conditional_independence import (
    MemoizedCI_Tester,
    PlainCI_Tester,
    partial_correlation_suffstat,
    partial_correlation_test,
)

print("conditional-independence", version("conditional-independence"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
x = rng.normal(size=500)
y = x + rng.normal(size=500)
table = np.column_stack([x, y, rng.normal(size=500)])
statistics = partial_correlation_suffstat(table)
seen = {}
for kind in (MemoizedCI_Tester, PlainCI_Tester):
    tester = kind(partial_correlation_test, statistics, alpha=0.01)
    seen[kind.__name__] = [pair for pair in combinations(range(3), 2) if not tester.is_ci(*pair)]
    print(f"{kind.__name__}: edges {seen[kind.__name__]}")
answer = PlainCI_Tester(partial_correlation_test, statistics, alpha=0.01).is_ci(0, 1)
print(f"the plain answer to 0 and 1: a {type(answer).__name__} with reject = {answer['reject']}")
same = seen == {"MemoizedCI_Tester": [(0, 1)], "PlainCI_Tester": []} and answer["reject"]
sys.exit(0 if same else "this has changed, expected an answer that is always true")
PYTHON
