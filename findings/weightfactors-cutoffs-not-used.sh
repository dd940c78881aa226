#!/usr/bin/env bash
# Guess: GeneralizedRaker(raise_on_extreme=True, cutoffs={"lo": 0.5, "hi": 2}) of weightfactors raises an error where a
#   weight is above 2, and with {"lo": 0.1, "hi": 10} none for a weight of 5: "whether to raise an error when the
#   weight factors are extreme according to cutoffs".
# Seen: the other way round. A weight of 3 is returned under the limit of 2, and one of 5 is refused under the limit
#   of 10: with raise_on_extreme=True it is always .25 and 4 that count. The cutoffs are used to cut only, where nothing
#   is raised.
# Why it matters: a limit on the weights is what a plan of analysis fixes beforehand, 2 or 3 for most surveys. Without
#   an error the weights are taken to be within it.
# Source: self.validate_output(weights), without cutoffs, in rake of weightfactors/raking/generalized_raker.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile weightfactors==0.0.11 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import pandas as pd
from weightfactors import GeneralizedRaker

print("weightfactors", version("weightfactors"), "pandas", version("pandas"))
table = pd.DataFrame({"region": ["north"] * 90 + ["south"] * 10})
seen = {}
for share in (0.3, 0.5):
    for low, high in ((0.5, 2), (0.1, 10)):
        targets = {"region": {"north": 1 - share, "south": share}}
        raker = GeneralizedRaker(targets, raise_on_extreme=True, cutoffs={"lo": low, "hi": high})
        try:
            seen[share, high] = f"largest weight {raker.rake(table).max():.2f}"
        except Exception as error:
            seen[share, high] = type(error).__name__
        print(f"south {share:.0%}, a weight of {share / 0.1:.0f}, cutoffs {low} and {high}: {seen[share, high]}")
expected = {(0.3, 2): "largest weight 3.00", (0.3, 10): "largest weight 3.00"}
expected |= {(0.5, 2): "ExtremeWeightsError", (0.5, 10): "ExtremeWeightsError"}
sys.exit(0 if seen == expected else "this has changed, expected .25 and 4 whatever the cutoffs")
PYTHON
