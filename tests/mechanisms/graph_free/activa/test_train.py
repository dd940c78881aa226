"""Training ACTIVA: the loss falls, one command resumes and writes a card, and what it saves can be used."""

from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
import torch
from click.testing import CliRunner

pytest.importorskip("lightning")

from foundation_causal.errors import InputError
from foundation_causal.networks.pretrained import load_pretrained
from mechanisms.graph_free.activa import data as expression
from mechanisms.graph_free.activa.data import Expressions, Stream, priors
from mechanisms.graph_free.activa.network import MAX_ATTENDED_ROWS, Activa, beta_elbo
from mechanisms.graph_free.activa.report import Validation, conditional
from mechanisms.graph_free.activa.train import Loss, main, numbers_only

TINY = "--hidden 64 --layers 2 --decoder-layers 1 --latent 4 --steps 2 --batch 4 --validate-every 2"


def shorten(monkeypatch):
    """Little to compare with and to validate on."""
    for name in ("report.COMPARED", "report.DRAWS", "train.UNSEEN", "train.BATCHES"):
        monkeypatch.setattr(f"mechanisms.graph_free.activa.{name}", 2)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a training on "gauss-2"."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        shorten(patch)
        run = CliRunner().invoke(main, [*TINY.split(), "--data", "gauss-2", "--out", str(folder)])
    assert run.exit_code == 0
    return folder


def test_the_loss_falls():
    torch.manual_seed(0)
    model = Activa(width=16, hidden=32, decoder_layers=1, latent=4, dropout=0.0)
    stream, loss = Stream(priors("gauss-2"), (2, 2), (20, 20), 16 * 40, 5.0), Loss(0.1, True)
    held_out = stream(torch.Generator().manual_seed(99))
    before = loss(model, held_out).item()
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
    for i in range(30):
        optimizer.zero_grad()
        loss(model, stream(torch.Generator().manual_seed(i))).backward()
        optimizer.step()
    assert loss(model, held_out).item() < before - 1


def test_gradients_that_are_no_numbers_count_nothing():
    given = torch.tensor([float("nan"), float("inf"), -float("inf"), 2.0])
    assert numbers_only(given).tolist() == [0, 0, 0, 2]


def test_the_conditional_is_right_where_the_other_is_the_effect():
    generator = torch.Generator().manual_seed(0)
    stream = Stream(priors("gauss-2"), (2, 2), (2000, 2000), 40 * 2 * MAX_ATTENDED_ROWS, 5.0)
    densities = conditional(stream(generator))
    assert densities.shape == (40,)
    # -0.73 is minus the entropy of the noise: no better where nothing but the noise is left.
    assert densities.max() == pytest.approx(-0.73, abs=0.1)
    assert densities.min() < -5


@pytest.mark.parametrize(("beta", "per_row"), [(0.1, True), (0.1, False), (1.0, False), (3.0, True)])
def test_held_out_figures_are_of_the_bound_that_was_trained(monkeypatch, beta, per_row):
    monkeypatch.setattr("mechanisms.graph_free.activa.report.DRAWS", 2)
    torch.manual_seed(0)
    model = Activa(width=8, hidden=16, decoder_layers=1, latent=3, dropout=0.0)
    validation = Validation(Stream(priors("gauss-2"), (2, 2), (20, 20), 160, 5.0), beta=beta, per_row=per_row)
    bound = validation(model)["beta-ELBO"]
    with torch.no_grad():
        draws = [
            beta_elbo(model, *validation.batches[0], beta=beta, per_row=per_row).mean() for _ in range(30)
        ]
    assert abs(bound - np.mean(draws)) < 4 * np.std(draws)


def test_looking_at_held_out_data_changes_no_training(monkeypatch):
    monkeypatch.setattr("mechanisms.graph_free.activa.report.DRAWS", 2)
    torch.manual_seed(0)
    model = Activa(width=8, hidden=16, decoder_layers=1, latent=3)
    validation = Validation(Stream(priors("gauss-2"), (2, 2), (20, 20), 160, 5.0))
    before = torch.get_rng_state()
    first = validation(model)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(3)
    assert validation(model) == first


