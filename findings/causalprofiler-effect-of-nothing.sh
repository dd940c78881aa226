#!/usr/bin/env bash
# Guess: the true average effect that CausalProfiler computes for a query of its own is 0 where both values of the
#   treatment are the same, in every space of SCMs.
# Seen: not in spaces of discrete variables whose noise has three or more regions: do(X=0) against do(X=0) gives up to
#   0.73 on a binary outcome, and effects of different values are as far off. With two regions it is 0.
# Why it matters: these figures are the ground truth of the benchmark, against which estimators are judged.
# Source: causal_profiler/query_estimator.py keeps the noise for the second value; tables (mechanism.py,
#   _discretize_exogenous_variables) have put the number of the region in the noise's place, and cut it once more.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile causal-profiler==0.1.1 numpy==2.4.6 torch==2.13.0
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import random
import sys
from importlib.metadata import version

import numpy as np
from causal_profiler.constants import MechanismFamily, QueryType, VariableDataType
from causal_profiler.sampler import Sampler
from causal_profiler.space_of_interest import SpaceOfInterest

print("causal-profiler", version("causal-profiler"))


def largest(regions):
    """The largest effect of a value against itself among 20 queries of each of 10 SCMs."""
    random.seed(0)
    np.random.seed(0)
    space = SpaceOfInterest(
        number_of_nodes=(4, 6), expected_edges="2 * N", mechanism_family=MechanismFamily.TABULAR,
        variable_type=VariableDataType.DISCRETE, number_of_categories=2, number_of_noise_regions=regions,
        noise_args=[0, 1], query_type=QueryType.ATE, number_of_queries=20,
    )
    found = [0.0]
    for _ in range(10):
        _, (queries, effects), _ = Sampler(space, n_samples=10_000).generate_samples_and_queries()
        for query, effect in zip(queries, effects):
            first, second = (int(np.ravel(value)[0]) for value in query.vars_values["T"])
            if first == second:
                found.append(abs(float(effect)))
    return round(max(found), 2), len(found) - 1


seen = {regions: largest(regions) for regions in (2, 3, 8)}
for regions, (effect, queries) in seen.items():
    print(f"{regions} regions: largest effect of a value against itself {effect}, of {queries} such queries")
sizes = [effect for effect, _ in seen.values()]
sys.exit(0 if sizes[0] == 0 and min(sizes[1:]) > 0.2 else "this has changed, expected 0 and two above 0.2")
PYTHON
