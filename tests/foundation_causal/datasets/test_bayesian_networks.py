"""Networks of the bnlearn repository are read as pgmpy reads them, and sampled from their own tables."""

import gzip

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from foundation_causal.datasets.bayesian_networks import DISCRETE, discrete_network, is_scale
from foundation_causal.datasets.readers import shipped

# Columns and edges, as the repository's page has them.
SIZES = {
    "alarm": (37, 46),
    "asia": (8, 8),
    "barley": (48, 84),
    "child": (20, 25),
    "hailfinder": (56, 66),
    "insurance": (27, 52),
    "sachs": (11, 17),
    "water": (32, 66),
    "win95pts": (76, 112),
}


@pytest.mark.parametrize("name", SIZES)
def test_a_network_is_that_of_the_repository(name):
    network = discrete_network(name)
    assert (len(network.levels), network.graph.number_of_edges()) == SIZES[name]
    assert nx.is_directed_acyclic_graph(network.graph)
    for variable, table in network.tables.items():
        assert table.shape == tuple(len(network.levels[v]) for v in (*network.parents[variable], variable))
        np.testing.assert_allclose(table.sum(-1), 1)


def test_every_file_that_pgmpy_carries_is_listed():
    folder = shipped("asia", "pgmpy", "utils/example_models", "asia.bif.gz", "pgmpy").parent
    assert sorted(DISCRETE) == sorted(path.name.removesuffix(".bif.gz") for path in folder.glob("*.bif.gz"))


def test_tables_are_those_that_pgmpy_reads():
    from pgmpy.readwrite import BIFReader

    path = shipped("insurance", "pgmpy", "utils/example_models", "insurance.bif.gz", "pgmpy")
    theirs = BIFReader(string=gzip.decompress(path.read_bytes()).decode()).get_model()
    network = discrete_network("insurance")
    assert set(theirs.edges) == set(network.graph.edges)
    for name, table in network.tables.items():
        cpd = theirs.get_cpds(name)
        axes = [*network.parents[name], name]
        values = np.transpose(cpd.values, [cpd.variables.index(axis) for axis in axes])
        for k, axis in enumerate(axes):
            order = [cpd.state_names[axis].index(level) for level in network.levels[axis]]
            values = np.take(values, order, axis=k)
        np.testing.assert_allclose(table, values, atol=1e-6)


@pytest.mark.parametrize("name", ["asia", "child", "alarm"])
def test_samples_follow_the_tables(name):
    network = discrete_network(name)
    frame = network.sample(20_000, np.random.default_rng(1))
    codes = {variable: frame[variable].cat.codes.to_numpy() for variable in frame}
    statistic, freedom = 0.0, 0
    for variable, table in network.tables.items():
        seen = np.zeros(table.shape)
        np.add.at(seen, tuple(codes[v] for v in (*network.parents[variable], variable)), 1)
        expected = table * seen.sum(-1, keepdims=True)
        assert not seen[table == 0].any()
        enough = (expected > 5).sum(-1, keepdims=True) * (expected > 5) > 1  # two cells or more of a row
        # Of a row of which rare cells are left out the statistic is smaller than chi-square.
        statistic += ((seen - expected)[enough] ** 2 / expected[enough]).sum()
        freedom += int((enough.sum(-1) - 1).clip(0).sum())
    assert chi2.cdf(statistic, freedom) < 0.999
    assert statistic > 0.7 * freedom


def test_columns_are_categories_with_the_labels_of_the_file():
    frame = discrete_network("child").sample(50, np.random.default_rng(0))
    assert all(isinstance(dtype, pd.CategoricalDtype) for dtype in frame.dtypes)
    assert list(frame["LungParench"].cat.categories) == ["Normal", "Congested", "Abnormal"]
    ordered = {name for name in frame if frame[name].cat.ordered}
    assert ordered == {"HypoxiaInO2", "LowerBodyO2", "RUQO2", "Age"}


def test_fewer_rows_are_the_first_of_more():
    network = discrete_network("asia")
    few, many = (network.sample(n, np.random.default_rng(3)) for n in (100, 300))
    pd.testing.assert_frame_equal(few, many.iloc[:100])


@pytest.mark.parametrize(
    ("levels", "scale"),
    [
        (("no", "yes"), False),
        (("x1", "x2", "x3"), False),
        (("1", "2", "3", "4"), False),
        (("0", "1", "2"), True),
        (("<5", "5-12", "12+"), True),
        (("a88_20", "a19_7", "a6_2", "a1_0"), True),
        (("NORMAL", "ESOPHAGEAL", "ONESIDED"), False),
        (("x_10", "x_5", "x0", "x5", "x10"), False),
    ],
)
def test_only_plain_orders_are_ordered(levels, scale):
    assert is_scale(levels) == scale
