import os
import subprocess
import sys
import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from foundation_causal.runtime import seeded_globals
from foundation_causal.simulate.systems.gene_networks import draw_subnetwork, network_names, read_network
from foundation_causal.simulate.systems.sergio import (
    ACTIVA,
    ACTIVA_OUT,
    STEP,
    Expression,
    Ranges,
    _cells,
    _grn,
    sergio,
)

SILENT = Ranges(noise=(0.0,))  # no noise: every cell sits at the steady state, which has a closed form
SHORT = {"n": 3, "steps_per_cell": 1, "burn_in": 0}


@st.composite
def dags(draw: st.DrawFn, largest: int = 6) -> nx.DiGraph:
    names = draw(st.permutations([f"gene {index}" for index in range(draw(st.integers(1, largest)))]))
    graph = nx.DiGraph()
    graph.add_nodes_from(draw(st.permutations(names)))
    pairs = [(a, b) for index, a in enumerate(names) for b in names[index + 1 :]]
    graph.add_edges_from(draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else [])
    return graph


def steady_state(data: Expression, off: str | None = None) -> dict[str, float]:
    """The expression at which production and decay balance, one gene after its regulators."""
    given, level = data.parameters, {}
    for gene in nx.topological_sort(data.graph):
        made = given["production"].get(gene, 0.0)
        for regulator in data.graph.pred[gene]:
            strength = given["strength"][regulator][gene]
            half = given["half_response"][regulator] ** given["hill"]
            bound = level[regulator] ** given["hill"] / (half + level[regulator] ** given["hill"])
            made += strength * bound if strength > 0 else -strength * (1 - bound)
        level[gene] = 0.0 if gene == off else made / given["decay"]
    return level


def fixed(graph: nx.DiGraph, seed: int, **options: int) -> Expression:
    """The same parameters for every seed, and all edges activating."""
    one = Ranges((1.0, 1.0), (3.0, 3.0), (1e9, 1e-9), (2.0,), (0.8,), (1.0,))
    return sergio(network=graph, ranges=one, seed=seed, **options)  # type: ignore[arg-type]


@settings(max_examples=25)
@given(graph=dags(), seed=st.integers(0, 1000))
def test_without_noise_every_condition_is_the_closed_form_of_the_hill_equations(graph, seed):
    data = sergio(network=graph, ranges=SILENT, seed=seed, **SHORT)
    for off, frame in [(None, data.observed), *data.knocked_out.items()]:
        expected = steady_state(data, off)
        np.testing.assert_allclose(
            frame.to_numpy(), np.tile([expected[gene] for gene in graph], (3, 1)), rtol=1e-10
        )
    wild = steady_state(data)
    for gene, half in data.parameters["half_response"].items():
        assert half == pytest.approx(wild[gene])


@settings(max_examples=25)
@given(graph=dags(), seed=st.integers(0, 1000))
def test_a_knocked_out_gene_is_exactly_zero_and_tables_have_the_graphs_columns(graph, seed):
    data = sergio(network=graph, seed=seed, **SHORT)
    assert list(data.knocked_out) == list(graph)
    assert nx.utils.graphs_equal(data.graph, graph)
    for frame in [data.observed, *data.knocked_out.values()]:
        assert list(frame.columns) == list(graph)
        assert frame.shape == (3, len(graph))
        assert (frame.dtypes == np.float64).all()
        assert (frame.to_numpy() >= 0).all()
    for gene, frame in data.knocked_out.items():
        assert (frame[gene] == 0).all()


def test_descendants_of_a_knock_out_move_and_other_genes_keep_their_distribution():
    """Runs are independent of each other, so one cell of each makes an independent sample."""
    graph = nx.DiGraph([("a", "b"), ("b", "c"), ("b", "d"), ("e", "d")])
    runs = [fixed(graph, seed, n=1, knockouts=["b"], burn_in=300) for seed in range(60)]
    before = pd.concat([run.observed for run in runs])
    after = pd.concat([run.knocked_out["b"] for run in runs])
    for gene in ("a", "e"):
        assert stats.ks_2samp(before[gene], after[gene]).pvalue > 0.01
        assert stats.mannwhitneyu(before[gene], after[gene]).pvalue > 0.01
    for gene in ("c", "d"):
        assert stats.ks_2samp(before[gene], after[gene]).pvalue < 1e-6
    assert (after["c"] == 0).all()  # nothing else makes c
    assert after["d"].mean() < before["d"].mean()
    # A linear birth-death equation at steady state: mean production / decay, variance noise**2 times that,
    # both a little higher for the expression that is cut off at 0.
    assert before["a"].mean() == pytest.approx(1.25, abs=0.35)
    assert before["a"].var() == pytest.approx(1.25, rel=0.4)


