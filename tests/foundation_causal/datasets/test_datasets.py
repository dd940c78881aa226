import importlib.util
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from foundation_causal.datasets import catalogue, dataset_facts, dataset_names, load_dataset, reference_graph
from foundation_causal.graph_files import read_graph, write_graph
from foundation_causal.observations import observations
from foundation_causal.table_files import read_table, write_table

NAMES = [name for name in dataset_names() if not name.startswith("tuebingen-")]
NETWORKS = ["arth150", "ecoli70", "magic-irri", "magic-niab"]
DREAM = [f"dream4-{number}" for number in range(1, 6)]
PAGE = (Path(__file__).parents[3] / "docs" / "datasets.md").read_text()
CDT = files("cdt") / "data" / "resources"


def test_names_are_in_the_order_that_people_count():
    assert [*NETWORKS, "sachs"] == NAMES
    pairs = dataset_names("tuebingen-")
    assert pairs[8:11] == ["tuebingen-9", "tuebingen-10", "tuebingen-11"]
    assert dataset_names() == [*NAMES, *pairs]
    assert {one.name for one in catalogue()} == {*dataset_names(), *DREAM}


@pytest.mark.parametrize("name", [*NAMES, "tuebingen-1", "tuebingen-69"])
def test_every_data_set_passes_the_checks_and_is_what_the_catalogue_says(name):
    data, facts = load_dataset(name), dataset_facts(name)
    assert data.name == facts.name == name
    assert list(data.graph) == observations(data.frame).names == list(reference_graph(name))
    assert data.frame.dtypes.eq(np.float64).all()
    assert data.frame.shape == (facts.rows, facts.columns)
    assert data.graph.number_of_edges() == facts.edges
    assert nx.is_directed_acyclic_graph(data.graph) == facts.acyclic
    assert data.about == facts.about
    assert data.weight == facts.weight
    assert "licence" in data.about or "CC BY" in data.about
    assert "Known problems" in data.about
    assert "\n" not in data.about
    assert f"{facts.edges} edges" in data.about or facts.columns == 2


@pytest.mark.parametrize("name", [*NAMES, "tuebingen-4"])
def test_the_seed_fixes_the_rows(name):
    first, again, other = (load_dataset(name, n=50, seed=seed).frame for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(first, again)
    assert first.shape[0] == 50
    assert not np.array_equal(first.to_numpy(), other.to_numpy())


@pytest.mark.parametrize("name", ["sachs", "tuebingen-43"])
def test_fewer_measured_rows_are_rows_of_all_in_their_order(name):
    whole = load_dataset(name).frame
    part = load_dataset(name, n=200, seed=1).frame
    rows = iter(whole.itertuples(index=False, name=None))
    assert all(row in rows for row in part.itertuples(index=False, name=None))  # each after the one before
    pd.testing.assert_frame_equal(load_dataset(name, n=len(whole)).frame, whole)


def test_sachs_is_cdts_and_its_reference_graph_has_the_one_known_cycle():
    from cdt.data import load_dataset as load_from_cdt

    frame, graph = load_from_cdt("sachs")
    data = load_dataset("sachs")
    pd.testing.assert_frame_equal(data.frame, frame.astype(np.float64))
    assert set(data.graph.edges) == set(graph.edges)
    assert [set(cycle) for cycle in nx.simple_cycles(data.graph)] == [{"PIP2", "PIP3", "plcg"}]


def test_rows_of_sachs_know_their_experiment_in_whatever_sample():
    whole = load_dataset("sachs")
    assert whole.conditions.value_counts().sum() == len(whole.frame) == 7466
    assert set(whole.intervened.columns[whole.intervened.any()]) == {"pakts473", "PKC", "PIP2", "pmek", "PKA"}
    assert not whole.intervened[whole.conditions == "cd3+cd28"].any(axis=None)
    # Reagents act: PMA and b2cAMP replace the stimulus, and the inhibitor of MEK stops what ERK gets from it.
    erk = whole.frame["p44/42"].groupby(whole.conditions, observed=True).median()
    assert erk["u0126"] < 0.5 * erk["cd3+cd28"]
    few = load_dataset("sachs", n=200, seed=3)
    at = whole.frame.reset_index().merge(few.frame.assign(row=range(200)), on=list(few.frame))
    at = at.drop_duplicates("row").set_index("row")["index"]
    assert (whole.conditions[at.to_numpy()].to_numpy() == few.conditions[at.index].to_numpy()).mean() > 0.99
    assert load_dataset("tuebingen-1").conditions is None


@pytest.mark.parametrize("name", NETWORKS)
def test_gaussian_networks_follow_pgmpys(name):
    from pgmpy.models import LinearGaussianBayesianNetwork

    path = files("pgmpy") / "utils" / "example_models" / f"{name}.json"
    model = LinearGaussianBayesianNetwork.load(str(path))
    mean, covariance = model.to_joint_gaussian()
    order = [str(node) for node in nx.topological_sort(model)]
    data = load_dataset(name, n=20_000)
    assert set(data.graph.edges) == set(model.edges)
    frame = data.frame[order]
    spread = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose((frame.mean().to_numpy() - mean) / spread, 0, atol=0.05)
    scale = spread[:, None] * spread[None, :]
    np.testing.assert_allclose((frame.cov().to_numpy() - covariance) / scale, 0, atol=0.06)


def test_what_is_said_about_the_gaussian_networks():
    pieces = sorted(map(len, nx.weakly_connected_components(reference_graph("arth150"))))
    assert pieces == [2, 4, 101]
    for name, traits, markers in [("magic-irri", 10, 54), ("magic-niab", 7, 37)]:
        graph = reference_graph(name)
        marked = {node for node in graph if re.fullmatch(r"G\d+", node)}
        assert (len(graph) - len(marked), len(marked)) == (traits, markers)
        assert f"{traits} traits and {markers} genetic markers" in dataset_facts(name).about
        assert not [edge for edge in graph.edges if edge[0] not in marked and edge[1] in marked]
    for name in NETWORKS:
        assert not list(nx.isolates(reference_graph(name)))


@pytest.mark.parametrize("name", DREAM)
def test_dream4_has_a_cyclic_graph_and_no_rows(name, one_sentence):
    from cdt.utils.io import read_list_edges

    facts, graph = dataset_facts(name), reference_graph(name)
    expected = read_list_edges(str(CDT / f"goldstandard_insilico100_multifactorial_{name[-1]}.csv"))
    assert set(graph.edges) == set(expected.edges)
    assert list(graph) == [f"G{gene}" for gene in range(1, 101)]
    assert facts.rows is None
    assert (len(graph), graph.number_of_edges()) == (facts.columns, facts.edges)
    assert not facts.acyclic
    assert not nx.is_directed_acyclic_graph(graph)
    assert f"insilico_size100_{name[-1]}_multifactorial.tsv" in facts.about
    with one_sentence(f"reference graph of '{name}'", f"foundation-causal datasets {name}"):
        load_dataset(name)


def test_a_table_that_the_user_got_elsewhere_can_be_scored_against_dream4(tmp_path):
    graph = reference_graph("dream4-1")
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(100, 100)), columns=list(graph))
    frame.to_csv(tmp_path / "rows.tsv", sep="\t", index=False)
    assert observations(read_table(tmp_path / "rows.tsv")).names == list(graph)


