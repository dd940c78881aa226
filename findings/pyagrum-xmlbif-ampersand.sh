#!/usr/bin/env bash
# Guess: saveBN of pyAgrum writes a variable called "R&D" to XMLBIF as "R&amp;D", as XML asks, and loadBN gives it back.
# Seen: the ampersand is written bare, so that the file is no XML; Python's parser refuses it, and pyAgrum's own reader
#   takes it and calls the variable "RD".
# Why it matters: the network that comes back speaks of a column that the table lacks, and no other program reads it.
# Source: the writer of XMLBIF puts names between tags as they are; XML 1.0, section 2.4.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pyagrum==3.3.1 numpy==2.4.6
ROOM="$room" "$room/venv/bin/python" -W ignore - <<'PYTHON'
import os
import sys
from xml.etree import ElementTree

import pyagrum

print("pyagrum", pyagrum.__version__)
network = pyagrum.BayesNet()
for name in ("R&D", "sales"):
    network.add(pyagrum.LabelizedVariable(name, name, ["no", "yes"]))
network.addArc("R&D", "sales")
network.generateCPTs()
file = os.path.join(os.environ["ROOM"], "network.bifxml")
pyagrum.saveBN(network, file)
try:
    ElementTree.parse(file)
    parsed = "read"
except ElementTree.ParseError as error:
    parsed = str(error).split(":")[0]
seen = {
    "written": sorted(network.names()),
    "Python's parser": parsed,
    "loadBN": sorted(pyagrum.loadBN(file).names()),
}
for what, value in seen.items():
    print(f"{what}: {value}")
expected = [["R&D", "sales"], "not well-formed (invalid token)", ["RD", "sales"]]
sys.exit(0 if list(seen.values()) == expected else f"this has changed, expected {expected}")
PYTHON
