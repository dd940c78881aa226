#!/usr/bin/env bash
# Guess: ci_test_bin and ci_test_dis of gsq, tests of independence of two columns given a set of others, leave the set
#   of columns that they are handed as it is; asked twice, they answer alike.
# Seen: the set is empty afterwards. For a cause of both columns the first call says p = .69, and a second one with
#   the same set p = 0: it tests without any condition. A skeleton that keeps that set as what separates the two keeps
#   the empty one, and the fork x <- z -> y becomes the collider x -> z <- y. With six or more conditions the binary
#   test leaves the set alone; frozenset is an error.
# Why it matters: "for candidate in sets: if test(candidate) > .05: separating[x, y] = candidate" is how PC is
#   written, and every arrow then follows from sets that were emptied; the p-values of a first run are all right.
# Source: z.append(s.pop()) in gsq/binary.py and gsq/discrete.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile gsq==0.1.6 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from gsq.ci_tests import ci_test_bin, ci_test_dis

print("gsq", version("gsq"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
seen = {}
for name, test, levels in (("binary", ci_test_bin, 2), ("discrete", ci_test_dis, 3)):
    cause = rng.integers(0, levels, 3000)
    columns = [np.where(rng.random(3000) < 0.6, cause, rng.integers(0, levels, 3000)) for _ in range(2)]
    table = np.column_stack([*columns, cause])
    choice = {"levels": np.array([levels] * 3)} if levels > 2 else {}
    conditions = {2}
    first = float(test(table, 0, 1, conditions, **choice))
    after = set(conditions)
    second = float(test(table, 0, 1, conditions, **choice))
    seen[name] = first, after, second
    print(f"{name}: p = {first:.2f} given the cause, set afterwards {after}, asked again p = {second:.2g}")
same = all(first > 0.05 and after == set() and second < 1e-6 for first, after, second in seen.values())
sys.exit(0 if same else "this has changed, expected an empty set after the test")
PYTHON
