#!/usr/bin/env bash
# Guess: a test of independence of pgmpy (ci_tests: ChiSquare, GSq) leaves out the rows in which one of the columns is
#   missing, or refuses the table.
# Seen: it puts them into a neighbouring cell. A missing outcome has the code -1, and the place of a row in the table
#   of counts is that of its treatment plus its outcome: one place back is the last outcome of the treatment before.
#   Patients on the drug whose outcome is unknown count as placebo patients who stayed well: p is below .0001 where the
#   complete rows have .35. Within sites the same happens. An error is raised only where a gap is in the very first
#   level.
# Why it matters: outcomes are missing in one arm more than in the other as a rule; the arms then differ, for the wrong
#   reason and in the direction that favours the other arm.
# Source: _compute_result in pgmpy/ci_tests/power_divergence.py, codes of pd.factorize; nothing looks for -1. PC of the
#   package refuses gaps before it comes to that.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile pgmpy==1.1.2 pandas==2.3.3 numpy==2.4.6 scikit-learn==1.9.1
"$room/venv/bin/python" -W ignore - <<'PYTHON' 2>/dev/null
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from pgmpy.ci_tests import ChiSquare, GSq

print("pgmpy", version("pgmpy"))
rng = np.random.default_rng(0)
arm = np.repeat(["placebo", "drug"], 1000)
table = pd.DataFrame({"arm": arm, "outcome": np.where(rng.random(2000) < 0.3, "ill", "well")})
table["site"] = rng.choice(["north", "south"], 2000)
lost = (arm == "drug") & (rng.random(2000) < 0.3)
table.loc[lost, "outcome"] = None
complete = table.dropna().reset_index(drop=True)
print(pd.crosstab(table["arm"], table["outcome"].fillna("missing")).to_string())
same = True
for test in (ChiSquare, GSq):
    for given in ([], ["site"]):
        p = {}
        for name, rows in (("with gaps", table), ("complete rows", complete)):
            run = test(data=rows)
            run("arm", "outcome", given, significance_level=0.05)
            p[name] = float(run.p_value_)
        print(f"{test.__name__}, given {given}: p {p['with gaps']:.4f} with gaps, {p['complete rows']:.2f} complete")
        same &= p["with gaps"] < 0.02 < 0.1 < p["complete rows"]
sys.exit(0 if same else "this has changed, expected rows with gaps to make the arms differ")
PYTHON
