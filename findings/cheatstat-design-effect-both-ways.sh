#!/usr/bin/env bash
# Guess: with weights, the chi-square that cheatstat calls corrected by the design effect ("DEFF") is somewhat smaller
#   than the plain one, 1.25 times for weights of 1 and 3, and cross_tab and biV of one table have the same p.
# Seen: for 400 persons of whom 35% and 65% agree in two regions, cross_tab divides a chi-square of 31.8 by 320, and
#   has a p of .75; biV has one of 3e-10. What cross_tab calls DEFF is the effective number of persons, and what biV
#   divides by is the design effect turned upside down, .80, so that unequal weights make a result MORE certain. With
#   all weights 1, cross_tab still divides by 400.
# Why it matters: in a weighted survey nothing is ever significant by cross_tab, and too much by biV, in one package and
#   for one table.
# Source: _calculate_average_deff, used in cross_tab, and deff_g in _calc_n_stats, of cheatstat/__init__.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile cheatstat==4.1.2 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from cheatstat import biV, cross_tab

print("cheatstat", version("cheatstat"), "pandas", version("pandas"))
rng = np.random.default_rng(0)
region = rng.integers(0, 2, 400)
table = pd.DataFrame({"region": region, "agrees": (rng.random(400) < 0.35 + 0.3 * region).astype(int)})
table["weight"] = rng.choice([1.0, 3.0], 400)
table["weight"] *= 400 / table["weight"].sum()
table["one"] = 1.0
design_effect = 400 * (table["weight"] ** 2).sum() / table["weight"].sum() ** 2
print(f"design effect of the weights {design_effect:.2f}")
seen = {}
for weight in ("weight", "one"):
    crossed = cross_tab(table, "region", "agrees", weight=weight).info
    first = biV(table, "region", "agrees", "nominal", weight=weight).stat.iloc[0]
    numbers = [float(crossed[name]) for name in ("Chi²", "DEFF", "p (korr.)")]
    seen[weight] = *numbers[1:], float(first["p-Wert"])
    words = "chi-square {:.1f}, divided by {:.0f} in cross_tab, p {:.2f}".format(*numbers)
    print(f"weights {weight!r}: {words}; p of biV {seen[weight][2]}")
same = seen["weight"][0] > 200 and seen["weight"][1] > 0.3 and seen["weight"][2] < 1e-6
same &= seen["one"][0] == 400 and seen["one"][1] > 0.3 and seen["one"][2] < 1e-6
sys.exit(0 if same else "this has changed, expected a division by the number of persons")
PYTHON
