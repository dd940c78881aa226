#!/usr/bin/env bash
# Guess: the p-value that DRTester of EconML gives to a Qini coefficient tests whether a model ranks people better than
#   chance: small where it does, near 1 where it ranks them the wrong way round, below .05 for one in twenty of the
#   models that know nothing.
# Seen: a model that ranks everybody the wrong way round has p = 1e-21, as good as the right model's; of 200 models of
#   noise a tenth are below .05, half of those with a negative coefficient, and none is above .5. The tail is
#   one-sided, of the coefficient without its sign. The p-values of evaluate_blp, in the same table, are two-sided: a
#   twentieth.
# Why it matters: the column "p" of one summary is two kinds of number; a test at 5% lets twice as many through, and a
#   model that sends the treatment to those it harms passes with honours, unless the sign is read.
# Source: evaluate_uplift in econml/validate/drtester.py, norm.sf(abs(q / e)).
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile econml==0.17.0 numpy==2.4.6 scikit-learn==1.9.1
"$room/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from econml.validate import DRTester
from sklearn.linear_model import LinearRegression, LogisticRegression

print("econml", version("econml"))
np.random.seed(0)
rng = np.random.default_rng(0)


class Ranking:
    def __init__(self, column, sign=1):
        self.column, self.sign = column, sign

    def effect(self, X, T0=0, T1=1):
        return self.sign * X[:, self.column]


def drawn():
    covariates, arm = rng.normal(size=(500, 2)), rng.integers(0, 2, 500)
    return covariates, arm, covariates[:, 0] * arm + rng.normal(size=500)


def test(ranking):
    held_out, training = drawn(), drawn()
    tester = DRTester(model_regression=LinearRegression(), model_propensity=LogisticRegression(), cate=ranking)
    tester.fit_nuisance(*held_out, *training)
    uplift = tester.evaluate_uplift(held_out[0], training[0], n_bootstrap=2)
    blp = tester.evaluate_blp(held_out[0], training[0])
    return [float(np.ravel(value)[0]) for value in (uplift.params, uplift.pvals, blp.pvals)]


turned = {}
for name, ranking in (("right", Ranking(0)), ("the wrong way round", Ranking(0, -1))):
    qini, turned[name], _ = test(ranking)
    print(f"ranked {name}: Qini {qini:.2f}, p {turned[name]:.0e}")
qini, p_uplift, p_blp = np.array([test(Ranking(1)) for _ in range(200)]).T
share, other = (p_uplift < 0.05).mean(), (p_blp < 0.05).mean()
print(f"200 rankings by noise: p below .05 in {share:.3f} (BLP {other:.3f}), largest p {p_uplift.max():.3f}")
print(f"  of those below .05, a negative coefficient in {(qini[p_uplift < 0.05] < 0).sum()}")
same = max(turned.values()) < 1e-6 and p_uplift.max() < 0.5 and p_blp.max() > 0.9 and share > other
sys.exit(0 if same else "this has changed, expected small p-values for both signs and none above a half")
PYTHON
