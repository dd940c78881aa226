"""What the network is told of interventions, missing values and knowledge."""

import numpy as np
import pytest
import torch

from discovery.network.network_inputs import EXTRA_FEATURES, interventional_statistics, network_inputs
from discovery.network.pair_statistics import pair_statistics
from discovery.network.training_tasks import levels, random_knowledge
from foundation_causal.simulate import p_in


@pytest.fixture
def chain():
    """`X1 -> X2 -> X3` with hard interventions on X2 in a quarter of 400 rows."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(1, 400, 3, generator=generator)
    intervened = torch.zeros(1, 400, 3, dtype=torch.bool)
    intervened[:, 300:, 1] = True
    x = noise.clone()
    x[..., 1] = torch.where(intervened[..., 1], 3 + noise[..., 1], x[..., 0] + noise[..., 1])
    x[..., 2] = x[..., 1] + noise[..., 2]
    return x, intervened


def test_an_intervention_moves_effects_and_not_causes(chain):
    moved = interventional_statistics(*chain)[0]
    shift, follows = moved[..., 0], moved[..., 3]
    assert shift[1, 2] > 0.8
    assert follows[1, 2] > 0.5
    assert shift[1, 0].abs() < 0.3
    assert follows[1, 0].abs() < 0.3
    assert (moved[0, :, :7] == 0).all()  # nobody intervened on X1
    assert (moved[1, :, 7] > 0).all()
    assert (moved[:, 1, 8] > 0).all()


def test_the_statistics_are_those_of_rows_in_plain_numpy(chain):
    x, intervened = chain
    moved = interventional_statistics(x, intervened)[0]
    unit = ((x - x.mean(1)) / x.std(1, correction=0))[0].numpy()
    on = intervened[0, :, 1].numpy()
    inside, outside = unit[on], unit[~on]
    assert moved[1, 2, 0].sinh().item() == pytest.approx(
        (inside[:, 2].mean() - outside[:, 2].mean()) / outside[:, 2].std(), abs=1e-4
    )
    assert moved[1, 2, 2].sinh().item() == pytest.approx(
        np.log(inside[:, 2].var() / outside[:, 2].var()), abs=1e-4
    )
    together = float(np.corrcoef(inside[:, 1], inside[:, 2])[0, 1])
    assert moved[1, 2, 3].sinh().item() == pytest.approx(together, abs=0.01)


def test_without_rows_to_compare_with_nothing_has_moved(chain):
    x, intervened = chain
    intervened = intervened.clone()
    intervened[..., 0] = True
    moved = interventional_statistics(x, intervened)[0]
    assert (moved[0, :, :3] == 0).all()  # shift and variance
    assert moved[0, 1, 3] > 0.5  # how X2 follows X1


def test_pair_statistics_are_those_of_the_observational_rows(chain):
    x, intervened = chain
    inputs = network_inputs(x, intervened)
    assert torch.allclose(inputs.pairs, pair_statistics(x[:, :300])[0])
    assert inputs.size[0, 0] == pytest.approx(np.log(300))
    everywhere = torch.ones_like(intervened)
    everywhere[:, :10] = False  # too few rows for statistics of their own
    assert torch.allclose(network_inputs(x, everywhere).pairs, pair_statistics(x)[0])


def test_knowledge_and_missing_shares_have_their_channels():
    x = torch.randn(2, 50, 4)
    knowledge = torch.rand(2, 4, 4, 2).round()
    assert torch.equal(network_inputs(x, None, knowledge).extra[..., :2], knowledge)
    x[:, :10, 3] = torch.nan
    extra = network_inputs(x).extra
    assert extra.shape == (2, 4, 4, EXTRA_FEATURES)
    assert torch.allclose(extra[:, 3, :, 2], torch.tensor(0.2))
    assert torch.allclose(extra[:, :, 3, 3], torch.tensor(0.2))
    assert (extra[:, :3, :3] == 0).all()


def test_everything_moves_with_the_columns():
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(1, 80, 5, generator=generator).double()
    intervened = torch.rand(1, 80, 5, generator=generator) < 0.1
    x[torch.rand(x.shape, generator=generator) < 0.1] = torch.nan
    order = torch.randperm(5, generator=generator)
    here = network_inputs(x, intervened)
    there = network_inputs(x[..., order], intervened[..., order])
    assert torch.allclose(there.extra, here.extra[:, order][:, :, order], atol=1e-4)
    assert torch.allclose(there.pairs, here.pairs[:, order][:, :, order], atol=1e-2)


def test_random_knowledge_is_true_and_of_every_kind():
    batch = p_in(["linear"]).draw(scms=400, d=7, n=2, seed=5)
    truth = batch.adjacency
    told = random_knowledge(truth, torch.Generator().manual_seed(0)).bool()
    required, forbidden = told[..., 0], told[..., 1]
    assert not (required & ~truth).any()
    assert not (forbidden & truth).any()
    assert not forbidden.diagonal(dim1=1, dim2=2).any()
    silent = ~told.flatten(1).any(1)
    assert 0.4 < silent.float().mean() < 0.65
    assert required.flatten(1).any(1).float().mean() > 0.05
    assert (forbidden.float().flatten(1).mean(1) > 0.3).any()  # tiers say a lot


def test_levels_are_longest_paths():
    adjacency = torch.zeros(1, 4, 4, dtype=torch.bool)
    for i, j in [(0, 1), (1, 2), (0, 2), (3, 2)]:
        adjacency[0, i, j] = True
    assert levels(adjacency).tolist() == [[0, 1, 2, 0]]
