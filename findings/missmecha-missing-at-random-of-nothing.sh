#!/usr/bin/env bash
# Guess: MissMechaGenerator(mechanism="mar") of missmecha makes gaps that depend on other columns, in each of its eight
#   types, so that the rows with a gap differ from the others in a column that was seen.
# Seen: two of the eight, types 2 and 3, draw the rows at random: among 20,000 rows no difference of means, of values or
#   of their squares, has a t above 2.4, as with "mcar", where the other six have 39 and more. The two are described by
#   mutual information and by correlations; both are computed, and then not looked at.
# Why it matters: such tables are made to see what a method does where gaps depend on something. One that needs them
#   to be completely at random passes here under another name, and dropping incomplete rows looks harmless.
# Source: transform of MARType2 and MARType3 in missmecha/generate/mar.py, rng.choice without the scores of fit.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile missmecha-py==0.1.2 ipython==9.9.0 seaborn==0.13.2 \
  scikit-learn==1.7.2 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
from missmecha.generator import MissMechaGenerator
from scipy.stats import ttest_ind

print("missmecha-py", version("missmecha-py"), "numpy", version("numpy"))
rng = np.random.default_rng(0)
common = rng.normal(size=(20000, 1))
table = np.hstack([common, common + rng.normal(size=(20000, 3))])
kinds = [("mcar", 1), *[("mar", kind) for kind in range(1, 9)]]
seen = {}
for mechanism, kind in kinds:
    with contextlib.redirect_stdout(io.StringIO()):
        generator = MissMechaGenerator(mechanism=mechanism, mechanism_type=kind, missing_rate=0.2, seed=1)
        gaps = np.isnan(generator.fit_transform(table.copy()))
    measures = np.hstack([table, table**2])
    columns = [column for column in gaps.T if column.any()]
    largest = max(np.abs(ttest_ind(measures[column], measures[~column]).statistic).max() for column in columns)
    seen[mechanism, kind] = float(largest), float(gaps.mean())
    words = "largest t of a difference {:.1f}, share of gaps {:.2f}".format(*seen[mechanism, kind])
    print(f"{mechanism} type {kind}: {words}")
random = {("mcar", 1), ("mar", 2), ("mar", 3)}
same = all((seen[kind][0] < 4) == (kind in random) for kind in kinds)
sys.exit(0 if same else "this has changed, expected types 2 and 3 to be completely at random")
PYTHON
