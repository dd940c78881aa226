#!/usr/bin/env bash
# Guess: the minimal adjustment set that pgmpy finds (Adjustment().identify, get_minimal_adjustment_set) holds no
#   effect of the exposure, and Adjustment().validate refuses sets with one, as the back-door criterion does.
# Seen: in A -> X, A -> M, X -> M -> Y the "minimal" set is {M}, the mediator through which all of the effect goes, or
#   the right {A}: which of the two changes with Python's hash seed, from one process to the next. validate accepts
#   {M}, {A, M} and {A} alike, and in X -> S <- Y, X -> Y it accepts the common effect S. variant="all" is right: {A}.
# Why it matters: adjusted for M the effect is 0, below, where it is 2; another run of the same script may say 2.
# Source: pgmpy/identification/adjustment.py: _validate asks only whether parents of the exposure are separated from the
#   outcome; "minimal" looks for a separator in the graph without X -> M, where M separates as well as A.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pgmpy==1.1.2 numpy==2.4.6 pandas==3.1.1 networkx==3.6.1
cat > "$room/minimal.py" <<'PYTHON'
from pgmpy.base import DAG
from pgmpy.identification import Adjustment

graph = DAG([("A", "X"), ("A", "M"), ("X", "M"), ("M", "Y")], roles={"exposures": "X", "outcomes": "Y"})
print(*Adjustment().identify(graph)[0].get_role("adjustment"))
PYTHON
ROOM="$room" "$room/venv/bin/python" -W ignore - <<'PYTHON'
import os
import subprocess
import sys
from importlib.metadata import version

import numpy as np
from pgmpy.base import DAG
from pgmpy.identification import Adjustment

print("pgmpy", version("pgmpy"))
rng = np.random.default_rng(0)
a, x_noise, m_noise, y_noise = rng.normal(size=(4, 5000))
x = a + x_noise
m = 2 * x + a + m_noise
y = m + y_noise


def slope(*others):
    columns = np.column_stack([x, *others, np.ones_like(x)])
    return round(float(np.linalg.lstsq(columns, y, rcond=None)[0][0]), 1)


effects = {"A": slope(a), "M": slope(m)}
command = [sys.executable, "-W", "ignore", os.path.join(os.environ["ROOM"], "minimal.py")]
sets = []
for seed in range(8):
    run = subprocess.run(
        command, env=os.environ | {"PYTHONHASHSEED": str(seed)}, capture_output=True, text=True, check=True
    )
    sets.append(run.stdout.split()[-1])
    print(f"hash seed {seed}: minimal set {sets[-1]}, effect of X with it {effects[sets[-1]]} (true: 2.0)")
roles = {"exposures": "X", "outcomes": "Y"}
mediated = DAG([("A", "X"), ("A", "M"), ("X", "M"), ("M", "Y")], roles=roles)
collider = DAG([("X", "Y"), ("X", "S"), ("Y", "S")], roles=roles)
every = [graph.get_role("adjustment") for graph in Adjustment(variant="all").identify(mediated)[0]]
accepted = {
    str(names): Adjustment().validate(graph.with_role("adjustment", set(names), inplace=False))
    for graph, names in [(mediated, ["M"]), (mediated, ["A", "M"]), (mediated, ["A"]), (collider, ["S"])]
}
print("all sets:", every, "accepted:", accepted)
same = set(sets) == {"A", "M"} and effects == {"A": 2.0, "M": 0.0} and every == [["A"]] and all(accepted.values())
sys.exit(0 if same else "this has changed, expected both sets to come out, and all four to be accepted")
PYTHON
