"""`discover` of several tables: a folder for each, and the sentence of a bad one at the end."""

import json

import numpy as np
import pandas as pd
import pytest

from foundation_causal.simulate import p_in

FAST = ("--no-refine", "--no-confounders")


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    small, wide = (p_in(["linear"]).draw(scms=1, d=d, n=60, seed=d).frame(0) for d in (2, 3))
    return {"a.csv": small, "b.v2.csv": wide, "bad.csv": pd.DataFrame({"x": np.ones(30), "y": range(30)})}


@pytest.fixture
def files(tmp_path, frames):
    for name, frame in frames.items():
        frame.to_csv(tmp_path / name, index=False)
    return tmp_path


def test_every_table_gets_its_folder_and_a_bad_one_its_sentence(invoke, files):
    done = invoke("discover", "a.csv", "bad.csv", "b.v2.csv", *FAST, "--out", "graphs", "--json")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1].startswith("Error: 'bad.csv': The same value stands everywhere")
    told = json.loads(done.stdout)
    assert [one["data"] for one in told["tables"]] == ["a.csv", "b.v2.csv"]
    assert [one["data"] for one in told["failed"]] == ["bad.csv"]
    assert sorted(path.name for path in (files / "graphs").iterdir()) == ["a", "b.v2"]
    for name, d in (("a", 2), ("b.v2", 3)):
        folder = files / "graphs" / name
        assert sorted(path.name for path in folder.iterdir()) == [
            "edge_probabilities.csv",
            "graph.json",
            "summary.json",
        ]
        assert pd.read_csv(folder / "edge_probabilities.csv", index_col=0).shape == (d, d)
        assert json.loads((folder / "summary.json").read_text())["rows"] == 60


def test_each_answer_is_that_of_the_command_for_one_table(invoke, files):
    assert (
        invoke("discover", "a.csv", *FAST, "--out", "one.json", "--probabilities", "one.csv").exit_code == 0
    )
    (files / "graphs").mkdir()  # one table and a folder that is there: a glob may match one file only
    done = invoke("discover", "a.csv", *FAST, "--out", "graphs")
    assert done.exit_code == 0
    assert "Graphs of 1 of 1 table" in done.stdout
    one, many = (
        pd.read_csv(files / path, index_col=0) for path in ("one.csv", "graphs/a/edge_probabilities.csv")
    )
    pd.testing.assert_frame_equal(one, many, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("a.csv", "bad.csv", "--probabilities", "p.csv", "--out", "g"), "--probabilities is for one table"),
        (("a.csv", "./a.csv", "--out", "g"), "would be written to the same folder"),
        (("a.csv", "-", "--out", "g"), "one table from standard input"),
        (("a.csv", "--jobs", "2", "--out", "g.json"), "--jobs and --cluster are for several tables"),
        (("a.csv", "b.v2.csv", "--cluster", "nowhere", "--out", "g"), "is no address"),
        (("a.csv", "b.v2.csv", "--cluster", "tcp://127.0.0.1:1", "--out", "g"), "No Dask cluster answers"),
    ],
)
def test_what_makes_no_sense_is_refused(invoke, files, arguments, words):
    done = invoke("discover", *arguments)
    assert done.exit_code == 2
    assert words in done.stderr
    assert not (files / "g").exists()
