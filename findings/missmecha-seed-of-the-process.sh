#!/usr/bin/env bash
# Guess: MissMechaGenerator(info=..., seed=1) of missmecha, with "seed: random seed", makes the same gaps in the same
#   table each time a script is run.
# Seen: three runs of one script make three different tables: of about 100 rows with a gap in the first, some 20 have
#   one in the second and in the third, as many as by chance. The seed of a column is the given one plus the hash of the
#   column's name, and Python draws the hash of a text anew for every process. Within a process it is the same; with one
#   mechanism for the whole table, without info=, runs are alike.
# Why it matters: a comparison of methods of imputation, one script for each, then compares them on different gaps,
#   and a published seed does not bring a table back.
# Source: self.seed + hash(str(key)) % 10000 in fit of missmecha/generator.py. PYTHONHASHSEED=0 makes runs alike.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile missmecha-py==0.1.2 ipython==9.9.0 seaborn==0.13.2 \
  scikit-learn==1.7.2 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
cat > "$room/gaps.py" <<'PYTHON'
import json
import sys

import numpy as np
import pandas as pd
from missmecha.generator import MissMechaGenerator

table = pd.DataFrame({"wage": np.arange(500.0), "age": np.arange(500.0) % 60})
by_column = {"info": {"wage": {"mechanism": "mcar", "type": 1, "rate": 0.2}}}
options = by_column if sys.argv[1] == "info" else {"mechanism": "mcar", "mechanism_type": 1, "missing_rate": 0.2}
made = [MissMechaGenerator(seed=1, **options).fit_transform(table.copy())["wage"] for _ in range(2)]
rows = [np.flatnonzero(column.isna()).tolist() for column in made]
print(json.dumps(rows))
PYTHON
unset PYTHONHASHSEED
"$room/venv/bin/python" -W ignore - "$room/gaps.py" <<'PYTHON'
import json
import subprocess
import sys
from importlib.metadata import version

print("missmecha-py", version("missmecha-py"), "pandas", version("pandas"))
seen = {}
for way in ("info", "whole"):
    command = [sys.executable, "-W", "ignore", sys.argv[1], way]
    outputs = [subprocess.run(command, capture_output=True, check=True).stdout for _ in range(3)]
    runs = [json.loads(output.splitlines()[-1]) for output in outputs]
    alike = [len(set(runs[0][0]) & set(run[0])) for run in runs]
    seen[way] = alike, all(first == second for first, second in runs)
    words = f"gaps {alike[0]}, of which in the second and third run {alike[1:]}"
    print(f"{way}: {words}, alike within a run: {seen[way][1]}")
gaps, *others = seen["info"][0]
same = max(others) < gaps / 2 and seen["info"][1] and len(set(seen["whole"][0])) == 1
sys.exit(0 if same else "this has changed, expected other gaps in each process")
PYTHON
