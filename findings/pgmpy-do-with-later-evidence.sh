#!/usr/bin/env bash
# Guess: CausalInference.query(["Y"], do={"X": x}, evidence={"E": e}) of pgmpy is P(Y | do(X = x), E = e): what a
#   network whose arrows into X are cut says once E, an effect of X and Y, has been seen.
# Seen: another number, by up to .35: it adjusts for the confounder Z with its distribution before E was seen. pgmpy's
#   own cut network (model.do), asked with X and E as evidence, agrees with the sum over the tables written out below.
# Why it matters: "what would have happened, given what we measured afterwards" is answered without a warning and
#   wrongly, even on which outcome is the likelier.
# Source: query in pgmpy/inference/CausalInference.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pgmpy==1.1.2 numpy==2.4.6 pandas==3.1.1 networkx==3.6.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version
from itertools import product

from pgmpy.factors.discrete import TabularCPD
from pgmpy.inference import CausalInference, VariableElimination
from pgmpy.models import DiscreteBayesianNetwork

print("pgmpy", version("pgmpy"))
y_is_1 = {(0, 0): 0.1, (0, 1): 0.4, (1, 0): 0.5, (1, 1): 0.9}  # by z, x
e_is_1 = {(0, 0): 0.1, (0, 1): 0.7, (1, 0): 0.8, (1, 1): 0.9}  # by x, y


def table(child, ones, parents):
    return TabularCPD(child, 2, [[1 - p for p in ones], list(ones)], parents, [2] * len(parents))


model = DiscreteBayesianNetwork([("Z", "X"), ("Z", "Y"), ("X", "Y"), ("X", "E"), ("Y", "E")])
model.add_cpds(TabularCPD("Z", 2, [[0.5], [0.5]]), table("X", [0.1, 0.9], ["Z"]))
model.add_cpds(table("Y", y_is_1.values(), ["Z", "X"]), table("E", e_is_1.values(), ["X", "Y"]))


def answers(x, e):
    weight = [0.0, 0.0]
    for z, y in product((0, 1), repeat=2):
        seen_y = y_is_1[z, x] if y else 1 - y_is_1[z, x]
        weight[y] += 0.5 * seen_y * (e_is_1[x, y] if e else 1 - e_is_1[x, y])
    query = CausalInference(model).query(["Y"], do={"X": x}, evidence={"E": e}, show_progress=False)
    cut = VariableElimination(model.do(["X"])).query(["Y"], evidence={"X": x, "E": e}, show_progress=False)
    return [round(float(p), 3) for p in (weight[1] / sum(weight), cut.values[1], query.values[1])]


seen = {(x, e): answers(x, e) for x, e in product((0, 1), repeat=2)}
for (x, e), values in seen.items():
    print(f"P(Y = 1 | do(X = {x}), E = {e}): written out {values[0]}, cut network {values[1]}, query {values[2]}")
expected = {
    (0, 0): [0.125, 0.125, 0.168],
    (0, 1): [0.75, 0.75, 0.415],
    (1, 0): [0.481, 0.481, 0.485],
    (1, 1): [0.676, 0.676, 0.793],
}
sys.exit(0 if seen == expected else f"this has changed, expected {expected}")
PYTHON
