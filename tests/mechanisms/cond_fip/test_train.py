"""Training Cond-FiP: encoder, then decoder; resumes; what it saves can be used."""

import math

import pytest
import torch
from click.testing import CliRunner

pytest.importorskip("lightning")

from foundation_causal.errors import InputError
from foundation_causal.networks.optimizers import MuonAdamW
from foundation_causal.networks.pretrained import load_pretrained
from foundation_causal.simulate import p_in
from mechanisms.cond_fip.network import CondFiP
from mechanisms.cond_fip.report import Stream
from mechanisms.cond_fip.train import decoder_loss, encoder_loss, main

SMALL = {"width": 16, "layers": 2, "heads": 2, "head": 16, "decoder_width": 16, "decoder_layers": 1}


@pytest.fixture(scope="module")
def batches():
    """What is held out, and forty batches to learn from."""
    stream = Stream((p_in(["linear"]),), (3, 5), (30, 40), queries=20, entries=1500)
    return [stream(torch.Generator().manual_seed(i)) for i in range(41)]


@pytest.mark.parametrize(
    ("loss", "decoder"), [(encoder_loss, "kernel"), (decoder_loss, "kernel"), (decoder_loss, "published")]
)
def test_the_loss_falls(loss, decoder, batches):
    torch.manual_seed(0)
    model = CondFiP(**SMALL, decoder=decoder)
    held_out, *seen = batches
    before = loss(model, held_out).item()
    optimizer = MuonAdamW(model, lr=1e-2, lr_rest=1e-3)
    for batch in seen:
        loss(model, batch).backward()
        optimizer.step()
        optimizer.zero_grad()
    after = loss(model, held_out).item()
    # The decoder's is a logarithm.
    assert (math.exp(after - before) if loss is decoder_loss else after / before) < 0.85


def test_the_decoder_learns_with_the_encoder_as_it_is():
    model = CondFiP(**SMALL, decoder="published")
    model.encoder.requires_grad_(False)
    decoder_loss(model, Stream(queries=5, entries=500)(torch.Generator().manual_seed(0))).backward()
    assert all(p.grad is None for p in model.encoder.parameters())
    assert all(p.grad is not None for p in model.decoder.read.parameters())


def test_rounds_may_learn_alone_and_change_nothing_at_first(tmp_path):
    torch.manual_seed(0)
    CondFiP(**SMALL, rounds=0).save_pretrained(tmp_path / "before")
    size = "--entries 400 --variables 3 4 --rows 20 30 --queries 10 --rounds 1 --validate-every 1"
    command = f"--init {tmp_path / 'before'} --encoder-steps 0 --decoder-steps 1 --learns rounds {size}"
    out = ["--workers", "0", "--out", str(tmp_path)]
    assert CliRunner().invoke(main, [*command.split(), *out], catch_exceptions=False).exit_code == 0
    before, after = (load_pretrained(CondFiP, tmp_path / name).state_dict() for name in ("before", "model"))
    assert all(torch.equal(before[key], after[key]) for key in before)
    moved = after["decoder.rounds.0.node.3.weight"]
    assert (moved != 0).any()
    fewer = ["--init", str(tmp_path / "model"), "--rounds", "0", *out]
    with pytest.raises(InputError, match="has 1 rounds; give as many"):
        CliRunner().invoke(main, fewer, catch_exceptions=False)
    with pytest.raises(InputError, match="has no rounds that could learn alone"):
        CliRunner().invoke(
            main, ["--decoder", "published", "--learns", "rounds", *out], catch_exceptions=False
        )


def test_one_command_trains_resumes_and_writes_a_card(tmp_path, monkeypatch):
    monkeypatch.setattr("mechanisms.cond_fip.report.SCMS", 1)
    options = "--encoder-steps 2 --decoder-steps 2 --width 8 --heads 2 --layers 1 --head 8 --decoder-width 8"
    options += " --decoder-layers 1 --key-size 4 --entries 400 --variables 3 4 --rows 20 30 --queries 10"
    command = [*options.split(), "--workers", "0", "--validate-every", "2", "--out", str(tmp_path)]
    weights = []
    for _ in range(2):  # the second finds both stages finished
        run = CliRunner().invoke(main, command, catch_exceptions=False)
        assert run.exit_code == 0
        weights.append(load_pretrained(CondFiP, tmp_path / "model").state_dict())
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
    card = (tmp_path / "model" / "README.md").read_text()
    assert "| RFF 20 |" in card
    assert "2 steps for the encoder" in card


def test_muon_resumes_where_it_stopped():
    def made():
        torch.manual_seed(0)
        return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 1))

    def steps(model, optimizer, inputs):
        for x in inputs:
            model(x).square().mean().backward()
            optimizer.step()
            optimizer.zero_grad()

    inputs = torch.randn(6, 8, 3, generator=torch.Generator().manual_seed(0))
    whole, first = made(), made()
    optimizer = MuonAdamW(first, lr=0.1, lr_rest=0.01)
    steps(whole, MuonAdamW(whole, lr=0.1, lr_rest=0.01), inputs)
    steps(first, optimizer, inputs[:3])
    resumed = MuonAdamW(first, lr=1.0, lr_rest=1.0)
    resumed.load_state_dict(optimizer.state_dict())
    assert [group["lr"] for group in resumed.param_groups] == [0.1, 0.01]
    steps(first, resumed, inputs[3:])
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), first.parameters(), strict=True))
