#!/usr/bin/env bash
# Guess: DoWhy's identify_effect(method_name="id-algorithm") knows that a variable of the graph without a column in
#   the table is hidden (as its other methods do), and says of X -> Y with a hidden U -> X, U -> Y that it is not
#   identified.
# Seen: the answer is the sum over U of P(Y | U, X) P(U): a formula in a variable that no table has. The default
#   method, on the same graph and table, finds no back-door, front-door or instrument.
# Why it matters: "identified" is read off an expression that nobody can estimate, for the standard example of an
#   effect that cannot be.
# Source: dowhy/causal_identifier/id_identifier.py works on all nodes of the graph; Shpitser and Pearl (2006) take a
#   graph over the observed ones, with hidden causes as double arrows.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile dowhy==0.14 numpy==2.4.6 pandas==3.1.1 networkx==3.6.1 pydot==4.0.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import logging
import sys

import dowhy
import numpy as np
import pandas as pd

logging.disable(logging.WARNING)
print("dowhy", dowhy.__version__)
table = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 2)), columns=["X", "Y"])
model = dowhy.CausalModel(table, "X", "Y", graph="digraph { X -> Y; U -> X; U -> Y; }")
by_id = " ".join(str(model.identify_effect(method_name="id-algorithm", proceed_when_unidentifiable=True)).split())
default = model.identify_effect(proceed_when_unidentifiable=True)
others = [default.estimands[name] for name in ("backdoor", "frontdoor", "iv")]
print("columns:", list(table), "\nID:", by_id, "\nback-door, front-door, instrument:", others)
expected = "Sum over {U}: Predictor: P(Y|U,X) Predictor: P(U)"
sys.exit(0 if by_id == expected and others == [None] * 3 else f"this has changed, expected {expected}")
PYTHON
