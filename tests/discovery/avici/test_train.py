"""The training command's data, loss, resuming and card."""

import math

import numpy as np
import pytest
import torch
from click.testing import CliRunner

pytest.importorskip("lightning")

from discovery.avici.network import Avici, inputs
from discovery.avici.report import Stream, Validation
from discovery.avici.train import AviciTrainee, Dual, Loss, main
from foundation_causal.networks.pretrained import load_pretrained
from foundation_causal.networks.training import fit, newest_checkpoint

STREAM = Stream(variables=(2, 6), rows=(20, 40), tokens=600)


def tiny():
    torch.manual_seed(0)
    return Avici(width=8, layers=1, heads=1, key_size=8, dropout=0.0)


def test_batches_have_the_promised_shapes_and_cost():
    interventional = 0
    for seed in range(12):
        x, adjacency = STREAM(torch.Generator().manual_seed(seed))
        batch, n, d, channels = x.shape
        assert adjacency.shape == (batch, d, d)
        assert (2 <= d <= 6, 20 <= n <= 40, channels) == (True, True, 2)
        assert batch * n * d <= 600
        torch.testing.assert_close(x[..., 0].mean(1), torch.zeros(batch, d), atol=1e-4, rtol=0)
        share = x[..., 1].sum(2).mean(1)  # one variable in each interventional row
        assert torch.equal(share, torch.zeros(batch)) or share[0].item() == pytest.approx(0.25, abs=0.03)
        interventional += bool(share.any())
    assert 2 <= interventional <= 10


def test_the_same_seed_gives_the_same_batch():
    first, again = (STREAM(torch.Generator().manual_seed(4)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))


@pytest.mark.parametrize(("variables", "rows"), [((1, 5), (20, 30)), ((6, 5), (20, 30)), ((2, 5), (1, 30))])
def test_empty_ranges_are_refused(one_sentence, variables, rows):
    with one_sentence("The range of"):
        Stream(variables, rows)


class Fixed(torch.nn.Module):
    """Gives the logits that it was made with."""

    def __init__(self, logits):
        super().__init__()
        self.logits = torch.nn.Parameter(logits)

    def forward(self, x):
        return self.logits


def test_the_loss_agrees_with_a_plain_reference():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 5, 5, generator=generator, dtype=torch.float64)
    adjacency = (torch.rand(3, 5, 5, generator=generator) < 0.3).double()
    p, a = torch.sigmoid(logits).numpy(), adjacency.numpy()
    off = ~np.eye(5, dtype=bool)
    entropy = -(a * np.log(p) + (1 - a) * np.log(1 - p))[:, off].mean()
    radius = np.abs(np.linalg.eigvals(p * off)).max(1).mean()
    for weight in (0.0, 2.0):
        loss = Loss(Dual(value=weight))(Fixed(logits), (None, adjacency)).item()
        assert loss == pytest.approx(entropy + weight * radius, rel=2e-3)


def test_gradients_are_finite_and_reach_every_weight():
    model = tiny()
    Loss(Dual(value=1.0))(model, STREAM(torch.Generator().manual_seed(1))).backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name


def test_the_penalty_makes_cycles_unlikely():
    torch.manual_seed(0)
    model = Fixed(torch.zeros(1, 3, 3))
    loss = Loss(Dual(value=5.0))
    optimizer = torch.optim.Adam(model.parameters(), 0.1)
    for _ in range(100):
        optimizer.zero_grad()
        loss(model, (None, torch.full((1, 3, 3), 0.5))).backward()
        optimizer.step()
    p = (model.logits[0].sigmoid() * (1 - torch.eye(3))).detach().numpy()
    assert np.abs(np.linalg.eigvals(p)).max() < 0.5  # without the penalty it stays at 1


def test_only_training_moves_the_dual():
    loss, batch = Loss(Dual(rate=1.0, every=1, warmup=1)), STREAM(torch.Generator().manual_seed(1))
    loss(tiny().eval(), batch)
    assert loss.dual == Dual(rate=1.0, every=1, warmup=1)
    loss(tiny().train(), batch)
    assert loss.dual.value > 0


def run(folder, steps):
    loss = Loss(Dual(rate=1.0, every=5, warmup=10))
    validate = lambda model: {"none": 0.0}  # noqa: E731
    trainee = AviciTrainee(tiny(), loss, validate, steps=steps, learning_rate=0.01, warmup=5)
    fit(trainee, STREAM, folder, seed=0, workers=0, validate_every=10, precision="32-true")
    return trainee


def test_training_goes_on_after_a_kill_with_its_dual_variable(tmp_path):
    first = run(tmp_path, 12)
    (tmp_path / "step=99.ckpt").write_bytes(b"cut short")
    second = run(tmp_path, 30)
    kept = torch.load(newest_checkpoint(tmp_path), weights_only=False)["avici"]
    assert kept["dual"] == vars(second.loss.dual)
    assert second.loss.dual.step == 30
    assert second.loss.dual.value > first.loss.dual.value > 0
    batches = (STREAM(torch.Generator().manual_seed(index)) for index in range(30))
    assert second.scms == sum(len(adjacency) for _, adjacency in batches)
    assert second.processor_seconds > 0


def test_it_learns_which_of_two_variables_are_related():
    """Edges between few variables that are related by nearly a line, against none at all."""
    torch.manual_seed(0)
    model = Avici(width=16, layers=1, heads=2, key_size=8, dropout=0.0, temperature=2.0)
    optimizer = torch.optim.AdamW(model.parameters(), 5e-3)
    loss, losses = Loss(Dual()), []
    for step in range(80):
        generator = torch.Generator().manual_seed(step)
        adjacency = torch.zeros(32, 2, 2)
        adjacency[:16, 0, 1] = 1
        x = torch.randn(32, 20, 2, generator=generator)
        x[:16, :, 1] = x[:16, :, 0] + 0.1 * x[:16, :, 1]
        value = loss(model, (inputs(x), (adjacency + adjacency.transpose(1, 2)).clamp(max=1)))
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
    assert min(losses[-5:]) < 0.2 < math.log(2) < losses[0] + 0.5


def test_correlation_as_a_score_finds_edges_better_than_chance():
    group = Validation(60, scms=8).groups["P_IN, d = 20"]
    assert group.by_correlation() > 2 * group.adjacency.float().mean()


def test_the_command_trains_and_says_what_it_did(tmp_path, monkeypatch):
    monkeypatch.setattr("discovery.avici.report.SIZES", (5,))
    options = (
        "--steps 3 --variables 2 4 --rows 20 20 --tokens 300 --width 8 --layers 1 --heads 1 --key-size 8"
    )
    command = [*options.split(), "--workers", "0", "--out", str(tmp_path)]
    monkeypatch.setattr("sys.argv", ["train", *command])
    result = CliRunner().invoke(main, command, catch_exceptions=False)
    assert result.exit_code == 0
    text = (tmp_path / "model" / "README.md").read_text()
    assert "2-4 variables and 20-20 rows" in text
    assert "3 steps of about 300 entries" in text
    assert "discovery.avici.train --steps 3" in text
    assert "| wide, d = 5 | 0." in text
    assert load_pretrained(Avici, tmp_path / "model").probabilities(torch.randn(1, 30, 3)).isfinite().all()
