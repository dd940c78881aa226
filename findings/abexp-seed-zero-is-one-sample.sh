#!/usr/bin/env bash
# Guess: bootstrap of abexp with seed=0 draws as many different samples as with seed=1, and gives about the same median
#   and 2.5 and 97.5 percentiles.
# Seen: with seed=0 all 500 samples are the same one, and the three figures are equal, an interval without width; with
#   seed=1 1.00 to 1.26. The seed of each sample is the seed times its number, which is 0 for all. The first
#   sample is that of seed 0 whatever the seed, and the samples of seed 2 are every second one of seed 1.
# Why it matters: 0 is the seed that comes to mind first. Differences of days are then all sure; and a repetition with
#   another seed, to see how much chance is in it, shares half of its samples.
# Source: random_state=(None if seed is None else seed*i) in bootstrap of abexp/core/analysis_frequentist.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile scikit-learn==1.7.2 statsmodels==0.14.6 scipy==1.16.3 \
  pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps abexp==0.0.3 # its pins are of 2021
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from abexp.core.analysis_frequentist import FrequentistAnalyzer

print("abexp", version("abexp"), "scikit-learn", version("scikit-learn"))
values = np.random.default_rng(0).exponential(size=200)
analyzer = FrequentistAnalyzer()
seen, samples = {}, {}
for seed in (0, 1, 2):
    means = []

    def mean(sample):
        means.append(float(sample[0].mean()))
        return sample.mean(axis=0)

    row = analyzer.bootstrap(values, mean, rep=500, seed=seed).iloc[0]
    seen[seed] = [float(row[name]) for name in ("2.5 percentile", "median", "97.5 percentile")]
    samples[seed] = means
    print("seed {}: {:.3f}, median {:.3f}, {:.3f}".format(seed, *seen[seed]), f"from {len(set(means))} different samples")
print("values: mean {:.3f}; samples of seed 2 that seed 1 has too: {}".format(
    values.mean(), len(set(samples[1]) & set(samples[2]))))
same = len(set(samples[0])) == 1 and seen[0][0] == seen[0][2] and len(set(samples[1])) > 490
same &= seen[1][2] - seen[1][0] > 0.15 and len(set(samples[1]) & set(samples[2])) >= 245
sys.exit(0 if same else "this has changed, expected one sample for seed 0")
PYTHON
