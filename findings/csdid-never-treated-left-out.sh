#!/usr/bin/env bash
# Guess: of two packages for staggered differences in differences, differences and csdid, each takes its own sign for
#   units that are never treated (a missing value, 0) and refuses the other's, as differences does with 0 and says what
#   to write instead.
# Seen: csdid takes the table of differences and leaves every never treated unit out: the group that is treated last
#   becomes the control, with control_group=["nevertreated"] as well as without it. An effect of 1.65 becomes 1.08. An
#   infinite year, which doubleml asks for, is read as never treated by both.
# Why it matters: 0 is turned into a missing value for the one package, and the table goes to the other to compare; the
#   two answers differ by half an effect, and the smaller one still names a control group that is not in it.
# Source: csdid drops rows with a missing value before it looks at groups; the error message of differences asks for
#   NaN.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile csdid==0.4.3 differences==0.3.0 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from csdid.att_gt import ATTgt as Csdid
from differences import ATTgt as Differences

print("csdid", version("csdid"), "differences", version("differences"))
rng = np.random.default_rng(0)
units, years = 400, 6
unit, year = np.arange(units).repeat(years), np.tile(np.arange(2000, 2000 + years), units)
start = rng.choice([2002, 2003, 0], units)[unit].astype(float)
treated = (start > 0) & (year >= start)
effect = np.where(treated, 1 + 0.5 * (year - start), 0)
y = rng.normal(size=units)[unit] + 0.5 * (year - 2000) + effect + 0.5 * rng.normal(size=units * years)
table = pd.DataFrame({"unit": unit, "year": year, "start": start, "y": y})
print(f"true mean effect {effect[treated].mean():.2f}; {(start == 0).sum() // years} of {units} units never treated")


def by_csdid(rows):
    with contextlib.redirect_stdout(io.StringIO()):
        fit = Csdid(
            yname="y", gname="start", idname="unit", tname="year", data=rows, control_group=["nevertreated"]
        ).fit(est_method="reg")
        return float(fit.aggte("simple").atte["overall_att"])


def by_differences(rows):
    model = Differences(data=rows.set_index(["unit", "year"])[["start", "y"]], cohort_column="start")
    model.fit("y", progress_bar=False)
    return float(model.aggregate("simple").iloc[0, 0])


seen = {}
for name, mark in (("0", 0.0), ("missing", np.nan), ("infinite", np.inf)):
    for package, ask in (("csdid", by_csdid), ("differences", by_differences)):
        try:
            seen[name, package] = ask(table.assign(start=table.start.replace(0, mark)))
            print(f"never treated as {name}, {package}: {seen[name, package]:.2f}")
        except ValueError as error:
            seen[name, package] = None
            print(f"never treated as {name}, {package}: {' '.join(str(error).split())[:75]}")
right, wrong = seen["0", "csdid"], seen["missing", "csdid"]
same = right > 1.5 and wrong < 1.2 and abs(seen["missing", "differences"] - right) < 0.01
same &= seen["0", "differences"] is None
sys.exit(0 if same else "this has changed, expected csdid to leave units with a missing start out")
PYTHON
