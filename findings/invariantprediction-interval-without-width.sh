#!/usr/bin/env bash
# Guess: conf_int of ICP in the package invariant-causal-prediction covers the true coefficient of a cause in at least
#   95% of tables with alpha=.05, as the method is built to do; it widens when there are fewer rows.
# Seen: in one of 100. Where one set of causes is accepted, as is usual with real shifts, both ends of its interval
#   are the same number, the estimate: no width, with 200 rows or 20,000. With several sets it is the span of their
#   estimates, trimmed by quantiles. causalicp, on the same tables, covers in 98, with intervals 1.15 wide. The
#   p-values beside it are not a number in every table.
# Why it matters: an effect of .99, from .99 to .99, is certain beyond what any table can say; that is what is printed
#   by a method whose point is its guarantee.
# Source: np.quantile(coefs, ...) over accepted sets in _conf_intervals of invariant_causal_prediction/icp.py; its
#   p-values are lost to .to_numpy() of an array.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile invariant-causal-prediction==0.1.1 causalicp==0.1.1 termcolor==3.3.0 \
  scikit-learn==1.7.2 statsmodels==0.15.0 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
MPLBACKEND=agg "$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import causalicp
import numpy as np
from invariant_causal_prediction import ICP

print("invariant-causal-prediction", version("invariant-causal-prediction"), "causalicp", version("causalicp"))


def intervals(seed, rows):
    rng = np.random.default_rng(seed)
    environment = np.repeat([0, 1], rows // 2)
    causes = rng.normal(size=(rows, 2)) + np.column_stack([environment, -environment])
    target = causes.sum(axis=1) + rng.normal(size=rows)
    found = ICP(alpha=0.05).fit(causes, target, environment)
    whole = np.column_stack([causes, target])
    other = causalicp.fit([whole[environment == number] for number in (0, 1)], 2, alpha=0.05)
    both = (0, 1) in found["accepted_sets"] and other.conf_intervals is not None
    return (found["conf_int"][0], found["pvalues"], other.conf_intervals[:, 0]) if both else None


seen = {}
for rows in (200, 20_000):
    tables = [found for seed in range(120 if rows == 200 else 10) if (found := intervals(seed, rows))][:100]
    widths = [np.diff(found[0])[0] for found in tables]
    covered = np.mean([[low <= 1 <= high for low, high in (found[0], found[2])] for found in tables], axis=0)
    gone = all(np.isnan(found[1]).all() for found in tables)
    seen[rows] = np.median(widths), covered, gone, np.median([np.diff(found[2])[0] for found in tables])
    first = tables[0][0].round(3)
    print(f"{rows} rows, {len(tables)} tables: first interval {first}, median width {seen[rows][0]:.3f}, no p {gone}")
    print(f"  covers 1 in {covered[0]:.0%}, causalicp in {covered[1]:.0%} with width {seen[rows][3]:.2f}")
same = all(values[0] < 1e-9 and values[2] for values in seen.values())
same &= seen[200][1][0] < 0.1 and seen[200][1][1] > 0.9
sys.exit(0 if same else "this has changed, expected intervals of no width")
PYTHON
