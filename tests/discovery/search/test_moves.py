"""What the searches leave out to save time."""

import numpy as np
import pytest

from discovery.search import moves as search
from discovery.search.local_scores import Cached, LinearScore
from discovery.search.moves import reorder
from foundation_causal.simulate import p_in


def test_a_move_that_has_lost_too_much_goes_no_further(monkeypatch):
    x = p_in(["linear"]).draw(scms=1, d=12, n=400, seed=2).data[0].double().numpy()
    x = (x - x.mean(0)) / x.std(0)
    everything = [frozenset(range(12)) - {j} for j in range(12)]
    asked = []
    for loss in (1e9, 5.0):
        monkeypatch.setattr(search, "HOPELESS_LOSS", loss)
        score = Cached(LinearScore(x, "gaussian"), np.zeros((12, 12)))
        total = score.total(reorder(score, [frozenset()] * 12, everything, np.zeros(12)))
        asked.append((total, len(score.known)))
    assert asked[1][0] == pytest.approx(asked[0][0], abs=5)
    assert asked[1][1] < asked[0][1]
