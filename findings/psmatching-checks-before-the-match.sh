#!/usr/bin/env bash
# Guess: evaluate of psmatching, "to verify statistically that the cases/controls are well-matched", tests the matched
#   rows, and the file that match writes, "..._matched_ps.csv", holds them.
# Seen: both take ALL rows. After a match in which cases and controls have the same mean of the covariate to the last
#   digit, the test says FAILED, with a p of 0; the chi-square is that of the unmatched table. The file has 1,000 rows
#   where 434 were matched. The matched ones are in the attribute matched_data only. The other way round, a table that
#   was balanced passes, whatever the match has made of it.
# Why it matters: a match is redone with another model or caliper until the check passes, which no match can bring
#   about; and an analysis of the file is one without matching.
# Source: make_crosstable(self.df, var) in evaluate, and write_matched_data(self.path, self.df) in match, of
#   psmatching/match.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile psmatching==0.1.dev21 statsmodels==0.14.6 scipy==1.16.3 \
  pandas==2.3.3 numpy==2.2.6
cd "$room"
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from psmatching.match import PSMatch
from psmatching.utilities import calc_chi2_2xC, make_crosstable

print("psmatching", version("psmatching"), "statsmodels", version("statsmodels"))
rng = np.random.default_rng(0)
stage = rng.integers(0, 3, 1000)
case = (rng.random(1000) < 0.05 + 0.15 * stage).astype(int)
table = pd.DataFrame({"OPTUM_LAB_ID": np.arange(1000), "CASE": case, "stage": stage})
table.to_csv("trial.csv", index=False)
np.random.seed(0)
with contextlib.redirect_stdout(io.StringIO()) as text:
    match = PSMatch("trial.csv", "CASE ~ stage", "1")
    match.prepare_data()
    match.match()
    passed = match.evaluate()
matched, written = match.matched_data, pd.read_csv("trial_matched_ps.csv")
means = matched.groupby("CASE")["stage"].mean()
rows = {"all": table, "matched": matched}
tests = {name: float(calc_chi2_2xC(make_crosstable(part, "stage"))[1]) for name, part in rows.items()}
print(f"matched {len(matched)} rows, mean stage of controls {means[0]:.3f}, of cases {means[1]:.3f}; p {tests}")
verdict = [row.strip() for row in text.getvalue().splitlines() if "stage:" in row]
print("verdict:", verdict, "rows written:", len(written))
same = passed is False and tests["matched"] > 0.99 and tests["all"] < 0.001
same &= abs(means[0] - means[1]) < 1e-9 and len(written) == 1000 > 2 * len(matched)
sys.exit(0 if same else "this has changed, expected a test of all rows")
PYTHON
