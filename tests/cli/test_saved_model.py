"""A model that `run` keeps, and commands that take it in the place of a table and a graph."""

import json

import pandas as pd
import pytest

import foundation_causal as fc


@pytest.fixture
def kept(invoke, data, graph):
    """The folder `kept` of a linear model of the table."""
    how = ["--mechanisms", "least-squares", "--logs", "none"]
    result = invoke(
        "run", data, "--graph", graph, *how, "--samples", 5, "--out", "out", "--save-model", "kept", "--json"
    )
    assert result.exit_code == 0, result.output
    return data.parent / "kept"


def test_simulate_and_effect_answer_from_a_kept_model(invoke, kept, refuse):
    model = fc.load(kept)
    assert (
        invoke("simulate", kept, "--do", "PKA=2", "--samples", 7, "--out", "s.csv", "--quiet").exit_code == 0
    )
    expected = model.do({"PKA": 2.0}).sample(7, seed=0)
    pd.testing.assert_frame_equal(pd.read_csv("s.csv"), expected, check_dtype=False)
    question = ["--of", "praf", "--on", "p44/42", "--from", 1, "--to", 2, "--out", "e.csv", "--draws", 20]
    result = invoke("effect", kept, *question, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["settings"]["saved_model"] == str(kept)
    values = pd.DataFrame(model.effect("praf", "p44/42", (1.0, 2.0), draws=20))
    assert pd.read_csv("e.csv")["mean"].tolist() == pytest.approx(values["mean"].tolist(), rel=1e-9)
    for option in (["--mechanisms", "kernel"], ["--types", "PKA=count"], ["--graph", "graph.json"]):
        refuse([str(kept), option[0]], "simulate", kept, *option, "--out", "t.csv")
    for command in (["check"], ["discover", "--out", "g.json"], ["run", "--out", "r"], ["compare"]):
        refuse(["is a saved model", "give the table"], command[0], kept, *command[1:])
    refuse(["is a folder"], "check", kept.parent)
    document, arrays = kept / "model.json", kept / "arrays.safetensors"
    text, bytes_ = document.read_text(), arrays.read_bytes()
    document.write_text(text.replace('"version": 1', '"version": 2', 1))
    refuse(["version 2"], "effect", kept, *question)
    document.write_text(text)
    arrays.write_bytes(bytes_[:-1] + bytes([bytes_[-1] ^ 1]))
    refuse(["broken"], "effect", kept, *question)
    arrays.write_bytes(b"short")
    refuse(["broken"], "effect", kept, *question)


def test_a_model_is_not_saved_over_something_else(refuse, data, graph):
    refuse(["--out", "--save-model"], "run", data, "--graph", graph, "--out", "o", "--save-model", "./o")
    (data.parent / "full").mkdir()
    (data.parent / "full" / "thesis.txt").touch()
    refuse(["'full'"], "run", data, "--graph", graph, "--out", "o", "--save-model", "full")
    refuse(["--graph"], "simulate", data, "--out", "s.csv")
