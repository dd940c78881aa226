#!/usr/bin/env bash
# Guess: Factory.from_data of pybbn fills P(grade | work, talent) with the shares of the table, whatever the order in
#   which the structure names the two parents.
# Seen: with {"grade": ["work", "talent"]} the share of good grades given work and no talent is that given talent and no
#   work, .2 for .6; with ["talent", "work"] all four are right. The table is counted with the parents in alphabetical
#   order and read in the order of the structure.
# Why it matters: causes are named by time or weight, seldom by alphabet. Marginal answers hardly change, and each row
#   of a table adds to 1, so that only answers given both parents show it.
# Source: get_cpt in from_data of pybbn/graph/factory.py, sorted(parents), against bbn.add_edge by structure.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile networkx==3.2.1 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps pybbn==3.2.3
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version
from itertools import product

import numpy as np
import pandas as pd
from pybbn.graph.factory import Factory
from pybbn.graph.jointree import EvidenceBuilder
from pybbn.pptc.inferencecontroller import InferenceController

print("pybbn", version("pybbn"), "pandas", version("pandas"))
good = {("no", "no"): 1, ("no", "yes"): 2, ("yes", "no"): 6, ("yes", "yes"): 9}
rows = []
for (work, talent), count in good.items():
    rows += [(work, talent, "good" if case < count else "poor") for case in range(10)]
table = pd.DataFrame(rows, columns=["work", "talent", "grade"])


def share(parents, work, talent):
    tree = InferenceController.apply(Factory.from_data({"work": [], "talent": [], "grade": parents}, table))
    for name, value in (("work", work), ("talent", talent)):
        node = tree.get_bbn_node_by_name(name)
        tree.set_observation(EvidenceBuilder().with_node(node).with_evidence(value, 1.0).build())
    return round(tree.get_posteriors()["grade"]["good"], 2)


cases = list(product(("no", "yes"), repeat=2))
print("P(good | work, talent), as", cases)
seen = {"in the table": [good[case] / 10 for case in cases]}
for parents in (["talent", "work"], ["work", "talent"]):
    seen[f"parents {parents}"] = [share(parents, *case) for case in cases]
for name, values in seen.items():
    print(f"{name}: {values}")
right, alphabet, other = seen.values()
same = np.allclose(right, alphabet) and np.allclose(other, [0.1, 0.6, 0.2, 0.9])
sys.exit(0 if same else "this has changed, expected parents to be exchanged")
PYTHON
