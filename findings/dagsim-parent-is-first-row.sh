#!/usr/bin/env bash
# Guess: in dagsim a node drawn for all rows at once (size_field="size") takes its parent's value of the same row, as
#   the node without size_field does.
# Seen: every row takes the parent's value of the first row. With y = N(x, .1) and x standard normal, x and y have a
#   correlation of -.01 and all y lie about 1.8, the first x; drawn row by row it is .99. The graph shows the
#   arrow in both cases, and parents in a chain hand on the same single number.
# Why it matters: size_field is there for speed, and a long simulated table is where one uses it: it has arrows in its
#   graph and independent columns, on which each method of discovery fails and each effect is 0.
# Source: _vectorize_forward in dagsim/Node.py, self._get_func_args(0) and _get_func_kwrgs(0, ...).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile igraph==1.0.0 graphviz==0.21 pyyaml==6.0.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps dagsim==1.0.10
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from contextlib import redirect_stdout
from importlib.metadata import version
from io import StringIO

import numpy as np
import pandas as pd
from dagsim.base import Graph, Node

print("dagsim", version("dagsim"), "numpy", version("numpy"))


def table(size_field):
    np.random.seed(0)
    x = Node("x", np.random.normal, kwargs={"loc": 0, "scale": 1}, size_field=size_field)
    y = Node("y", np.random.normal, kwargs={"loc": x, "scale": 0.1}, size_field=size_field)
    z = Node("z", np.random.normal, kwargs={"loc": y, "scale": 0.1}, size_field=size_field)
    with redirect_stdout(StringIO()):
        return pd.DataFrame(Graph([x, y, z]).simulate(2000))


seen = {}
for size_field in (None, "size"):
    rows = table(size_field)
    seen[size_field] = [rows.x.corr(rows.y), rows.y.corr(rows.z), rows.y.mean() - rows.x[0], rows.y.std()]
    with_x, with_z = seen[size_field][:2]
    print(f"size_field={size_field}: correlation of x and y {with_x:.2f}, of y and z {with_z:.2f},")
    print(f"  mean of y {rows.y.mean():.2f}, its spread {rows.y.std():.2f}, first x {rows.x[0]:.2f}")
same = min(seen[None][:2]) > 0.98 and max(abs(value) for value in seen["size"][:2]) < 0.1
same &= abs(seen["size"][2]) < 0.02 and seen["size"][3] < 0.12
sys.exit(0 if same else "this has changed, expected rows that follow the parent's first row")
PYTHON
