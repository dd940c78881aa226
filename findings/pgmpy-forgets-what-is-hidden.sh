#!/usr/bin/env bash
# Guess: pgmpy's DAG reads the same model from dagitty's "y <-> z" and from lavaan's "y ~~ z", and writes back what it
#   read.
# Seen: "<->" becomes a latent cause u_y_z, "~~" is dropped without a word: the lavaan graph has no latent and calls y
#   and z independent given x. And to_dagitty() forgets the mark: read again, u_y_z is an observed variable, which
#   makes {u_y_z} a valid set to adjust for.
# Why it matters: a confounder that the user wrote down is gone, or counts as a column that no table has.
# Source: DAG.from_lavaan and DAG.to_dagitty in pgmpy/base; lavaan's tutorial gives "~~" as the residual covariance.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pgmpy==1.1.2 numpy==2.4.6 pandas==3.1.1 networkx==3.6.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

from pgmpy.base import DAG

print("pgmpy", version("pgmpy"))
dagitty = DAG.from_dagitty("dag{ x -> y x -> z y <-> z }")
lavaan = DAG.from_lavaan("y ~ x\nz ~ x\ny ~~ z")
again = DAG.from_dagitty(dagitty.to_dagitty())
seen = {
    "hidden, dagitty": sorted(dagitty.latents),
    "hidden, lavaan": sorted(lavaan.latents),
    "hidden, dagitty read, written, read": sorted(again.latents),
    "y and z dependent given x, dagitty": dagitty.is_dconnected("y", "z", observed="x"),
    "y and z dependent given x, lavaan": lavaan.is_dconnected("y", "z", observed="x"),
    "nodes, dagitty read, written, read": sorted(again.nodes),
}
for what, value in seen.items():
    print(f"{what}: {value}")
expected = [["u_y_z"], [], [], True, False, ["u_y_z", "x", "y", "z"]]
sys.exit(0 if list(seen.values()) == expected else f"this has changed, expected {expected}")
PYTHON
