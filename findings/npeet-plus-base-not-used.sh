#!/usr/bin/env bash
# Guess: centropycd of npeet_plus gives the entropy of a measured column given a category in the base it is given, as
#   entropy and micd do: for base 10 and independent columns about what entropy gives, log10 of 2 times what base 2 gives.
# Seen: 2.03 for base 10 and 2.09 for base 2, where entropy gives .62 and 2.07. The base is passed on to entropy as its
#   second argument, which is the number of neighbours, so that the entropy is in bits whatever the base, less an
#   information in the base. With base 2 the default of 3 neighbours becomes 2.
# Why it matters: given a category that says nothing, an entropy of .62 becomes 2.03. A difference of bits and
#   other units is no entropy at all, and for base 2 the figure looks right.
# Source: centropycd in npeet_plus/estimators.py, entropy(x, base), where the signature is entropy(x, k=3, base=2).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile npeet-plus==0.2.0 scikit-learn==1.7.2 scipy==1.16.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from npeet_plus import centropycd, entropy, micd

print("npeet_plus", version("npeet-plus"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
x = rng.normal(size=(2000, 1))
group = rng.integers(0, 2, size=(2000, 1))
bits = 0.5 * np.log2(2 * np.pi * np.e)
same = True
for base in (2, 10):
    truth = bits / np.log2(base)
    plain, given = entropy(x, base=base), centropycd(x, group, base=base)
    by_hand = plain - micd(x, group, base=base)
    print(f"base {base}: truth {truth:.2f}, entropy {plain:.2f}, less information {by_hand:.2f}, centropycd {given:.2f}")
    same &= abs(plain - truth) < 0.1 and abs(by_hand - truth) < 0.15 and abs(given - bits) < 0.2
sys.exit(0 if same else "this has changed, expected an entropy in bits in every base")
PYTHON
