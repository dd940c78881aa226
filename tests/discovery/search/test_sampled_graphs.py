"""How far sampled DAGs keep the probabilities that they are drawn from."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.search.dags import sample_dags

DRAWS = 500


def ancestors(adjacency: np.ndarray) -> np.ndarray:
    """Whether a path leads from `i` to `j`, `[..., d, d]`."""
    reaches = adjacency | np.eye(adjacency.shape[-1], dtype=bool)
    for _ in range(3):  # paths of up to eight edges
        reaches = reaches.astype(np.float32) @ reaches.astype(np.float32) > 0
    return reaches


@settings(max_examples=20)
@given(st.integers(2, 7), st.floats(0.2, 3), st.integers(0, 10_000))
def test_an_edge_is_lost_only_where_a_path_leads_back(d, sharpness, seed):
    """Never more often than its probability, and at least as often as no path leads from effect to cause."""
    rng = np.random.default_rng(seed)
    forward, side = rng.random((d, d)) ** sharpness, rng.random((d, d))
    upper = np.triu(forward * side, 1)
    probabilities = upper + np.triu(forward * (1 - side), 1).T  # of both directions: at most 1 together
    frequencies = np.mean(sample_dags(probabilities, DRAWS, rng), axis=0)
    back = ancestors(rng.random((DRAWS, d, d)) < probabilities).mean(0).T
    noise = 5 * np.sqrt(probabilities * (1 - probabilities) / DRAWS) + 8 / DRAWS
    pairs = ~np.eye(d, dtype=bool)
    assert (frequencies <= probabilities + noise)[pairs].all()
    unreachable = probabilities * (1 - back - 5 * np.sqrt(back * (1 - back) / DRAWS))
    assert (frequencies >= unreachable - noise)[pairs].all()