@pytest.mark.parametrize("data", ["gauss-2", "wide"])
def test_one_command_trains_resumes_and_writes_a_card(tmp_path, monkeypatch, trained, data):
    shorten(monkeypatch)
    objective = ["--per-data-set", "--beta", "1"] if data == "wide" else []
    command = [*TINY.split(), *objective, "--data", data, "--out", str(tmp_path)]
    weights = []
    if data == "gauss-2":  # which has been trained
        copytree(trained, tmp_path, dirs_exist_ok=True)
        weights.append(load_pretrained(Activa, tmp_path / "model").state_dict())
    for _ in range(2 - len(weights)):  # the second finds the training finished
        run = CliRunner().invoke(main, command, catch_exceptions=False)
        assert run.exit_code == 0
        weights.append(load_pretrained(Activa, tmp_path / "model").state_dict())
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
    card = (tmp_path / "model" / "README.md").read_text()
    assert "| log-likelihood |" in card
    assert "2 steps" in card
    assert ("per row but for the divergence and the beta-ELBO" in card) == (data == "wide")


def test_training_goes_on_from_a_model(tmp_path, monkeypatch, trained):
    shorten(monkeypatch)
    command = [*TINY.split(), "--data", "gauss-2"]
    start = ["--start", str(trained / "model"), "--learning-rate", "1e-9"]
    run = CliRunner().invoke(main, [*command, *start, "--out", str(tmp_path / "b")], catch_exceptions=False)
    assert run.exit_code == 0
    old, new = (load_pretrained(Activa, folder / "model") for folder in (trained, tmp_path / "b"))
    torch.testing.assert_close(old.decoder.state_dict(), new.decoder.state_dict())
    assert not torch.equal(old.latent_prior.means[-1].bias, new.latent_prior.means[-1].bias)
    other = [*command, *start, "--latent", "5", "--out", str(tmp_path / "c")]
    with pytest.raises(InputError, match="has other sizes"):
        CliRunner().invoke(main, other, catch_exceptions=False)


def test_a_card_is_whole_or_the_old_one(tmp_path, monkeypatch, trained):
    shorten(monkeypatch)
    command = [*TINY.split(), "--data", "gauss-2", "--out", str(tmp_path)]
    copytree(trained, tmp_path, dirs_exist_ok=True)
    card = (tmp_path / "model" / "README.md").read_text()

    write = Path.write_text

    def full(path, text, **how):
        if "README" not in path.name:  # the weights and their sizes still find room
            return write(path, text, **how)
        write(path, text[:10], **how)
        raise OSError("no space left")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_text", full)
        assert isinstance(CliRunner().invoke(main, command).exception, OSError)
    written = sorted(path.name for path in (tmp_path / "model").iterdir())
    assert written == ["README.md", "config.json", "model.safetensors"]
    assert (tmp_path / "model" / "README.md").read_text() == card


def test_expressions_are_simulated_once_and_drawn_from(tmp_path, monkeypatch):
    pytest.importorskip("SERGIO")
    monkeypatch.setattr(expression, "PART", 1)
    monkeypatch.setattr(expression, "ROWS", 3)
    times = []
    for parts in ("1", "2"):
        run = CliRunner().invoke(expression.main, ["--out", str(tmp_path), "--parts", parts])
        assert run.exit_code == 0
        times.append([path.stat().st_mtime_ns for path in sorted(tmp_path.glob("*.npy"))])
    assert len(times[1]) == 2
    assert times[1][:1] == times[0]
    query, outcome = Expressions(tmp_path, 5)(torch.Generator().manual_seed(0))
    assert outcome.shape == (5, 3, 8)
    assert (outcome[query.target[:, None].expand_as(outcome)] == 0).all()
    rows = np.load(tmp_path / "part-00000.npy"), np.load(tmp_path / "part-00001.npy")
    assert all(any((x.numpy() == part[0, 0]).all() for part in rows) for x in query.context)


def test_expressions_that_nobody_simulated(tmp_path):
    with pytest.raises(InputError, match="no simulated experiments"):
        Expressions(tmp_path, 5)
    run = CliRunner().invoke(main, ["--data", "sergio", "--out", str(tmp_path)])
    assert run.exit_code == 2
    assert "simulated beforehand" in run.output
