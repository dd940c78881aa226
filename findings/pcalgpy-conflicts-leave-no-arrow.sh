#!/usr/bin/env bash
# Guess: pc of pcalg_py with solve_confl=True treats colliders that contradict one another, as in R's pcalg, and finds
#   a collider that nothing contradicts as without it.
# Seen: it finds no collider at all, and so no arrow: A -> C <- B is A - C - B in five tables of 1,000 rows, and both
#   arrows with solve_confl=False. The branch that should handle conflicts does nothing, and it is taken for each
#   collider. conservative=True and maj_rule=True, which in R test each collider further, are taken and used nowhere.
# Why it matters: the answer is a graph without directions, the same as the data say where there is nothing to orient;
#   whoever asks for the cautious variant concludes that the data have no direction in them.
# Source: udag2pdagRelaxed in pcalg_py/graph_utils.py, the else of "if not solve_confl"; pc in pcalg_py/pc.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile networkx==3.2.1 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps pcalg-py==0.0.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import inspect
import sys
from importlib.metadata import version

import numpy as np
from pcalg_py import SuffStat, gaussCItest, pc

print("pcalg-py", version("pcalg-py"), "numpy", version("numpy"))
ways = {"no option": {}, "solve_confl=True": {"solve_confl": True}}
seen = {name: [] for name in ways}
for seed in range(5):
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(1000, 3))
    table[:, 2] += table[:, 0] + table[:, 1]
    statistics = SuffStat(np.corrcoef(table.T), len(table))
    for name, options in ways.items():
        seen[name].append(sorted(pc(statistics, gaussCItest, 0.001, list("ABC"), **options)["graph"].edges))
for name, found in seen.items():
    print(f"{name}: {found[0]} in the first table, the same in {found.count(found[0])} of 5")
used = inspect.getsource(pc)
unused = [name for name in ("conservative", "maj_rule", "u2pd", "skel_method") if used.count(f"{name}") == 1]
print("options of pc that its code does not read:", unused)
arrows, lines = [("A", "C"), ("B", "C")], [("A", "C"), ("B", "C"), ("C", "A"), ("C", "B")]
same = seen == {"no option": [arrows] * 5, "solve_confl=True": [lines] * 5} and "conservative" in unused
sys.exit(0 if same else "this has changed, expected no arrow with solve_confl")
PYTHON
