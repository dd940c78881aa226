#!/usr/bin/env bash
# Guess: PyBNesian, which takes tables with gaps, leaves a column alone that has nothing to do with the others, gaps or
#   not: its scores compare graphs on the same rows, or refuse such a table.
# Seen: each node is scored on the rows in which it and its parents are known. A parent with gaps takes rows away, and
#   each row has a negative log-likelihood: with 30% of a column of noise missing at random, the BIC of y rises from
#   -1402 to -974 with that column for a parent, more than with the true one (-1279). Hill climbing draws an arrow from
#   the noise to every other column; on the complete rows it draws none.
# Why it matters: the more gaps a column has, the more it looks like a cause of everything, and nothing is said. BGe
#   does the same; the test LinearCorrelation, which leaves rows out pair by pair as well, calls z and y independent.
# Source: local_score of BIC and BGe; their docstrings do not speak of gaps.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pybnesian==0.5.1 pyarrow==26.0.1 numpy==2.4.6 pandas==2.3.3
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import pybnesian as pb

print("pybnesian", version("pybnesian"))
same = True
for seed in range(3):
    rng = np.random.default_rng(seed)
    y, noise, other = rng.normal(size=(3, 1000))
    table = pd.DataFrame({"y": y, "w": y / 2 + noise, "z": other})
    table.loc[rng.random(1000) < 0.3, "z"] = np.nan
    bic, model = pb.BIC(table), pb.GaussianNetwork(list(table))
    scores = [bic.local_score(model, "y", parents) for parents in ([], ["w"], ["z"])]
    found = {}
    for name, rows in (("gaps", table), ("complete rows", table.dropna())):
        for score in ("bic", "bge"):
            graph = pb.hc(rows, bn_type=pb.GaussianNetworkType(), score=score)
            found[name, score] = sorted("-".join(sorted(arc)) for arc in graph.arcs())
    alone, with_w, with_z = scores
    print(f"draw {seed}: BIC of y alone {alone:.0f}, with parent w {with_w:.0f}, with the noise z {with_z:.0f}")
    print("  pairs joined by hill climbing:", {" ".join(key): pairs for key, pairs in found.items()})
    p = pb.LinearCorrelation(table).pvalue("y", "z")
    print(f"  p of LinearCorrelation for y and z {p:.2f}")
    same &= scores[2] > scores[1] and p > 0.05
    for (name, _), pairs in found.items():
        same &= pairs == (["w-y", "w-z", "y-z"] if name == "gaps" else ["w-y"])
sys.exit(0 if same else "this has changed, expected the column with gaps to be joined with all others")
PYTHON
