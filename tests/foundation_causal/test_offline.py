"""Nothing at run time asks for a network, and names that come from data are never paths."""

import socket

import networkx as nx
import pytest

import foundation_causal as fc
from cli.parsing import file_names


@pytest.fixture
def closed(monkeypatch) -> list[object]:
    """A machine without a network; gives what was asked of it."""
    asked: list[object] = []

    def refuse(*given, **named):
        asked.append(given)
        raise OSError("there is no network")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    return asked


def test_discovery_and_inference_need_no_network(frame, closed):
    prediction = fc.discover(frame)
    model = fc.infer(frame, prediction)
    assert model.sample(5).shape == (5, 3)
    assert len(model.effect("a", "b", (8, 12), draws=4)) == 3
    assert fc.models()
    assert closed == []


@pytest.mark.parametrize("name", ["../../up", "/etc/x", "a/b", "..", "nul\x00", "\x1b[2J", "a" * 500])
def test_names_from_data_are_no_paths(name):
    (file,) = file_names([{name: 1.0}])
    assert "/" not in file
    assert "\x00" not in file
    assert file.startswith("do_")
    assert len(file.encode()) < 255


def test_names_of_graphs_are_no_paths(tmp_path):
    graph = nx.DiGraph([("../up", "/root/x")])
    fc.write_graph(graph, tmp_path / "graph.json")
    assert [file.name for file in tmp_path.iterdir()] == ["graph.json"]
    assert list(fc.read_graph(tmp_path / "graph.json").edges) == [("../up", "/root/x")]
