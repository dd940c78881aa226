#!/usr/bin/env bash
# Guess: in semopy's calc_stats the model x -> m -> y, x -> y, which has all edges there can be, has 0 degrees of
#   freedom; and with five measured causes x1 ... x5 the model that all of them act on y through m alone has 5, one for
#   each edge left out.
# Seen: 1 and 20. The variances and covariances of columns without a parent are counted as something that the model must
#   explain, while it takes them from the table: with k such columns there are k (k + 1) / 2 too many.
# Why it matters: x1 does act on y directly. The chi-square, 23.5, is the likelihood ratio of the five edges and
#   has p = .0003; it is reported with p = .27 and RMSEA .01. Full mediation, or an instrument's exclusion, is accepted, the more
#   readily the more columns are adjusted for.
# Source: calc_dof in semopy/stats.py: p (p + 1) / 2 less the number of parameters, which hold none for such columns.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile semopy==2.3.11 pandas==2.3.3 numpy==2.4.6 scipy==1.17.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import numpy as np
import pandas as pd
import semopy
from scipy.stats import chi2

print("semopy", semopy.__version__)
rng = np.random.default_rng(0)
causes = [f"x{i}" for i in range(1, 6)]
table = pd.DataFrame(rng.normal(size=(1000, 5)), columns=causes)
table["m"] = 0.5 * table.sum(axis=1) + rng.normal(size=1000)
table["y"] = table.m + 0.12 * table.x1 + rng.normal(size=1000)


def statistics(model):
    fitted = semopy.Model(model)
    fitted.fit(table)
    return semopy.calc_stats(fitted).iloc[0]


full = statistics("m ~ x1\ny ~ m + x1")
print(f"all edges of three columns: DoF {full['DoF']:.0f}, p {full['chi2 p-value']:.3f}")
through = statistics(f"m ~ {' + '.join(causes)}\ny ~ m")
freedom, value, p = through["DoF"], through["chi2"], through["chi2 p-value"]
right = chi2.sf(value, 5)
print(f"five causes through m alone: chi-square {value:.1f}, DoF {freedom:.0f}, p {p:.3f}, RMSEA {through['RMSEA']:.3f}")
print(f"with the 5 edges left out for degrees of freedom: p {right:.4f}")
design = np.column_stack([np.ones(1000), table.m, table[causes]])
without = np.linalg.lstsq(design[:, :2], table.y, rcond=None)[1][0]
ratio = 1000 * np.log(without / np.linalg.lstsq(design, table.y, rcond=None)[1][0])
print(f"likelihood ratio of y on m against y on m and the five: {ratio:.1f}")
same = full["DoF"] == 1 and freedom == 20 and np.isclose(p, chi2.sf(value, 20), atol=1e-6)
same = same and right < 0.001 and p > 0.2 and abs(ratio - value) < 0.5
sys.exit(0 if same else "this has changed, expected 1 and 20 degrees of freedom")
PYTHON
