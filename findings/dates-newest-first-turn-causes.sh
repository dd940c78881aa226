#!/usr/bin/env bash
# Guess: a table of a series with its dates, the newest row first as exports come, is put in the order of time by what
#   is given the dates, or refused: tigramite (datatime), lingam's VARLiNGAM and statsmodels' Granger test (a DataFrame
#   indexed by dates).
# Seen: none of the three looks at them. x drives y one day later; newest first, all three say as surely that y drives x,
#   by PCMCI's graph, VARLiNGAM's weight of 1.02 and p = 1e-205, and without a warning. statsmodels' VAR turns it as
#   well and says that a date index is not monotonic, "so will be ignored when e.g. forecasting". Gaps are not looked at
#   either: from every other day PCMCI, given the days, finds nothing at lag 2 or at all.
# Why it matters: the order of rows decides which is the cause; dates that are handed over look like a safeguard.
# Source: tigramite's DataFrame calls datatime "Timelabel array"; lingam/var_lingam.py takes the values of the table;
#   statsmodels/tsa/stattools.py, grangercausalitytests.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile tigramite==5.2.10.1 lingam==1.13.0 statsmodels==0.14.6 pandas==2.3.3 \
    numpy==2.2.6 scipy==1.13.1 scikit-learn==1.7.2
"$room/venv/bin/python" - 2> /dev/null <<'PYTHON'
import sys
import warnings
from importlib.metadata import version

import lingam
import numpy as np
import pandas as pd
from statsmodels.tsa.api import VAR
from statsmodels.tsa.stattools import grangercausalitytests
from tigramite.data_processing import DataFrame
from tigramite.independence_tests.parcorr import ParCorr
from tigramite.pcmci import PCMCI

print(", ".join(f"{name} {version(name)}" for name in ("tigramite", "lingam", "statsmodels")))
rng = np.random.default_rng(0)
x = rng.uniform(-1, 1, 400)
y = np.r_[0, 0.9 * x[:-1]] + 0.3 * rng.uniform(-1, 1, 400)
days = np.arange(400)
oldest = pd.DataFrame({"x": x, "y": y}, index=pd.date_range("2024-01-01", periods=400))


def pcmci(table, times):
    found = PCMCI(DataFrame(table.to_numpy(), datatime=times), ParCorr(), verbosity=0)
    graph = found.run_pcmci(tau_max=2, pc_alpha=0.01, alpha_level=0.001)["graph"]
    return sorted(f"{'xy'[i]} -> {'xy'[j]} after {lag}" for i, j, lag in zip(*np.nonzero(graph == "-->"), strict=True))


seen = []
for name, table, times in (("oldest first", oldest, days), ("newest first", oldest[::-1], days[::-1])):
    links = pcmci(table, times)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        later = lingam.VARLiNGAM(lags=1).fit(table).adjacency_matrices_[1]
        p = [grangercausalitytests(table[names], [1], verbose=False)[1][0]["ssr_ftest"][1] for names in (["y", "x"], ["x", "y"])]
        about = [str(note.message) for note in said if "date" in str(note.message)]
        both = [VAR(table).fit(1).test_causality(*names).pvalue for names in ("yx", "xy")]
    print(f"{name}: PCMCI {links}; VARLiNGAM x -> y {later[1, 0]:.2f}, y -> x {later[0, 1]:.2f};")
    print(f"  p of Granger x -> y {p[0]:.2g}, y -> x {p[1]:.2g}; of VAR {both[0]:.2g}, {both[1]:.2g}; warned of {about}")
    seen.append((links, later[1, 0] > 0.8, later[0, 1] > 0.8, p[0] < 1e-9, p[1] < 1e-9, both[1] < 1e-9, about))
gaps = pcmci(oldest[::2], days[::2])
print(f"every other day, with its number: PCMCI {gaps}")
same = seen[0] == (["x -> y after 1"], True, False, True, False, False, [])
same = same and seen[1] == (["y -> x after 1"], False, True, False, True, True, []) and gaps == []
sys.exit(0 if same else "this has changed, expected causes turned with the rows")
PYTHON
