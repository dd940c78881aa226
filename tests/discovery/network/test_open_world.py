"""Training tables whose causes are hidden, whose columns are distorted, whose conditions are lost."""

import pytest
import torch

from discovery.network.edge_transformer import EdgeTransformer
from discovery.network.familiarity import Familiarity, summaries
from discovery.network.network_inputs import Inputs, network_inputs, upright
from discovery.network.open_world import OpenSample, draw_hidden, draw_open, open_card, open_loss
from discovery.network.pair_statistics import standardize
from discovery.network.type_statistics import TYPE_FEATURES
from foundation_causal.graphs.mixed_graph import latent_projection
from foundation_causal.simulate import prior
from foundation_causal.simulate.graph_priors import ErdosRenyi, WithCommonCauses
from foundation_causal.simulate.measurement import measured
from foundation_causal.simulate.random import Random

SEEDS = (0, 1, 2, 7, 10)


def paths(adjacency, start, hidden):
    """Nodes that directed paths reach from `start` whose inner nodes are all hidden."""
    reached, open_ends = set(), [start]
    while open_ends:
        node = open_ends.pop()
        for child in adjacency[node].nonzero().flatten().tolist():
            reached.add(child)
            if child in hidden:
                open_ends.append(child)
    return reached


@pytest.mark.parametrize("hidden", [0, 1, 3])
def test_the_projection_follows_every_hidden_path(hidden):
    adjacency = ErdosRenyi(edges=(1.5,)).draw(30, 8, Random.seeded(hidden))
    directed, shared = latent_projection(adjacency, hidden)
    seen, away = range(8 - hidden), set(range(8 - hidden, 8))
    for b in range(30):
        ends = [paths(adjacency[b], node, away) for node in range(8)]
        for i in seen:
            for j in seen:
                assert directed[b, i, j] == (j in ends[i])
                forks = any(i in ends[h] and j in ends[h] for h in away)
                assert shared[b, i, j] == (forks and i != j)


def test_common_causes_are_roots_with_a_few_children():
    graphs = WithCommonCauses(ErdosRenyi(edges=(1,)), causes=3, children=(2, 3)).draw(50, 9, Random.seeded(0))
    assert not graphs[:, :, 6:].any()
    assert set(graphs[:, 6:].sum(2).flatten().tolist()) == {2, 3}


@pytest.mark.parametrize("name", ["wide", "mixed"])
def test_hidden_variables_leave_their_columns_and_keep_the_others(name):
    generator = torch.Generator().manual_seed(4)
    for _ in range(4):  # common causes are added to some, chosen among the nodes of others
        batch, directed, shared = draw_hidden(prior(name), 2, scms=6, d=5, n=40, seed=generator)
        assert batch.data.shape == (6, 40, 5)
        assert directed.shape == shared.shape == (6, 5, 5)
        assert torch.equal(shared, shared.transpose(1, 2))
        assert not (directed & directed.transpose(1, 2)).any()
        assert shared.any()


def test_batches_come_with_and_without_hidden_causes_and_say_complete_of_the_latter_alone():
    told, hidden = 0, 0
    for seed in SEEDS:
        inputs, directed, shared = draw_open(torch.Generator().manual_seed(seed))
        scms, d = directed.shape[:2]
        assert inputs.types.shape == (scms, d, d, TYPE_FEATURES)
        assert all(part.isfinite().all() for part in inputs)
        assert not (shared.bool().any() and inputs.complete.any())
        told, hidden = told + int(inputs.complete.sum()), hidden + int(shared.sum())
    assert told
    assert hidden


def test_measured_columns_keep_their_order_but_for_noise_and_limits():
    x = torch.randn(40, 300, 5, generator=torch.Generator().manual_seed(0)).double()
    y = measured(x, Random.seeded(1, torch.float64))
    assert y.isfinite().all()
    place = x.argsort(1)
    falls = (y.gather(1, place).diff(dim=1) < -1e-9).double().mean(1)
    assert (falls < 0.05).all()  # rows that are spoiled
    assert (falls == 0).double().mean() > 0.8
    values = torch.tensor([len(column.unique()) for column in y.transpose(1, 2).flatten(0, 1)])
    assert 20 < int((values < 270).sum()) < 150  # limited or rounded


def test_a_mirrored_table_has_the_same_features():
    table = prior("mixed").draw(scms=3, d=5, n=80, seed=2)
    data = prior("wide").draw(scms=3, d=5, n=80, seed=2).data.double()
    data[:, ::7, 0] = torch.nan
    signs = torch.tensor([1.0, -1, -1, 1, -1])
    levels = torch.zeros(3, 5, dtype=torch.long)
    for x, known in ((data, (levels, levels > 0)), (table.data.double(), (table.levels, table.ordered))):
        here = network_inputs(x, None, None, *known, mirrored=True)
        mirror = network_inputs(x * signs, None, None, *known, mirrored=True)
        for a, b in zip(here, mirror, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)
        plain = network_inputs(x * signs, None, None, *known)
        assert not torch.allclose(plain.pairs, network_inputs(x, None, None, *known).pairs, atol=0.1)
    assert torch.equal(upright(-upright(data)).nan_to_num(), upright(data).nan_to_num())


def test_the_network_tells_hidden_causes_after_a_few_steps_and_none_where_there_are_none():
    torch.manual_seed(0)
    model = EdgeTransformer(width=16, layers=1, heads=2, types=True, confounders=True)
    drawn = next(
        batch
        for seed in range(40)
        if (batch := draw_open(torch.Generator().manual_seed(seed))).shared.any() and len(batch.shared) > 5
    )
    batch = OpenSample(Inputs(*(part[:8] for part in drawn.inputs)), drawn.directed[:8], drawn.shared[:8])
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
    losses = []
    for _ in range(40):
        value = open_loss(model, batch)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
    assert losses[-1] < 0.7 * losses[0]
    shared = model.with_confounders(batch.inputs)[1]
    assert torch.equal(shared, shared.transpose(1, 2))
    told = batch.inputs._replace(complete=torch.ones(len(batch.shared)))
    assert (model.with_confounders(told)[1].sigmoid() == 0).all()


def test_familiarity_is_uniform_at_home_and_small_abroad():
    def points(seed, change=lambda x: x):
        data = change(prior("p-in").draw(scms=60, d=5, n=200, seed=seed).data)
        levels = torch.zeros(60, 5, dtype=torch.long)
        return summaries(network_inputs(data, None, None, levels, levels > 0, mirrored=True))

    known = Familiarity(60)
    known.learn(points(0))
    home, abroad = known.of(points(1)), known.of(points(1, lambda x: (2 * standardize(x)).exp()))
    assert 0.3 < home.mean() < 0.7
    assert abroad.mean() < 0.5 * home.mean()
    assert ((home > 0) & (home <= 1)).all()


def test_the_card_says_what_was_hidden_and_how_well_it_is_found():
    model = EdgeTransformer(width=8, layers=1, heads=2, types=True, confounders=True)
    text = open_card(model, 500, "train --it", {"hidden: confounded": 0.5})
    assert "at most eight" in text
    assert "hidden: confounded 0.500" in text
    assert "`train --it`" in text
    assert "{" not in text
