#!/usr/bin/env bash
# Guess: Eggers_test of PythonMeta, given the result of meta as its examples do, tests the studies for small ones with
#   large effects; a division of the studies into subgroups changes nothing about them.
# Seen: for eight studies an intercept of -2.59, t -16.1, p below .0001; with the same eight in two subgroups, which
#   is a line of the file, -1.59, t -3.4, p .0097, of ten rows. The two largest rows are the subgroups, made of the
#   others.
# Why it matters: the sign of publication bias is weakened or made by how the studies are grouped for the plot, and
#   its degrees of freedom count studies that do not exist.
# Source: meta in PythonMeta/core.py puts the total of each subgroup between the studies, and Stat_Eggers_test takes
#   every row but the first as a study.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile statsmodels==0.14.6 scipy==1.16.3 pandas==2.3.3 numpy==2.2.6
"$room/venv/bin/pip" install --quiet --no-compile --no-deps PythonMeta==1.26 # no plots needed here
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

from unittest.mock import MagicMock

sys.modules.update({name: MagicMock() for name in ("matplotlib", "matplotlib.pyplot", "pylab")})
import PythonMeta

print("PythonMeta", version("PythonMeta"), "statsmodels", version("statsmodels"))
studies = ["first, 12, 40, 20, 42", "second, 30, 120, 38, 118", "third, 9, 35, 17, 36", "fourth, 55, 260, 60, 255",
           "fifth, 7, 30, 15, 31", "sixth, 80, 400, 88, 410", "seventh, 15, 60, 24, 61", "eighth, 40, 200, 45, 198"]
marks = studies[:4] + ["<subgroup>name=children"] + studies[4:] + ["<subgroup>name=adults"]
seen = {}
for name, lines in (("studies", studies), ("the same studies in two subgroups", marks)):
    data = PythonMeta.Data()
    data.datatype = "CATE"
    meta = PythonMeta.Meta()
    meta.datatype, meta.models, meta.algorithm, meta.effect = "CATE", "Fixed", "MH", "OR"
    table = data.getdata(lines)
    meta.subgroup = data.subgroup
    result = meta.meta(table)
    seen[name] = [float(value) for value in meta.Eggers_test(result)[:3]]
    print("{}: {} studies, {} rows, intercept {:.2f}, t {:.2f}, p {:.4f}".format(
        name, len(table), len(result) - 1, *seen[name]))
plain, divided = seen.values()
same = abs(plain[0] - divided[0]) > 0.5 and divided[2] > 100 * plain[2]
sys.exit(0 if same else "this has changed, expected subgroups that count as studies")
PYTHON
