#!/usr/bin/env bash
# Guess: NDE(0, 1, fct_of_nde=f) of tigramite's mediation analysis is the direct effect on E[f(Y)], as its docstring
#   says: "instead of computing E[Y] can compute E[f(Y)] efficiently for any f". With f the share above 2.5 it is a
#   change of that share, with the square a change of E[Y squared].
# Seen: f is put on the difference of two fitted means. The direct effect of 1.0 is never above 2.5, so the share is 0,
#   where more than half of those without treatment would be lifted over 2.5; the square is that of the effect, about
#   1, where E[Y squared] rises by 4.4.
# Why it matters: "a change of risk of 0" is an answer that is believed; for f(y) = 2 y both readings agree, so that a
#   quick check finds nothing.
# Source: _NDE_continuous_target in tigramite/causal_mediation.py, difference = fct_of_nde(difference).
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
mediator = cause + rng.normal(size=4000)
outcome = 1.7 + cause + 0.3 * mediator + 0.5 * rng.normal(size=4000)
x, m, y = CategoricalVariable(categories=2), ContinuousVariable(), ContinuousVariable()
setup = NaturalEffects_StandardMediationSetup(FitSetup(), x, y, m, {x: cause, m: mediator, y: outcome})
untreated = 1.7 + 0.3 * rng.normal(size=100000) + 0.5 * rng.normal(size=100000)
same = True
for name, function, right in (
    ("itself", lambda value: value, 1.0),
    ("twice", lambda value: 2 * value, 2.0),
    ("its square", np.square, None),
    ("above 2.5", lambda value: (value > 2.5).astype(float), None),
):
    seen = float(np.ravel(setup.NDE(0, 1, fct_of_nde=function))[0])
    true = float((function(untreated + 1) - function(untreated)).mean())
    print(f"{name}: NDE {seen:.2f}, true change of the mean {true:.2f}")
    wrong = {"its square": 1.0, "above 2.5": 0.0}.get(name)
    same &= abs(seen - (right if wrong is None else wrong)) < 0.2 and (wrong is None) == (abs(seen - true) < 0.2)
sys.exit(0 if same else "this has changed, expected the function of the difference")
PYTHON