@pytest.mark.parametrize(("d", "ranges", "seed"), [(8, ACTIVA, 1), (8, ACTIVA, 3), (11, ACTIVA_OUT, 2)])
def test_all_genes_at_once_are_bit_for_bit_sergios_own_steps(d, ranges, seed):
    from SERGIO import sergio as Simulator

    data = sergio(d=d, n=5, seed=seed, ranges=ranges)
    grn = _grn(data.graph, data.parameters, list(data.graph))
    length = {"nCells": 5, "safety_iter": 10, "scale_iter": 15}
    with seeded_globals(seed):
        frames = _cells(grn, data.parameters["noise"], length)
    grn = _grn(data.graph, data.parameters, list(data.graph))
    with seeded_globals(seed):
        simulator = Simulator(grn)
        simulator.simulate(noise_s=data.parameters["noise"], dt=STEP, **length)
        expected = simulator.getSimExpr().to_numpy().T
    np.testing.assert_array_equal(pd.concat(frames).to_numpy(), expected)


def test_independent_cells_are_those_of_many_trajectories():
    """A gene that nothing regulates has a linear equation: variance noise**2 times its mean."""
    graph = nx.DiGraph([("a", "b")])
    apart, along = (
        fixed(graph, 0, n=400, steps_per_cell=3, burn_in=300, independent=which) for which in (True, False)
    )
    assert apart.parameters == along.parameters
    assert apart.observed["a"].mean() == pytest.approx(1.25, abs=0.2)
    assert apart.observed["a"].var() == pytest.approx(1.25, rel=0.3)
    assert abs(apart.observed["a"].autocorr()) < 0.15
    assert (apart.knocked_out["a"]["a"] == 0).all()
    assert apart.knocked_out["b"]["a"].mean() == pytest.approx(1.25, abs=0.2)
    assert apart.observed["a"].tolist() != apart.knocked_out["b"]["a"].tolist()


def test_the_draws_follow_the_ranges():
    drawn = [
        sergio(d=6, ranges=ACTIVA_OUT, seed=seed, knockouts=False, **SHORT).parameters for seed in range(40)
    ]
    for name in ("hill", "decay", "noise"):
        assert {one[name] for one in drawn} == set(getattr(ACTIVA_OUT, name))
    strengths = np.array(
        [k for one in drawn for targets in one["strength"].values() for k in targets.values()]
    )
    assert 3.0 <= np.abs(strengths).min() < 3.5
    assert 6.5 < np.abs(strengths).max() <= 7.0
    assert 0.25 < (strengths > 0).mean() < 0.75
    rates = np.array([rate for one in drawn for rate in one["production"].values()])
    assert 0.5 <= rates.min() < 0.8
    assert 1.7 < rates.max() <= 2.0


def test_the_defaults_are_those_of_the_paper():
    assert Ranges((0, 1), (1, 5), (1, 1), (1.9, 2.0, 2.1), (0.7, 0.8, 0.9), (0.9, 1.0, 1.1)) == ACTIVA
    data = sergio()
    assert data.observed.shape == (30, 8)
    assert len(data.knocked_out) == 8


