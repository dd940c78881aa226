#!/usr/bin/env bash
# Guess: run_ab_analysis of kda_ab_toolkit with a column of strata compares the groups within the strata that both
#   have, or says that one has a stratum which the other has not: with about 100 in every stratum, no difference.
# Seen: a mean of 94.1 for the group without anybody of the island, where every row of it is near 100, and a
#   difference of -6% with a p of 0. Without the rows of the island the means are 99.9 and 100.0, p .68.
# Why it matters: a stratum of 6% that one arm lacks takes 6% off its mean; a rare category is enough for an effect
#   that no row has.
# Source: (stats_df["mean"] * weights).sum() over the common strata in stratified_test of kda_ab_toolkit/core.py, with
#   weights that add up to 1 over all strata.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile statsmodels==0.14.6 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps kda_ab_toolkit==0.1.6 # no plots needed here
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

from unittest.mock import MagicMock

import numpy as np
import pandas as pd

others = ("matplotlib", "matplotlib.pyplot", "seaborn", "plotly", "plotly.express", "plotly.graph_objects", "sklearn",
          "sklearn.preprocessing", "sklearn.ensemble", "sklearn.cluster")
sys.modules.update({name: MagicMock() for name in others})
from kda_ab_toolkit import run_ab_analysis

print("kda_ab_toolkit", version("kda_ab_toolkit"), "pandas", version("pandas"))
rng = np.random.default_rng(0)
city = np.repeat(["north", "south", "island"], [800, 800, 100])
group = np.where(city == "island", "A", np.tile(["A", "B"], 850))  # nobody of the island in B
table = pd.DataFrame({"user_id": np.arange(1700), "group": group, "city": city})
table["metric"] = rng.normal(100, 5, size=1700)
seen = {}
for name, rows in (("all cities", table), ("without the island", table[table["city"] != "island"])):
    found = run_ab_analysis(rows, test_type="t-test", stratification_column="city", silent=True)
    seen[name] = found["stratified_test"]["A", "B"]
    print("{}: mean of A {mean1:.1f}, of B {mean2:.1f}, difference {observed_diff:.3f}, p {p_value:.2g}".format(
        name, **seen[name]))
print("means in the rows", table.groupby("group")["metric"].mean().round(1).to_dict())
gap, whole = seen.values()
same = gap["mean2"] < 96 and gap["p_value"] < 1e-6 and abs(whole["observed_diff"]) < 0.01 and whole["p_value"] > 0.01
sys.exit(0 if same else "this has changed, expected a stratum without controls to count as 0")
PYTHON
