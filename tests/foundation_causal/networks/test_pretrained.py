"""Model folders: what loads, and what is refused."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import torch
from huggingface_hub import ModelCard
from torch import nn

import foundation_causal as fc
from foundation_causal.networks.pretrained import (
    WEIGHTS,
    Pretrained,
    bundled_models,
    downloaded,
    load_pretrained,
    parameter_count,
    shared_pretrained,
    write_card,
)


class Line(Pretrained):
    def __init__(self, width: int = 2) -> None:
        super().__init__()
        self.layer = nn.Linear(width, 1)


@pytest.fixture
def folder(tmp_path) -> Path:
    Line(width=3).save_pretrained(tmp_path / "line")
    return tmp_path / "line"


@pytest.fixture
def hub(tmp_path, monkeypatch) -> Path:
    """A cache of the hub, out of whose reach we are, in which one/line is an empty model."""
    snapshot = tmp_path / "hub/models--one--line/snapshots/abc"
    snapshot.mkdir(parents=True)
    (tmp_path / "hub/models--one--line/refs").mkdir()
    (tmp_path / "hub/models--one--line/refs/main").write_text("abc")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    downloaded.cache_clear()
    return snapshot


def test_what_is_shared_is_read_once_and_anew_when_its_files_change(folder):
    with torch.inference_mode():  # as the callers are
        first = shared_pretrained(Line, folder)
    assert shared_pretrained(Line, str(folder)) is first
    assert not any(weight.is_inference() for weight in first.parameters())
    other = Line(width=5)
    other.save_pretrained(folder)
    again = shared_pretrained(Line, folder)
    assert torch.equal(again.layer.weight, other.layer.weight)


def test_a_file_of_a_model_is_called_a_file(folder, one_sentence):
    with one_sentence("is a file", "folder"):
        load_pretrained(Line, folder / "model.safetensors")


def test_loading_draws_nothing_from_the_generator_of_the_caller(folder):
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    load_pretrained(Line, folder)
    assert torch.equal(torch.rand(3), expected)


def test_what_was_saved_comes_back_ready_for_inference(folder, capsys):
    model = load_pretrained(Line, folder)
    assert parameter_count(model) == 4
    assert not model.training
    again = load_pretrained(Line, str(folder))
    assert torch.equal(model.layer.weight, again.layer.weight)
    assert capsys.readouterr().out == ""


def test_what_a_card_adds_to_a_saved_model_is_the_card_alone(folder):
    saved = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert set(saved) == {"config.json", "model.safetensors"}
    assert b"sha256" in saved["config.json"]
    write_card(folder, "# Line", model=Line(), kind="structure", purpose="a test")
    assert {file.name: file.read_bytes() for file in folder.iterdir() if file.name != "README.md"} == saved


def test_a_save_that_is_cut_off_leaves_no_model_that_is_half_another(folder, monkeypatch, one_sentence):
    def cut_off(*given, **named):
        raise KeyboardInterrupt

    monkeypatch.setattr("foundation_causal.networks.pretrained._checksum", cut_off)
    with pytest.raises(KeyboardInterrupt):
        Line(width=3).save_pretrained(folder)
    with pytest.raises(KeyboardInterrupt):
        Line(width=3).save_pretrained(folder / "new")
    assert [file.name for file in (folder / "new").iterdir()] == ["model.safetensors"]
    monkeypatch.undo()
    with one_sentence("checksum"):  # the weights are new, the configuration is not
        load_pretrained(Line, folder)
    before = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    monkeypatch.setattr("safetensors.torch.save_model", cut_off)
    with pytest.raises(KeyboardInterrupt):
        Line(width=3).save_pretrained(folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()} == before


def test_a_hub_id_loads_like_a_folder(folder, hub):
    for file in folder.iterdir():
        (hub / file.name).write_bytes(file.read_bytes())
    assert torch.equal(
        load_pretrained(Line, "one/line").layer.weight, load_pretrained(Line, folder).layer.weight
    )


def test_a_path_to_the_current_folder_is_a_folder_of_the_user(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert parameter_count(load_pretrained(Line, ".")) == 4
    (folder / "inside").mkdir()
    monkeypatch.chdir("inside")
    assert parameter_count(load_pretrained(Line, "..")) == 4


def test_pickled_weights_are_never_loaded(hub, one_sentence):
    (hub / "config.json").write_text('{"width": 3}')
    torch.save(Line(width=3).state_dict(), hub / "pytorch_model.bin")
    with one_sentence("one/line", "model.safetensors"):
        load_pretrained(Line, "one/line")


@pytest.mark.parametrize(
    "config", ["", "[]", "null", '"x"', '{"width": "a"}', '{"width": -1}', '{"width": 4}', "{}"]
)
def test_a_broken_configuration_is_named(folder, config, one_sentence):
    (folder / "config.json").write_text(config)
    with one_sentence("cannot be read as Line", str(folder)):
        load_pretrained(Line, folder)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_weights_that_are_not_numbers_are_refused(folder, number, one_sentence):
    model = load_pretrained(Line, folder)
    model.layer.bias.data.fill_(number)
    model.save_pretrained(folder)
    with one_sentence("layer.bias", str(folder)):
        load_pretrained(Line, folder)


@pytest.mark.parametrize("name", bundled_models())
def test_every_bundled_model_is_listed_as_its_card_registers_it(name):
    (listed,) = [model for model in fc.models() if model["name"] == name]
    card = ModelCard.load(WEIGHTS / name / "README.md").data.to_dict()
    assert (listed["kind"], listed["about"]) == (card["fc_kind"], card["fc_purpose"])
    assert listed["folder"] == str(WEIGHTS / name)
    where, _, kind = card["fc_class"].partition(":")
    model = load_pretrained(getattr(import_module(where), kind), name)
    assert listed["parameters"] == parameter_count(model)


def test_bundled_models_have_places_of_their_own():
    cards = [ModelCard.load(WEIGHTS / name / "README.md").data.to_dict() for name in bundled_models()]
    assert sorted(card["fc_position"] for card in cards) == list(range(1, len(cards) + 1))


def test_a_card_registers_its_model(folder):
    text = "---\nlicense: mit\ntags: [lines]\n---\n# A line\n\nwith \u00b1 and 'quotes'\n"
    write_card(folder, text, model=Line(), kind="lines", purpose="a line: 'straight'")
    card = ModelCard.load(folder / "README.md")
    assert card.data.to_dict() == {
        "license": "mit",
        "tags": ["lines"],
        "fc_class": f"{__name__}:Line",
        "fc_kind": "lines",
        "fc_purpose": "a line: 'straight'",
    }
    assert card.text.strip() == text.split("---\n")[2].strip()


def test_networks_need_no_package_that_only_training_needs():
    script = (
        "import sys; sys.modules['lightning'] = None\n"
        "import discovery.adag.network, discovery.avici.network, discovery.network.edge_transformer\n"
        "import mechanisms.cond_fip.cond_fip_model, mechanisms.corrector.corrected_model\n"
        "import mechanisms.graph_free.activa.answer\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("file", ["config.json", "model.safetensors"])
def test_a_model_whose_bytes_changed_is_refused(folder, file, one_sentence):
    write_card(folder, "# A line", model=Line(), kind="lines", purpose="a line")
    assert parameter_count(load_pretrained(Line, folder)) == 4
    if file == "config.json":
        (folder / file).write_text((folder / file).read_text().replace('"width": 3', '"width": 2'))
    else:
        content = bytearray((folder / file).read_bytes())
        content[-1] ^= 1  # the sign or the size of one weight
        (folder / file).write_bytes(content)
    with one_sentence("checksum", str(folder)):
        load_pretrained(Line, folder)


def test_a_name_that_no_file_system_takes_is_no_model(one_sentence):
    with one_sentence("There is no model"):
        load_pretrained(Line, "m" * 5000)
