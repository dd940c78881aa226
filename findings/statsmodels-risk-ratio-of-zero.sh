#!/usr/bin/env bash
# Guess: Table2x2.from_data of statsmodels, given a column of treatment and one of outcome, both 0 and 1, has for its
#   riskratio the risk of 1 among the treated over that among the others, 2.8 here.
# Seen: 1.27: the share of outcome 0 among the UNtreated over that among the treated. Column 0 of a table counts as the
#   event and row 0 comes first, while from_data puts 0 before 1. The odds ratio does not change when both are turned,
#   so it is the usual one, 3.6, and stands in the same summary. A column of "yes" and "no" gives the same 1.27, ordered
#   categories with the event first give 2.8.
# Why it matters: an outcome made three times as likely looks like a weak effect, with a narrow interval; and harm is
#   still above 1, and help below, so that nothing looks turned round.
# Source: docstring of Table2x2, "column 0 is the number of events"; statsmodels/stats/contingency_tables.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile statsmodels==0.15.0 pandas==2.3.3 numpy==2.4.6
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import numpy as np
import pandas as pd
import statsmodels
from statsmodels.stats.contingency_tables import Table2x2

print("statsmodels", statsmodels.__version__)
rng = np.random.default_rng(0)
treated = rng.integers(0, 2, 4000)
ill = (rng.random(4000) < np.where(treated == 1, 0.3, 0.1)).astype(int)
risk = [ill[treated == arm].mean() for arm in (0, 1)]
numbers = Table2x2.from_data(pd.DataFrame({"treated": treated, "ill": ill}))
words = pd.DataFrame({"treated": treated, "ill": ill}).replace({0: "no", 1: "yes"})
turned = words.astype(pd.CategoricalDtype(["yes", "no"], ordered=True))
as_words, first = Table2x2.from_data(words).riskratio, Table2x2.from_data(turned).riskratio
print(f"risk of the treated {risk[1]:.3f}, of the others {risk[0]:.3f}: ratio {risk[1] / risk[0]:.2f}")
print(f"statsmodels on 0 and 1: risk ratio {numbers.riskratio:.2f}, odds ratio {numbers.oddsratio:.2f}")
print(f'on "no" and "yes": {as_words:.2f}; on categories with "yes" first: {first:.2f}')
other = (1 - risk[0]) / (1 - risk[1])
odds = risk[1] / (1 - risk[1]) / (risk[0] / (1 - risk[0]))
same = np.isclose(numbers.riskratio, other) and other < 1.4 and np.isclose(numbers.oddsratio, odds)
same = same and np.isclose(as_words, other) and np.isclose(first, risk[1] / risk[0]) and first > 2.5
sys.exit(0 if same else "this has changed, expected the ratio of those who are not ill, untreated over treated")
PYTHON
