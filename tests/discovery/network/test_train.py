"""The training command's data, loss and measure."""

import pytest
import torch
from sklearn.metrics import average_precision_score

pytest.importorskip("lightning")

from discovery.network.edge_transformer import EdgeTransformer, chances
from discovery.network.network_inputs import Inputs, network_inputs
from discovery.network.train import (
    TOKENS,
    TYPED_TOKENS,
    Sample,
    card,
    draw,
    draw_typed,
    loss,
    mean_auprc,
    started,
    typed_card,
)
from discovery.network.type_statistics import TYPE_FEATURES

SEEDS = (0, 1, 2, 18, 21, 32)  # of which some have missing values and some interventional rows


def test_batches_have_the_promised_shapes_and_cost():
    channels = torch.zeros(13)
    for seed in SEEDS:
        (pairs, extra, size, *_), adjacency = draw(torch.Generator().manual_seed(seed))
        batch, d = adjacency.shape[:2]
        assert pairs.shape[:3] == extra.shape[:3] == (batch, d, d)
        assert 2 <= d <= 100
        assert batch == 1 or batch * d * d <= TOKENS
        assert pairs.isfinite().all()
        assert extra.isfinite().all()
        assert size.shape == (batch, 3)
        channels += extra.abs().flatten(0, 2).sum(0)
    assert (channels > 0).all()  # knowledge, missing values and interventions all came up


def test_batches_with_types_have_them_and_some_are_of_numbers():
    numeric = []
    for seed in (0, 1, 3, 5, 8, 11):
        inputs, adjacency = draw_typed(torch.Generator().manual_seed(seed))
        batch, d = adjacency.shape[:2]
        assert inputs.types.shape == (batch, d, d, TYPE_FEATURES)
        assert batch == 1 or batch * d * d <= TYPED_TOKENS
        assert all(part.isfinite().all() for part in inputs)
        numeric.append(bool((inputs.types[..., 0] > 0).all()))  # no source is discrete
    assert any(numeric)
    assert not all(numeric)


def test_training_with_types_starts_from_weights_without(tmp_path):
    before = EdgeTransformer(width=8, layers=1, heads=2)
    before.save_pretrained(tmp_path)
    model = started(str(tmp_path), types=True)
    assert model.types
    assert model.training
    assert set(model.state_dict()) > set(before.state_dict())
    assert all(torch.equal(model.state_dict()[key], value) for key, value in before.state_dict().items())
    model.save_pretrained(tmp_path)
    assert started(str(tmp_path), types=False).types  # never lost


def test_the_loss_is_the_surprise_at_the_state_of_every_pair():
    model = torch.nn.Module()
    logits = torch.randn(1, 3, 3)
    model.forward = lambda inputs: logits
    adjacency = torch.tensor([[[0.0, 1, 0], [0, 0, 0], [0, 1, 0]]])
    found = chances(logits)[0]
    right = [found[0, 1], 1 - found[0, 2] - found[2, 0], found[2, 1]]
    expected = -sum(p.log() for p in right) / 3
    assert loss(model, Sample(Inputs(*[torch.zeros(1)] * 5), adjacency)) == pytest.approx(float(expected))


def test_pairs_that_are_known_cost_nothing():
    model = EdgeTransformer(width=8, layers=1, heads=2)
    adjacency = torch.tensor([[[0.0, 1, 1], [0, 0, 0], [0, 0, 0]]])
    known = torch.stack([adjacency, 1 - adjacency], -1)
    inputs = network_inputs(torch.randn(1, 50, 3), None, known)
    assert loss(model, Sample(inputs, adjacency)) < 1e-6
    assert torch.equal(chances(model(inputs)).round(decimals=6), adjacency)


def test_a_few_steps_lower_the_loss():
    torch.manual_seed(0)
    model = EdgeTransformer(width=16, layers=1, heads=2)
    drawn = draw(torch.Generator().manual_seed(1))
    batch = Sample(Inputs(*(part[:8] for part in drawn.inputs)), drawn.adjacency[:8])
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
    losses = []
    for _ in range(40):
        value = loss(model, batch)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
    assert losses[-1] < 0.8 * losses[0]


def test_mean_average_precision_agrees_with_scikit_learn_and_leaves_out_graphs_without_an_edge():
    generator = torch.Generator().manual_seed(0)
    true, score = torch.rand(6, 7, 7, generator=generator) < 0.3, torch.randn(6, 7, 7, generator=generator)
    true[5] = False
    apart = ~torch.eye(7, dtype=torch.bool)
    pairs = zip(true[:5, apart], score[:5, apart], strict=True)
    expected = sum(average_precision_score(t.numpy(), s.numpy()) for t, s in pairs) / 5
    assert mean_auprc(true, score) == pytest.approx(expected)


def test_the_card_says_what_was_trained_and_measured():
    text = card(EdgeTransformer(width=8, layers=1, heads=2), 20_000, "train --it", {"rff-laplace": 0.5})
    assert "2-100" in text
    assert "25% of the batches" in text
    assert "rff-laplace 0.500" in text
    assert "`train --it`" in text
    text = typed_card(EdgeTransformer(width=8, layers=1, heads=2, types=True), 500, "train", {"mixed": 0.5})
    assert "up to 60" in text
    assert "500 steps" in text
    assert "mixed 0.500" in text