@pytest.mark.parametrize("name", NAMES)
def test_files_keep_the_names_and_every_bit(name, tmp_path):
    data = load_dataset(name, n=20)
    write_table(data.frame, tmp_path / "frame.csv")
    write_graph(data.graph, tmp_path / "graph.json")
    pd.testing.assert_frame_equal(read_table(tmp_path / "frame.csv"), data.frame, check_exact=True)
    assert set(read_graph(tmp_path / "graph.json").edges) == set(data.graph.edges)


def test_listing_loads_nothing_heavy():
    code = """
import sys
from foundation_causal.datasets import catalogue, dataset_names
assert len(catalogue()) > len(dataset_names()) > 100
print([name for name in ("numpy", "pandas", "networkx", "cdt", "pgmpy", "torch") if name in sys.modules])
"""
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, cwd=root).stdout.strip() == "[]"


def test_nothing_is_downloaded(monkeypatch):
    def refuse(*_):
        raise AssertionError("the network was reached for")

    monkeypatch.setattr("socket.socket.connect", refuse)
    for name in [*NAMES, "tuebingen-1"]:
        load_dataset(name)
    for name in DREAM:
        reference_graph(name)


def test_unknown_names_are_told_the_nearest_ones(one_sentence):
    with one_sentence("'saks'", "'sachs'"):
        load_dataset("saks")
    with one_sentence("'Magic-NIAB'", "'magic-niab'"):
        load_dataset("Magic-NIAB")
    with one_sentence("'dreem4-2'", "'dream4-2'"):
        reference_graph("dreem4-2")
    with one_sentence("'???'", "'arth150'", "more"):
        dataset_facts("???")
    with one_sentence("'dream4'", "several", "'dream4-1'"):
        load_dataset("dream4")
    with one_sentence("'7'"):
        load_dataset(7)


def test_bad_requests(one_sentence):
    with one_sentence("7466", "8000"):
        load_dataset("sachs", n=8000)
    with one_sentence("349", "350"):
        load_dataset("tuebingen-1", n=350)
    for n in (0, -3, 2.5, "10"):
        with one_sentence(f"rows is {n!r}", "at least 1"):
            load_dataset("ecoli70", n=n)
    with one_sentence("seed", "-1"):
        load_dataset("ecoli70", seed=-1)


@pytest.mark.parametrize("name", ["ecoli70", "sachs", "tuebingen-1"])
def test_a_package_without_the_file_is_named(name, one_sentence, monkeypatch, tmp_path):
    package = "pgmpy" if name == "ecoli70" else "cdt"
    for found in (None, SimpleNamespace(submodule_search_locations=[str(tmp_path)])):
        monkeypatch.setattr(importlib.util, "find_spec", lambda _, found=found: found)
        with one_sentence(f"'{name}'", package, f"pip install '{package}"):
            load_dataset(name)


def test_the_page_on_data_sets_has_the_numbers_of_the_catalogue():
    rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in PAGE.splitlines()]
    table = {row[0]: row[1:6] for row in rows if len(row) == 7}
    pairs = {row[0]: row[1:] for row in rows if len(row) == 5}
    for facts in catalogue():
        if facts.name.startswith("tuebingen-"):
            variables, count, weight, source = pairs[facts.name.removeprefix("tuebingen-")]
            assert f"{variables} ({source})" == facts.title
            assert (count, float(weight)) == (f"{facts.rows:,}", facts.weight)
        else:
            count = "none" if facts.rows is None else f"{facts.rows:,}"
            expected = [facts.origin, count, str(facts.columns), str(facts.edges)]
            assert table[facts.name] == [*expected, "yes" if facts.acyclic else "no"]


def test_the_page_on_data_sets_runs():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    known: dict[str, object] = {}
    exec(code, known)
    assert len(known["data"].frame) == 500
    assert known["pair"].name == "tuebingen-104"
