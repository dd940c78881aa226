#!/usr/bin/env bash
# Guess: load_dataset("tuebingen", shuffle=True) of cdt turns about half of the cause-effect pairs round and labels
#   these -1, as its documentation says of the option.
# Seen: it turns none. All labels are 1, "A causes B", and all columns are as without the option: whatever is given
#   beside the name is dropped.
# Why it matters: a method that always says that the first column is the cause, or one that leans that way, is right in
#   every pair and scores 100%. The documentation warns that all labels are equal and names this option beside it.
# Source: load_dataset in cdt/data/loader.py, return loaders[name]() without kwargs.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile cdt==0.6.0 numpy==2.2.6 scipy==1.13.1 scikit-learn==1.9.1 \
  torch==2.13.0
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from cdt.data import load_dataset

print("cdt", version("cdt"), "numpy", version("numpy"))
np.random.seed(0)
plain, _ = load_dataset("tuebingen")
asked, labels = load_dataset("tuebingen", shuffle=True)
unchanged = sum(np.array_equal(one, other) for one, other in zip(plain.A, asked.A, strict=True))
turned = int((labels.Target == -1).sum())
print(f"{len(asked)} pairs, labels of -1 with shuffle=True: {turned}, columns unchanged: {unchanged}")
print(f"right by always saying that the first column is the cause: {(labels.Target == 1).mean():.0%}")
same = turned == 0 and unchanged == len(plain) > 90
sys.exit(0 if same else "this has changed, expected pairs that are not turned")
PYTHON
