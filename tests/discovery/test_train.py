"""The training command's data, loss and measure."""

import pytest
import torch
from sklearn.metrics import average_precision_score

pytest.importorskip("lightning")

from discovery.edge_transformer import EdgeTransformer
from discovery.train import TOKENS, average_precision, card, draw, loss


def test_batches_have_the_promised_shapes_and_cost():
    for seed in range(3):
        pairs, size, adjacency = draw(torch.Generator().manual_seed(seed))
        batch, d = adjacency.shape[:2]
        assert pairs.shape[:3] == (batch, d, d)
        assert 3 <= d <= 50
        assert batch * d * d <= TOKENS
        assert pairs.isfinite().all()
        assert size.shape == (batch, 3)


def test_a_few_steps_lower_the_loss():
    torch.manual_seed(0)
    model = EdgeTransformer(width=16, layers=1, heads=2)
    batch = tuple(t[:8] for t in draw(torch.Generator().manual_seed(0)))
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
    losses = []
    for _ in range(40):
        value = loss(model, batch)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
    assert losses[-1] < 0.8 * losses[0]


def test_average_precision_agrees_with_scikit_learn():
    generator = torch.Generator().manual_seed(0)
    true, score = torch.rand(5, 40, generator=generator) < 0.3, torch.randn(5, 40, generator=generator)
    pairs = zip(true, score, strict=True)
    expected = sum(average_precision_score(t.numpy(), s.numpy()) for t, s in pairs) / 5
    assert average_precision(true, score) == pytest.approx(expected)


def test_the_card_says_what_was_trained_and_measured():
    text = card(EdgeTransformer(width=8, layers=1, heads=2), 20_000, "train --it", {"rff-laplace": 0.5})
    assert "3-50" in text
    assert "about 561,000 SCMs" in text
    assert "rff-laplace 0.500" in text
    assert "`train --it`" in text
