#!/usr/bin/env bash
# Guess: adjacency_matrix_ of pgmpy's causal_discovery.PC and GES has its rows and columns in the order of the table's
#   columns, in every run of a script.
# Seen: the order changes with Python's hash seed, which is drawn anew for every process: PC with two seeds gives two
#   orders, neither the table's, and GES goes the same way.
# Why it matters: scoring .to_numpy() against a true matrix gives another figure on every run, with all seeds fixed;
#   the DataFrame's labels are right, so only code that looks at them is.
# Source: pgmpy/causal_discovery/PC.py goes through sets of names and edges.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pgmpy==1.1.2 numpy==2.4.6 pandas==3.1.1 networkx==3.6.1
cat > "$room/one.py" <<'PYTHON'
import logging
import sys

import numpy as np
import pandas as pd
from pgmpy.causal_discovery import GES, PC

logging.disable(logging.WARNING)
noise = np.random.default_rng(0).normal(size=(500, 4))
table = pd.DataFrame(noise.cumsum(axis=1), columns=["zeta", "alpha", "mid", "beta"])
method = {"PC": PC(ci_test="pearsonr"), "GES": GES(scoring_method="bic-g")}[sys.argv[1]]
print(*method.fit(table).adjacency_matrix_.columns)
PYTHON
"$room/venv/bin/pip" list 2>/dev/null | grep -i "^pgmpy"
for run in PC.0 PC.1 GES.0 GES.1; do
  method=${run%.*}
  PYTHONHASHSEED=${run#*.} "$room/venv/bin/python" -W ignore "$room/one.py" "$method" 2>/dev/null >> "$room/$method"
  echo "$method, hash seed ${run#*.}: $(tail -n 1 "$room/$method")"
done
[ "$(sort -u "$room/PC" | wc -l)" -gt 1 ] && [ "$(sort -u "$room/GES" | wc -l)" -gt 1 ] || {
  echo "this has changed, expected more than one order from each"
  exit 1
}
