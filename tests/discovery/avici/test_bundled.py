"""The weights that come with the package."""

import numpy as np
import pandas as pd
import pytest

from discovery import discover
from discovery.avici.network import Avici
from discovery.avici.report import Validation
from foundation_causal.networks.pretrained import load_pretrained
from foundation_causal.simulate import p_in


@pytest.fixture(scope="module")
def model():
    return load_pretrained(Avici, "avici")


def test_it_beats_correlation_where_it_was_trained_most(model):
    for name, group in Validation(55, scms=16).groups.items():
        if name.endswith("d = 5"):
            assert group.score(model) > group.by_correlation() + 0.02, name


def test_interventions_help_it(model):
    groups = Validation(55, scms=16).groups
    assert groups["P_IN with interventions, d = 5"].score(model) > groups["P_IN, d = 5"].score(model)


def test_discover_takes_it_by_name_and_gives_a_graph_with_the_users_names():
    frame = p_in(["linear"]).draw(scms=1, d=4, n=100, seed=5).frame(0)
    prediction = discover(frame, model="avici", refine=False)
    assert list(prediction.probabilities.columns) == list(prediction.graph.nodes) == list(frame.columns)
    shuffled = discover(
        frame.sample(frac=1, random_state=0)[frame.columns[::-1]], model="avici", refine=False
    )
    pd.testing.assert_frame_equal(
        shuffled.probabilities.loc[frame.columns, frame.columns], prediction.probabilities, atol=1e-4
    )


def test_discover_passes_the_intervention_mask_to_it():
    frame = p_in(["linear"]).draw(scms=1, d=4, n=100, seed=5).frame(0)
    mask = np.zeros(frame.shape, bool)
    mask[60:, 1] = True
    without, told = (
        discover(frame, intervened=given, model="avici", refine=False).probabilities.to_numpy()
        for given in (None, mask)
    )
    assert np.abs(without - told).max() > 1e-3
