#!/usr/bin/env bash
# Guess: common_rr of mantel_haenszel_or of episia, for a single table, or for two equal ones, is the risk ratio that
#   risk_ratio of the same table gives: pooling one with itself changes nothing.
# Seen: risk_ratio is 4.0 (40 of 100 exposed ill, 10 of 100 unexposed), common_rr 2.0, with an interval of 1.29 to 3.10
#   that does not hold the 4. It is the ratio of the shares of exposed among the ill and the well, 40 of 50 and 60 of
#   150, hence 2: the table is read by rows, while the columns are exposed and unexposed. The common odds ratio, for which
#   that makes no difference, is right. For 40 and 10 of 1,000 the 4 becomes 1.6.
# Why it matters: it is the adjusted figure of a report, named common risk ratio beside tables whose own risk ratios
#   are all another.
# Source: a * (c + d) / n and (a + b) * c / n in mantel_haenszel_or of episia/stats/stratified.py, for the cells that
#   Table2x2 names a, b: exposed and unexposed cases, c, d: exposed and unexposed non-cases.
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
common, rare = Table2x2(a=40, b=10, c=60, d=90), Table2x2(a=40, b=10, c=960, d=990)
seen = {}
for name, table in (("common", common), ("rare", rare)):
    own, pooled = table.risk_ratio().estimate, mantel_haenszel_or([table, table])
    seen[name] = own, pooled.common_rr, pooled.rr_ci[0], pooled.rr_ci[1]
    print("{}: risk ratio {:.3f}, common {:.3f} ({:.3f} to {:.3f})".format(name, *seen[name]), end="; ")
    print(f"odds ratio {table.odds_ratio().estimate:.3f}, common {pooled.common_or:.3f}")
    assert abs(table.odds_ratio().estimate - pooled.common_or) < 1e-9
same = abs(seen["common"][0] - 4) < 1e-9 and abs(seen["common"][1] - 2) < 1e-9
same &= seen["common"][3] < 4 and seen["rare"][0] > 3.99 and seen["rare"][1] < 1.7
sys.exit(0 if same else "this has changed, expected a common risk ratio of the turned table")
PYTHON
