#!/usr/bin/env bash
# Guess: pgmpy and pyAgrum, which both read and write GeNIe's XDSL files, exchange a network unchanged: same P(C | A,
#   B).
# Seen: in both directions the table of a node with two parents of different sizes comes out permuted, since each
#   reads the file's order of its parents in its own way. Every state, shape and column sum is right, each writer
#   reads its own file back correctly, and BIF carries the same network rightly both ways.
# Why it matters: no check on the file can notice; answers are those of another network.
# Source: pgmpy/readwrite/XDSL.py against what pyAgrum's XDSL reader and writer do.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pgmpy==1.1.2 pyagrum==3.3.1 numpy==2.4.6 pandas==3.1.1
cd "$room"
venv/bin/python -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version
from itertools import product

import pyagrum as gum
from pgmpy.readwrite import BIFReader, BIFWriter, XDSLReader, XDSLWriter

print("pgmpy", version("pgmpy"), "pyAgrum", gum.__version__)
ours = gum.fastBN("A{a0|a1}->C{c0|c1}<-B{b0|b1|b2}")
for i, j in product(range(2), range(3)):
    ours.cpt("C")[{"A": i, "B": j}] = [0.1 * (3 * i + j + 1), 1 - 0.1 * (3 * i + j + 1)]


def in_pyagrum(network):
    return [round(float(network.cpt("C")[{"A": i, "B": j}][0]), 1) for i, j in product(range(2), range(3))]


def in_pgmpy(network):
    factor = network.get_cpds("C").to_factor()
    return [round(float(factor.get_value(A=f"a{i}", B=f"b{j}", C="c0")), 1) for i, j in product(range(2), range(3))]


gum.saveBN(ours, "theirs.bif")
gum.saveBN(ours, "theirs.xdsl")
theirs = BIFReader("theirs.bif").get_model()
BIFWriter(theirs).write("ours.bif")
XDSLWriter(theirs).write("ours.xdsl")
seen = {
    "in memory": in_pyagrum(ours),
    "pyAgrum to pgmpy, BIF": in_pgmpy(theirs),
    "pgmpy to pyAgrum, BIF": in_pyagrum(gum.loadBN("ours.bif")),
    "pyAgrum to itself, XDSL": in_pyagrum(gum.loadBN("theirs.xdsl")),
    "pgmpy to itself, XDSL": in_pgmpy(XDSLReader("ours.xdsl").get_model()),
    "pyAgrum to pgmpy, XDSL": in_pgmpy(XDSLReader("theirs.xdsl").get_model()),
    "pgmpy to pyAgrum, XDSL": in_pyagrum(gum.loadBN("ours.xdsl")),
}
for what, values in seen.items():
    print(f"P(C = c0 | a, b), {what}: {values}")
right = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
expected = [right] * 5 + [[0.1, 0.4, 0.2, 0.5, 0.3, 0.6], [0.1, 0.3, 0.5, 0.2, 0.4, 0.6]]
sys.exit(0 if list(seen.values()) == expected else f"this has changed, expected {expected}")
PYTHON
