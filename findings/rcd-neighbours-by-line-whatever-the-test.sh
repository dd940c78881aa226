#!/usr/bin/env bash
# Guess: rcd's searches, learn_and_get_skeleton(test, data) of RSL-D, MARVEL and L-MARVEL, decide by the test of
#   independence that they are given: with a chi-square test an attribute of three levels is joined to the outcome that
#   it sets.
# Seen: they join nothing. The outcome is "yes" in 90% for the middle level and 10% for both others, the test has p = 0,
#   and the graph has no edge. A first step finds each column's neighbourhood by linear partial correlations of the
#   codes, whatever the test given, and what is not in there is never tested. With find_markov_boundary_matrix_fun from
#   the same test the edge is found; the docstrings name no default for that option.
# Why it matters: a test for categories or curves is given because lines do not describe the table. Relations that
#   rise and fall, and codes in arbitrary order, are lost before it is asked.
# Source: compute_mb_gaussian in rcd/utilities/utils.py, taken in rcd/rsl/rsl_base.py, marvel.py and l_marvel.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile networkx==3.4.2 tqdm==4.67.1 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps rcd==0.2.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from rcd import l_marvel, marvel, rsl_d
from rcd.utilities.utils import compute_mb
from scipy.stats import chi2
from scipy.stats.contingency import crosstab, expected_freq

print("rcd", version("rcd"), "scipy", version("scipy"))
rng = np.random.default_rng(0)
level = np.repeat([0, 1, 2], 500)
outcome = (rng.permuted(np.arange(1500).reshape(3, 500) % 10, axis=1).ravel() < np.where(level == 1, 9, 1)).astype(int)
table = np.column_stack([level, outcome, rng.integers(0, 2, 1500)])


def independent(i, j, given, data):
    groups = np.unique(data[:, list(given)], axis=0, return_inverse=True)[1].ravel() if given else np.zeros(len(data))
    statistic, freedom = 0.0, 0
    for group in np.unique(groups):
        counts = crosstab(*data[groups == group][:, [i, j]].T).count
        statistic += np.sum((counts - expected_freq(counts)) ** 2 / expected_freq(counts))
        freedom += (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return chi2.sf(statistic, freedom) > 0.001


print("level and outcome: correlation", np.corrcoef(level, outcome)[0, 1].round(3), end=", ")
print("independent by the test:", bool(independent(0, 1, [], table)))
by_test = {"find_markov_boundary_matrix_fun": lambda data: compute_mb(data, independent)}
seen = {}
for search in (rsl_d, marvel, l_marvel):
    name = search.__name__.split(".")[-1]
    for way, option in (("as given", {}), ("boundaries by the test", by_test)):
        graph = search.learn_and_get_skeleton(independent, table, **option)
        seen[name, way] = sorted(tuple(sorted(int(end) for end in edge)) for edge in graph.edges)
        print(f"{name}, {way}: edges {seen[name, way]}")
same = all(found == ([] if way == "as given" else [(0, 1)]) for (_, way), found in seen.items())
sys.exit(0 if same else "this has changed, expected no edge by the test given")
PYTHON
