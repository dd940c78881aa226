#!/usr/bin/env bash
# Guess: common_rd of mantel_haenszel_or of episia is a difference of two risks, between -1 and 1, the same for a study
#   ten times as large with the same shares.
# Seen: 15 for 200 persons with risks of 40% and 10%, and 150 for 2,000. The sum over strata is divided by the number of
#   strata, where the sum of their weights belongs; with them 0.2 here, since the rows of the table are taken for its
#   columns too, and 0.3 is right.
# Why it matters: the summary prints it as common RD beside the risk ratio. For small strata it falls between -1 and 1
#   and is read: pairs of 3 persons with two against one ill give .50, of 6 persons 1.00, and .33 is right for both.
# Source: sum_rd / n_strata in mantel_haenszel_or of episia/stats/stratified.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps episia==0.1.3 # its plots are not needed here
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

from episia.stats.contingency import Table2x2
from episia.stats.stratified import mantel_haenszel_or

print("episia", version("episia"), "scipy", version("scipy"))
seen = {}
for size in (1, 10):
    table = Table2x2(a=40 * size, b=10 * size, c=60 * size, d=90 * size)
    seen[size] = table.risk_difference()["estimate"], mantel_haenszel_or([table] * 3).common_rd
    print("{} persons: risk difference {:.3f}, common of three such tables {:.3f}".format(table.total, *seen[size]))
small = {n: mantel_haenszel_or([Table2x2(a=2 * n, b=n, c=n, d=2 * n)] * 5).common_rd for n in (1, 2)}
for n, common in small.items():
    print(f"strata of {6 * n} persons, two thirds against one third: common risk difference {common:.3f}")
same = abs(seen[1][0] - 0.3) < 1e-9 and abs(seen[10][0] - 0.3) < 1e-9
same &= abs(seen[1][1] - 15) < 1e-9 and abs(seen[10][1] - 150) < 1e-9
same &= abs(small[1] - 0.5) < 1e-9 and abs(small[2] - 1) < 1e-9
sys.exit(0 if same else "this has changed, expected a risk difference that grows with the persons")
PYTHON
