#!/usr/bin/env bash
# Guess: estimate_ate("x", "y", table) of pgmpy's CausalInference is the total effect of x on y, by a linear regression
#   adjusted for a back-door set: 2.5 for x -> m -> y (1 times 2) and x -> y (.5), with a common cause z to adjust for.
# Seen: 4.5. It multiplies along each directed path and adds the paths up, but takes for each edge the TOTAL effect of
#   its first node on its second: the edge x -> y alone brings 2.5, and the path over m another 2. Without the direct
#   edge the answer is right, 2.0.
# Why it matters: wherever a cause has both a direct and a mediated effect, the mediated part counts twice, or more often
#   with more paths; effects of opposite sign (2 over m and -2.5 directly) come out with the wrong sign.
# Source: estimate_ate in pgmpy/inference/CausalInference.py: a back-door set for each edge of each path, products, sum.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pgmpy==1.1.2 statsmodels==0.15.0 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON' 2>/dev/null
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import statsmodels.api as sm
from pgmpy.inference import CausalInference
from pgmpy.models import DiscreteBayesianNetwork

print("pgmpy", version("pgmpy"))
rng = np.random.default_rng(0)
edges = [("z", "x"), ("z", "y"), ("x", "m"), ("m", "y")]
same = True
for direct in (0.5, 0.0, -2.5):
    z, noise = rng.normal(size=5000), rng.normal(size=(3, 5000))
    x = z + noise[0]
    m = x + noise[1]
    y = 2 * m + direct * x + z + noise[2]
    table = pd.DataFrame({"z": z, "x": x, "m": m, "y": y})
    graph = DiscreteBayesianNetwork(edges + [("x", "y")] * (direct != 0))
    seen = CausalInference(graph).estimate_ate("x", "y", table, estimator_type="linear")
    adjusted = sm.OLS(y, sm.add_constant(table[["x", "z"]])).fit().params["x"]
    print(f"direct {direct}, mediated 2: true total {2 + direct}, adjusted for z {adjusted:.2f}, estimate_ate {seen:.2f}")
    same &= abs(adjusted - 2 - direct) < 0.1 and abs(seen - (2 + direct + 2 * (direct != 0))) < 0.15
sys.exit(0 if same else "this has changed, expected the mediated effect to count twice")
PYTHON
