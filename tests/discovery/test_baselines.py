"""Classical methods through the common signature."""

import numpy as np
import pytest

from discovery.baselines import LEARNERS, _from_endpoints, learn
from foundation_causal.errors import InputError

PACKAGES = {"DirectLiNGAM": "lingam", "DAGMA": "dagma"}


def test_endpoints_become_edges():
    endpoints = np.zeros((3, 3))
    endpoints[1, 0], endpoints[0, 1] = 1, -1  # 0 -> 1
    endpoints[1, 2], endpoints[2, 1] = -1, -1  # 1 -- 2
    assert _from_endpoints(endpoints).tolist() == [[0, 1, 0], [0, 0, 0.5], [0, 0.5, 0]]


@pytest.mark.parametrize("name", [name for name in LEARNERS if name != "DAGMA"])
def test_a_collider_is_found(name):
    pytest.importorskip(PACKAGES.get(name, "causallearn"))
    rng = np.random.default_rng(0)
    a, b, noise = rng.laplace(size=(3, 1000))
    x = np.column_stack([a, b, a + b + noise])
    found = learn(name, (x - x.mean(0)) / x.std(0))
    assert (found == [[0, 0, 1], [0, 0, 1], [0, 0, 0]]).all()


def test_unknown_names_and_missing_packages_are_told(monkeypatch):
    with pytest.raises(InputError, match="'PCC' is not a known method"):
        learn("PCC", np.zeros((3, 2)))

    def absent(x):
        import a_package_that_is_not_there  # noqa: F401

    monkeypatch.setitem(LEARNERS, "PC", absent)
    with pytest.raises(InputError, match=r"a_package_that_is_not_there.*foundation-causal\[baselines\]"):
        learn("PC", np.zeros((3, 2)))
