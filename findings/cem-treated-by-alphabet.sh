#!/usr/bin/env bash
# Guess: the weights of cem's match are those for the effect on the treated, as in the paper, whatever the arms are
#   called: each treated person counts as 1, and the controls are weighted to be like them.
# Seen: the arm whose name comes last counts as treated. With 0 and 1, or "control" and "treated", the weighted
#   difference is 5.4, near the true effect on the treated. With "placebo" and "active" it is the active arm that is
#   weighted to be like the placebo, and 4.6 comes out, the effect on those who were not treated.
# Why it matters: "drug" and "placebo", "intervention" and "usual care" and "exposed" and "unexposed" are all the
#   wrong way round; the same rows are matched and nothing in the answer says whose effect it is.
# Source: _weight_stratum in cem/match.py, the largest level of the treatment, "under the policy".
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile cem==1.1.0 pandas==2.3.3 numpy==1.26.4
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from cem.match import match

print("cem", version("cem"), "pandas", version("pandas"))
rng = np.random.default_rng(0)
age = rng.normal(50, 10, 4000)
treated = (rng.random(4000) < 1 / (1 + np.exp(-(age - 50) / 10))).astype(int)
outcome = 0.1 * age * treated + rng.normal(size=4000)
effects = {"treated": (0.1 * age)[treated == 1].mean(), "others": (0.1 * age)[treated == 0].mean()}
print("true effect on the treated {treated:.2f}, on the others {others:.2f}".format(**effects))
seen = {}
for names in ((0, 1), ("control", "treated"), ("placebo", "active"), ("usual care", "intervention")):
    arms = pd.Series(treated).map(dict(enumerate(names)))
    weights = match(pd.DataFrame({"age": pd.cut(age, 12), "arm": arms}), "arm")
    means = [np.average(outcome[treated == arm], weights=weights[treated == arm]) for arm in (0, 1)]
    seen[names] = means[1] - means[0]
    print(f"{names[1]} against {names[0]}: {seen[names]:.2f}, rows matched {(weights > 0).sum()}")
same = all(abs(seen[names] - effects["treated"]) < 0.15 for names in ((0, 1), ("control", "treated")))
same &= all(abs(seen[n] - effects["others"]) < 0.15 for n in (("placebo", "active"), ("usual care", "intervention")))
sys.exit(0 if same else "this has changed, expected the last name to be the treated arm")
PYTHON
