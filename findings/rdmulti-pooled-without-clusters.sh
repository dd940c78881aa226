#!/usr/bin/env bash
# Guess: rdmc of rdmulti with cluster= and weightsvec= uses both for all of its estimates of a design with several
#   cutoffs, those at each cutoff and the pooled one of the last line.
# Seen: at the cutoffs they are used, and in the pooled estimate they are not. With 30 schools that share a shock and
#   weights of 1 and 10 the pooled jump stays 1.59, from .55 to 2.46, to the last digit, whichever of the two is
#   given, while the ones at the cutoffs and their mean move. The interval that takes the schools into account, from
#   rdrobust on the centred column, is -.9 to 3.0.
# Why it matters: the line "Pooled" stands in the same table, under a call that names the clusters; it is the number
#   that is quoted. pooled_opt, a piece of text put into the call, is where they must be named again.
# Source: eval(f'rdrobust(Y,Xc,fuzzy=fuzzy{pooled_opt})') in rdmulti/rdmc.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile rdmulti==2.0.0 rdrobust==2.1.1 scipy==1.16.3 \
  pandas==2.3.3 numpy==2.2.6
MPLBACKEND=agg "$room/venv/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
from rdmulti import rdmc
from rdrobust import rdrobust

print("rdmulti", version("rdmulti"), "rdrobust", version("rdrobust"))
rng = np.random.default_rng(0)
cutoff, school = rng.choice([30, 60], 3000), rng.integers(0, 30, 3000)
score = cutoff + rng.uniform(-20, 20, 3000)
shock = 2 * rng.normal(size=30)
outcome = 0.02 * score + 2 * (score >= cutoff) + shock[school] + rng.normal(size=3000)
weight = np.where(school < 15, 1.0, 10.0)
choices = {"none": {}, "clusters": {"cluster": school}, "weights": {"weightsvec": np.column_stack([weight, weight])}}
seen = {}
for name, choice in choices.items():
    with contextlib.redirect_stdout(io.StringIO()):
        found = rdmc(outcome, score, cutoff, **choice)
    jumps, (low, high) = np.ravel(found.Coefs), np.reshape(found.CI, (2, -1))
    seen[name] = np.column_stack([jumps, low, high])
    texts = [f"{jump:.2f} ({a:.2f} to {b:.2f})" for jump, a, b in seen[name]]
    print(f"{name}: at 30 {texts[0]}, at 60 {texts[1]}, weighted {texts[2]}, pooled {texts[3]}")
both = rdrobust(outcome, score - cutoff, cluster=school, weights=weight)
print(f"rdrobust with both, pooled: {both.coef.iloc[0, 0]:.2f}, {both.ci.iloc[2].round(2).tolist()}")
same = all((seen["none"][-1] == seen[name][-1]).all() for name in ("clusters", "weights"))
same &= all(abs(seen["none"][:3] - seen[name][:3]).max() > 0.05 for name in ("clusters", "weights"))
sys.exit(0 if same else "this has changed, expected a pooled estimate without clusters and weights")
PYTHON
