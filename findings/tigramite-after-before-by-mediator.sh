#!/usr/bin/env bash
# Guess: NIE of tigramite's mediation analysis gives for a categorical outcome what its docstring says, "(after,
#   before)": the probabilities after the change that the mediator sees in the first column, those before it in the
#   second, as NDE does.
# Seen: so it is with a continuous mediator. With a categorical one the columns are the other way round: for the second
#   category .21 and .48, where .21 is what is observed before the change, and .50 the true value after it. NDE of the
#   same setup has .38 and .21, after and before.
# Why it matters: first minus second is the indirect effect in one case and its opposite in the other; added to the
#   direct effect of the same object, +.17 and -.27 make a total of -.10 where both push the same way.
# Source: _NIE_categorical_target in tigramite/causal_mediation.py, P_M_X([change_from, change_to]) in one branch and
#   [change_to, change_from] in the other.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile tigramite==5.2.10.1 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 \
    networkx==3.6.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from tigramite.causal_mediation import FitSetup, NaturalEffects_StandardMediationSetup
from tigramite.toymodels.non_additive import CategoricalVariable, ContinuousVariable

print("tigramite", version("tigramite"))
rng = np.random.default_rng(0)
cause = rng.integers(0, 2, 4000)
kinds = {
    "categorical": (rng.random(4000) < 0.2 + 0.6 * cause).astype(int),
    "continuous": 0.6 * cause + rng.normal(size=4000),
}
seen = {}
for kind, mediator in kinds.items():
    score = 0.5 * mediator if kind == "categorical" else 0.4 / (1 + np.exp(-2 * mediator))
    outcome = (rng.random(4000) < 0.1 + 0.2 * cause + score).astype(int)
    x, y = CategoricalVariable(categories=2), CategoricalVariable(categories=2)
    m = CategoricalVariable(categories=2) if kind == "categorical" else ContinuousVariable()
    setup = NaturalEffects_StandardMediationSetup(FitSetup(), x, y, m, {x: cause, y: outcome, m: mediator})
    for name, effect in (("NDE", setup.NDE(0, 1)), ("NIE", setup.NIE(0, 1))):
        first, second = np.asarray(effect)[1]
        seen[kind, name] = first > second
        print(f"{kind} mediator, {name}: P(outcome = 1) {first:.2f} and {second:.2f}; observed at x = 0", end=" ")
        print(f"{outcome[cause == 0].mean():.2f}")
expected = {(kind, name): (kind, name) != ("categorical", "NIE") for kind in kinds for name in ("NDE", "NIE")}
sys.exit(0 if seen == expected else f"this has changed, expected the larger one first: {expected}")
PYTHON
