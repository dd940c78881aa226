"""A Dask cluster of two processes, one of which is killed: nothing is lost, and answers stay the same."""

import os
import signal
import warnings

import pandas as pd
import pytest

from discovery.many.discover_many import discover_many
from discovery.resampling import bootstrap
from discovery.structure_evaluation import evaluate_suite
from foundation_causal.errors import LostWorkersWarning
from foundation_causal.parallel import spread
from foundation_causal.simulate import p_in

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, worker_dashboard_address=None
    ) as local:
        yield local


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return p_in(["linear"]).draw(scms=1, d=3, n=60, seed=3).frame(0)


def test_a_worker_that_is_killed_takes_nothing_with_it(cluster, data):
    killed: list[int] = []

    def kill(words: str) -> None:
        if not killed:
            with distributed.Client(cluster, set_as_default=False) as client:
                killed.append(min(client.run(os.getpid).values()))
            os.kill(killed[0], signal.SIGKILL)

    alone = bootstrap(data, replicates=16, refine=False)
    with pytest.warns(LostWorkersWarning, match="died meanwhile"):
        stability = bootstrap(
            data, replicates=16, refine=False, cluster=cluster.scheduler_address, progress=kill
        )
    assert killed
    assert [set(graph.edges) for graph in stability.graphs] == [set(graph.edges) for graph in alone.graphs]
    pd.testing.assert_frame_equal(stability.probabilities, alone.probabilities)


def test_many_tables_and_suites_are_those_of_one_process(cluster, data):
    tables = [data, data.iloc[:40], data.iloc[:1]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        here, there = discover_many(tables), discover_many(tables, cluster=cluster.scheduler_address)
    assert here[2] == there[2]
    for one, other in zip(here[:2], there[:2], strict=True):
        assert set(one.graph.edges) == set(other.graph.edges)
        pd.testing.assert_frame_equal(one.probabilities, other.probabilities, rtol=0, atol=1e-5)
    cell = {"methods": ["network"], "configuration": "nonlin_simpson", "first": 2}
    tables = [evaluate_suite("csuite", **cell, cluster=c) for c in (None, cluster.scheduler_address)]
    pd.testing.assert_frame_equal(*(table.drop(columns="seconds") for table in tables))


def test_a_cluster_without_workers_is_said(one_sentence):
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None) as empty,
        one_sentence("has no workers"),
    ):
        list(spread.spread(abs, [1], cluster=empty.scheduler_address))
