#!/usr/bin/env bash
# Guess: the table that pgmpy samples from a network of the bnlearn repository has categorical columns whose
#   categories stand in the network's order, so that codes, and tables fitted again, line up with it.
# Seen: the categories are sorted by the alphabet, and a state that was not drawn is missing altogether; a network
#   fitted to the sample has its tables turned round. The first entry of P(Cancer) is P(True) in the file and P(False)
#   in the fit.
# Why it matters: comparing the two networks' arrays, or the codes of two samples of different sizes, compares
#   different states.
# Source: BayesianNetwork.simulate and state_names in pgmpy; the file cancer.bif declares {low, high} and {True,
#   False}.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pgmpy==1.1.2 numpy==2.4.6 pandas==3.1.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

from pgmpy.models import DiscreteBayesianNetwork
from pgmpy.utils import get_example_model

print("pgmpy", version("pgmpy"))
network = get_example_model("cancer")
large = network.simulate(2000, seed=0, show_progress=False)
small = network.simulate(5, seed=0, show_progress=False)
fitted = DiscreteBayesianNetwork(network.edges)
fitted.fit(large)
seen = {
    "network": network.states["Pollution"] + network.states["Cancer"],
    "large sample": [*large["Pollution"].cat.categories, *large["Cancer"].cat.categories],
    "small sample": [*small["Pollution"].cat.categories, *small["Cancer"].cat.categories],
    "fitted": fitted.states["Pollution"] + fitted.states["Cancer"],
    "first entry of the table of Cancer": round(float(network.get_cpds("Cancer").values.flat[0]), 2),
    "the same of the fitted one": round(float(fitted.get_cpds("Cancer").values.flat[0]), 1),
}
for what, value in seen.items():
    print(f"{what}: {value}")
turned = ["high", "low", "False", "True"]
expected = [["low", "high", "True", "False"], turned, ["low", "False"], turned, 0.03, 1.0]
sys.exit(0 if list(seen.values()) == expected else f"this has changed, expected {expected}")
PYTHON
