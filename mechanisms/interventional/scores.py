"""How ACTIVA's paper compares two samples (Sauter et al., appendix B)."""

from __future__ import annotations

import math
from typing import NamedTuple

import pandas as pd

from foundation_causal.metrics.distribution import mmd, permutation_test, wasserstein

PERMUTATIONS = 100
LEVEL = 0.05


class Scores(NamedTuple):
    """Distances between true rows and a method's; smaller is better.

    Attributes:
        mmd: the maximum mean discrepancy, from 0 to the root of 2.
        mmd_squared: its square. The paper defines the square and calls both by one name.
        wsd: the 1-Wasserstein distance, in the data's units.
        erg: the energy distance E|X - Y| - E|X - X'| / 2 - E|Y - Y'| / 2, which is half of
            :func:`foundation_causal.metrics.energy_distance`, in the data's units.
        p_value: of the permutation test on it, with 100 permutations.
    """

    mmd: float
    mmd_squared: float
    wsd: float
    erg: float
    p_value: float


def compare(truth: pd.DataFrame, rows: pd.DataFrame, seed: int = 0) -> Scores:
    """All the paper's scores of two samples.

    The kernel of the maximum mean discrepancy is as wide as the median distance between two different rows of
    both samples together.

    Args:
        truth, rows: samples, [n, d] and [m, d], matched by column name, of at least two rows each.
        seed: of the permutations.

    Raises:
        InputError: samples that cannot be compared.

    >>> apart = compare(pd.DataFrame({"x": [0.0, 1.0]}), pd.DataFrame({"x": [4.0, 5.0]}))
    >>> apart.wsd, apart.erg
    (4.0, 3.5)
    """
    squared = mmd(truth, rows)
    test = permutation_test(truth, rows, permutations=PERMUTATIONS, seed=seed)
    return Scores(math.sqrt(squared), squared, wasserstein(truth, rows), test.statistic / 2, test.p_value)
