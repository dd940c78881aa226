#!/usr/bin/env bash
# Guess: PanelImputer(imputation_method="interpolate") of panel-imputer, which is told which level of the index is the
#   time, fills 2001, with 0 in 2000 and 100 in 2010, with 10; at least with interp_method="slinear", for which pandas
#   uses the values of an index.
# Seen: 50 with both methods, as if 2001 lay midway. The values are interpolated over their places in the sorted panel;
#   the years only put them in order. pandas, with the same method on a column by year, has 10. Tails that are to be
#   extrapolated go by places as well: 2011 would be 150, where the line has 110.
# Why it matters: waves of a survey, censuses and election years are years apart, and not evenly; the value next to one
#   wave becomes the mean of two, and a trend per year has steps that are not in the data.
# Source: df_loc.reset_index()[col] before interpolate in _local_interpolate of panel_imputer.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile panel-imputer==0.8.6 scikit-learn==1.7.2 scipy==1.16.3 \
  pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from panel_imputer import PanelImputer

print("panel-imputer", version("panel-imputer"), "pandas", version("pandas"))
years = [2000, 2001, 2010, 2011]
place = pd.MultiIndex.from_product([["a", "b"], years], names=["town", "year"])
table = pd.DataFrame({"people": [0.0, np.nan, 100.0, np.nan, 10.0, 11.0, 20.0, 21.0]}, index=place)
seen = {}
for method, tails in (("linear", "fill"), ("slinear", "fill"), ("slinear", "extrapolate")):
    options = {"imputation_method": "interpolate", "interp_method": method, "tail_behavior": tails}
    filled = PanelImputer("town", "year", **options).fit_transform(table)["people"]
    seen[method, tails] = float(filled["a", 2001]), float(filled["a", 2011])
    print("{}, tails {}: 2001 {:.0f}, 2011 {:.0f}".format(method, tails, *seen[method, tails]))
by_year = table.loc["a", "people"].interpolate(method="slinear", fill_value="extrapolate", limit_direction="both")
print(f"pandas, by year: 2001 {by_year[2001]:.0f}, 2011 {by_year[2011]:.0f}")
same = all(middle == 50 for middle, _ in seen.values()) and round(by_year[2001]) == 10
sys.exit(0 if same else "this has changed, expected years to count as places")
PYTHON