def test_the_seed_fixes_the_bits_in_any_process():
    """Sets of names have another order in another process, which must not show."""
    code = (
        "from foundation_causal.simulate.systems.sergio import sergio; data = sergio(n=4, seed=5);"
        "frames = [data.observed, *data.knocked_out.values()];"
        "print(*data.graph, *(frame.to_numpy().tobytes().hex() for frame in frames))"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    here, other = sergio(n=4, seed=5), sergio(n=4, seed=6)
    frames = [here.observed, *here.knocked_out.values()]
    assert elsewhere == [*here.graph, *(frame.to_numpy().tobytes().hex() for frame in frames)]
    assert here.observed.to_numpy().tolist() != other.observed.to_numpy().tolist()


def test_what_is_observed_does_not_depend_on_the_knock_outs():
    graph = nx.DiGraph([("a", "b"), ("b", "c")])
    with_all, with_one, without = (
        sergio(network=graph, n=5, knockouts=which) for which in (True, ["c"], False)
    )
    pd.testing.assert_frame_equal(with_all.observed, with_one.observed)
    pd.testing.assert_frame_equal(with_all.observed, without.observed)
    assert (list(with_one.knocked_out), without.knocked_out) == (["c"], {})


def test_nothing_is_printed_written_or_left_changed(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    np.random.seed(3)  # noqa: NPY002
    expected = np.random.random(2)  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sergio(n=2)
    assert np.random.random(2).tolist() == expected.tolist()  # noqa: NPY002
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", [name for name in network_names() if name.startswith("dream4")])
def test_parts_of_a_network_are_connected_acyclic_and_whole(name):
    network = read_network(name)
    assert len(network) == 100
    seen = set()
    for seed in range(20):
        part = draw_subnetwork(network, 8, np.random.default_rng(seed))
        assert len(part) == 8
        assert nx.is_weakly_connected(part)
        assert nx.is_directed_acyclic_graph(part)
        assert set(part.edges) == set(network.subgraph(part).edges)
        seen.add(frozenset(part))
    assert len(seen) > 10


@settings(max_examples=25)
@given(graph=dags(8), data=st.data())
def test_any_part_of_a_small_graph(graph, data):
    components = [len(component) for component in nx.weakly_connected_components(graph)]
    d = data.draw(st.integers(1, max(components)))
    seeded = [gene for gene in graph if graph[gene]]
    if seeded and max(len(nx.node_connected_component(graph.to_undirected(), gene)) for gene in seeded) < d:
        return
    part = draw_subnetwork(graph, d, np.random.default_rng(data.draw(st.integers(0, 99))))
    assert len(part) == d
    assert nx.is_weakly_connected(part)
    assert set(part.edges) == set(graph.subgraph(part).edges)


def test_growth_prefers_modules():
    """Two cliques of five genes joined by one edge: a part of five is nearly always one of them."""
    graph = nx.DiGraph()
    for letter in "ab":
        names = [f"{letter}{index}" for index in range(5)]
        graph.add_edges_from((x, y) for index, x in enumerate(names) for y in names[index + 1 :])
    graph.add_edge("a0", "b4")
    parts = [draw_subnetwork(graph, 5, np.random.default_rng(seed)) for seed in range(200)]
    pure = np.mean([len({gene[0] for gene in part}) == 1 for part in parts])
    assert pure > 0.9


@pytest.mark.parametrize(("name", "genes", "edges"), [("ecoli", 1565, 3648), ("yeast", 4441, 12873)])
def test_the_networks_that_avici_carries(name, genes, edges):
    try:
        network = read_network(name)
    except ValueError:
        pytest.skip("avici is not installed")
    assert (network.number_of_nodes(), network.number_of_edges()) == (genes, edges)
    assert not list(nx.selfloop_edges(network))
    part = draw_subnetwork(network, 8, np.random.default_rng(0))
    assert nx.is_directed_acyclic_graph(part)


def test_a_file_of_avici_is_read_without_importing_the_package(tmp_path, monkeypatch):
    assets = tmp_path / "avici" / "assets"
    assets.mkdir(parents=True)
    (tmp_path / "avici" / "__init__.py").write_text("raise RuntimeError")
    file = assets / "ecoli_transcriptional_network_regulonDB_6_7.tsv"
    file.write_text("acrR\tacrA\t-\nacrR\tacrR\t-\nnull\tNA\t+-\n")
    monkeypatch.syspath_prepend(tmp_path)
    read_network.cache_clear()
    try:
        assert set(read_network("ecoli").edges) == {("acrR", "acrA"), ("null", "NA")}
    finally:
        read_network.cache_clear()


def test_bad_requests(one_sentence, monkeypatch):
    chain = nx.DiGraph([("a", "b"), ("b", "c")])
    with one_sentence("'coli'", "dream4-1", "networkx.DiGraph"):
        sergio(network="coli")
    with one_sentence("101", "'dream4-2'", "100", "fewer"):
        sergio(network="dream4-2", d=101)
    with one_sentence("connected acyclic", "3 genes"):
        sergio(network=nx.DiGraph([("a", "b"), ("b", "a"), ("b", "c")]), d=3)
    with one_sentence("cycle"):
        sergio(network=nx.DiGraph([("a", "b"), ("b", "a")]))
    with one_sentence("itself"):
        sergio(network=nx.DiGraph([("a", "a")]))
    with one_sentence("networkx.DiGraph"):
        sergio(network=nx.Graph([("a", "b")]))  # type: ignore[arg-type]
    with one_sentence("no genes"):
        sergio(network=nx.DiGraph())
    with one_sentence("'z'", "'a', 'b', 'c'"):
        sergio(network=chain, knockouts=["a", "z"])
    with one_sentence("'a'", "list"):
        sergio(network=chain, knockouts="a")
    for name, size in (("d", 0), ("n", 0), ("steps_per_cell", 0), ("burn_in", -1)):
        with one_sentence(f"{name} is {size}", "at least"):
            sergio(**{"network": chain, name: size})  # type: ignore[arg-type]
    with one_sentence("production", "2", "1"):
        Ranges(production=(2.0, 1.0))
    with one_sentence("strength", "finite"):
        Ranges(strength=(1.0, np.inf))
    with one_sentence("production", "above 0"):
        Ranges(production=(0.0, 0.0))
    with one_sentence("noise", "at least 0"):
        Ranges(noise=(-1.0,))
    with one_sentence("hill", "one or more"):
        Ranges(hill=())
    with one_sentence("decay", "above 0"):
        Ranges(decay=(0.0,))
    with one_sentence("activation", "above 0"):
        Ranges(activation=(0.0, 1.0))
    monkeypatch.setitem(sys.modules, "SERGIO.GRN", None)
    with one_sentence("SERGIO", "foundation-causal[simulators]"):
        sergio(network=chain)


def test_a_network_whose_package_is_missing(one_sentence, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    read_network.cache_clear()
    try:
        with one_sentence("'yeast'", "pip install --no-deps avici"):
            sergio(network="yeast")
    finally:
        read_network.cache_clear()
