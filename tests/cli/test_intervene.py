"""Interventions without a graph, from the command line."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from mechanisms.graph_free.activa.answer import interventional_distribution
from mechanisms.graph_free.activa.network import Activa

SIZES = {"variables": (2, 4), "rows": (25, 80), "width": 8, "hidden": 16, "decoder_layers": 1, "latent": 3}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network that has learnt nothing."""
    folder = tmp_path_factory.mktemp("models") / "small"
    torch.manual_seed(0)
    Activa(encoding="value", **SIZES).save_pretrained(folder)
    return folder


@pytest.fixture
def ask(data, model):
    """The command's arguments, save for what is set."""
    return ("intervene", data, "--model", model, "--out", "samples.csv")


def test_writes_samples_of_what_the_model_answers(invoke, ask, table, model):
    result = invoke(*ask, "--do", "PKA=500", "--samples", 60, "--draws", 7, "--seed", 3)
    assert result.exit_code == 0, result.output
    written = pd.read_csv("samples.csv")
    answer = interventional_distribution(table, {"PKA": 500.0}, model=model, draws=7, seed=3)
    pd.testing.assert_frame_equal(written, answer.sample(60, seed=3), rtol=1e-6)
    for words in ("60 rows under do(PKA = 500), no graph", "95%", "observed mean", "Written: samples.csv"):
        assert words in result.stdout
    assert "Warning" not in result.stderr


def test_one_document_in_json(invoke, ask, table):
    document = json.loads(invoke(*ask, "--do", "pmek=40", "--json").stdout)
    written = pd.read_csv("samples.csv")
    assert len(written) == document["samples"] == 1000
    assert (document["do"], document["draws"], document["warnings"]) == ({"pmek": 40.0}, 50, [])
    assert list(document["variables"]) == list(table.columns)
    praf = document["variables"]["praf"]
    expected = [
        written["praf"].mean(),
        *np.quantile(written["praf"], (0.05, 0.5, 0.95)),
        table["praf"].mean(),
    ]
    assert list(praf.values()) == pytest.approx(expected, rel=1e-5)
    assert document["variables"]["pmek"]["5%"] == 40


def test_a_value_far_from_the_data_is_warned_of_once(invoke, ask):
    result = invoke(*ask, "--do", "PKA=50000")
    (line,) = [line for line in result.stderr.splitlines() if "Warning" in line]
    assert line.startswith("Warning: The intervention sets 'PKA' to 50000, ")
    assert invoke(*ask, "--do", "PKA=50000", "--quiet").output == ""


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ([], ["--do", "PKA=2.0"]),
        (["--do", "PKB=2"], ["'PKB'", "no column"]),
        (["--do", "PKA=nan"], ["'nan'", "no finite number"]),
        (["--do", "PKA"], ["'PKA'", "NAME=NUMBER"]),
        (["--do", "PKA=1", "--do", "PKA=2"], ["'PKA'", "1.0", "2.0"]),
        (["--do", "PKA=1,praf=2"], ["2 variables", "one at a time"]),
    ],
)
def test_what_cannot_be_set_is_refused(refuse, ask, setting, words):
    refuse(words, *ask, *setting)


def test_data_that_cannot_be_used_are_refused(refuse, table, model):
    def arguments(name: str, frame: pd.DataFrame) -> tuple[object, ...]:
        frame.to_csv(name, index=False)
        return ("intervene", name, "--do", "PKA=500", "--model", model, "--out", "samples.csv")

    holes = table.assign(praf=table["praf"].where(table.index != 4))
    refuse(["lack 1 value", "'praf'"], *arguments("holes.csv", holes))
    refuse(["same value", "'cell'"], *arguments("text.csv", table.assign(cell="left")))
    refuse(["19 rows", "at least 20"], *arguments("few.csv", table.head(19)))
    refuse(["24 rows", "25"], *arguments("fewer.csv", table.head(24)))
    refuse(["5 variables", "2 to 4"], *arguments("wide.csv", table.assign(more=np.arange(len(table)) % 7)))


def test_models_that_cannot_be_used_are_refused(refuse, data, tmp_path):
    def arguments(model: object) -> tuple[object, ...]:
        return ("intervene", data, "--do", "PKA=500", "--model", model, "--out", "samples.csv")

    broken = tmp_path / "broken"
    Activa(**SIZES).save_pretrained(broken)
    (broken / "model.safetensors").write_bytes(b"nothing")
    refuse(["broken", "cannot be read"], *arguments(broken))
    (broken / "model.safetensors").unlink()
    refuse(["no model.safetensors"], *arguments(broken))
    refuse(["no model 'nowhere'"], *arguments("nowhere"))
    refuse(["cannot be read as Activa"], *arguments("edge-transformer"))


def test_only_another_table_is_written(refuse, ask):
    refuse(["'data.csv'", "choose"], *ask[:-1], "data.csv", "--do", "PKA=500")
    refuse(["'s.sav'", ".csv"], *ask[:-1], "s.sav", "--do", "PKA=500")


def test_dates_labels_and_whole_numbers_are_written_as_they_stand_in_the_data(invoke, tmp_path):
    random = np.random.default_rng(0)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 300, 60), unit="D")
    table = pd.DataFrame({"day": days, "sex": random.choice(["f", "m"], 60), "y": random.normal(size=60)})
    table.to_csv(tmp_path / "dated.csv", index=False)
    command = ("intervene", "dated.csv", "--samples", 40, "--out", "s.csv", "--json")
    document = json.loads(invoke(*command, "--do", "day=2024-06-01").stdout)
    assert document["do"] == {"day": "2024-06-01"}
    assert any("f is 0, m is 1" in note for note in document["notes"])
    assert pd.read_csv("s.csv")["day"].tolist() == ["2024-06-01"] * 40
    assert set(pd.read_csv("s.csv")["sex"]) == {"f", "m"}
    assert json.loads(invoke(*command, "--do", "sex=m").stdout)["do"] == {"sex": "m"}
    drawn = pd.read_csv("s.csv", parse_dates=["day"])
    assert drawn["sex"].tolist() == ["m"] * 40
    middle = (drawn["day"] - pd.Timestamp("1970-01-01")).dt.days.mean()
    seen = (table["day"] - pd.Timestamp("1970-01-01")).dt.days
    assert abs(middle - seen.mean()) < seen.std()  # the setting is of something else


def test_samples_of_two_numbers_hold_no_others(invoke, tmp_path):
    random = np.random.default_rng(0)
    kinds = {
        "z": random.normal(size=120),
        "ill": random.integers(0, 2, 120),
        "dose": 10 + 60 * random.integers(0, 2, 120),
    }
    pd.DataFrame(kinds).to_csv(tmp_path / "two.csv", index=False)
    assert invoke("intervene", "two.csv", "--do", "z=1", "--out", "s.csv").exit_code == 0
    drawn = pd.read_csv("s.csv")
    assert (set(drawn["ill"]), set(drawn["dose"])) == ({0, 1}, {10, 70})
