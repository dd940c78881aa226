"""A small table from real data, a graph for it, and a way to call the command."""

from collections.abc import Callable
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from cli.main import main
from foundation_causal.datasets import load_dataset
from foundation_causal.graph_files import write_graph

COLUMNS = ["PKA", "praf", "pmek", "p44/42"]  # the last one is no name for a file

Invoke = Callable[..., Result]


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """`invoke("run", "data.csv", ...)` in an empty folder; anything but a clean exit fails the test."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Result:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


@pytest.fixture(scope="session")
def table() -> pd.DataFrame:
    """Eighty cells, four proteins."""
    return load_dataset("sachs", n=80, seed=1).frame[COLUMNS]


@pytest.fixture
def data(tmp_path: Path, table: pd.DataFrame) -> Path:
    """The table as `data.csv` in the folder where `invoke` calls."""
    path = tmp_path / "data.csv"
    table.to_csv(path, index=False)
    return path


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """PKA -> praf -> pmek -> p44/42, and PKA -> p44/42, as `graph.json`."""
    path = tmp_path / "graph.json"
    write_graph(nx.DiGraph([("PKA", "praf"), ("praf", "pmek"), ("pmek", "p44/42"), ("PKA", "p44/42")]), path)
    return path


@pytest.fixture
def refuse(invoke: Invoke, tmp_path: Path) -> Callable[..., Result]:
    """`refuse(words, *arguments)`: one sentence with these words, exit code 2, nothing written."""

    def call(words: list[str], *arguments: object) -> Result:
        before = sorted(tmp_path.rglob("*"))
        result = invoke(*arguments)
        assert result.exit_code == 2, result.output
        assert result.stdout == ""
        sentences = [
            line for line in result.stderr.splitlines() if not line.endswith(" s")
        ]  # not the time of a stage
        assert len(sentences) == 1, result.stderr
        sentence = sentences[0].removeprefix("Error: ")
        assert sentence != sentences[0]
        assert sentence.endswith(".")
        assert ". " not in sentence
        for word in words:
            assert word in sentence
        assert sorted(tmp_path.rglob("*")) == before
        return result

    return call
