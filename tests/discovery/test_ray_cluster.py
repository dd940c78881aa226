"""Ray on this machine as the backend of joblib, of which a worker is killed: nothing is lost."""

import os
import signal
import threading
import time
from pathlib import Path

import pandas as pd
import pytest
from joblib import parallel_config

from discovery.resampling import bootstrap
from foundation_causal.errors import LostWorkersWarning
from foundation_causal.simulate import p_in

ray = pytest.importorskip("ray", reason="no extra installs it")


def workers() -> list[int]:
    """The processes of Ray that work on something of joblib."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cmdline").read_bytes().startswith(b"ray::PoolActor"):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def test_a_worker_that_is_killed_takes_nothing_with_it():
    from ray.util.joblib import register_ray

    data = p_in(["linear"]).draw(scms=1, d=3, n=60, seed=3).frame(0)
    alone = bootstrap(data, replicates=16, refine=False)
    paths = {"env_vars": {"PYTHONPATH": str(Path(__file__).parents[2])}}
    killed: list[int] = []

    def kill() -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until and len(busy := workers()) < 2:
            time.sleep(0.05)
        time.sleep(0.5)
        killed.append(busy[0])
        os.kill(busy[0], signal.SIGKILL)

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, runtime_env=paths)
    try:
        register_ray()
        killer = threading.Thread(target=kill)
        killer.start()
        with (
            parallel_config(backend="ray", n_jobs=2),
            pytest.warns(LostWorkersWarning, match="died meanwhile"),
        ):
            stability = bootstrap(data, replicates=16, refine=False)
        killer.join()
    finally:
        ray.shutdown()
    assert killed
    assert [set(graph.edges) for graph in stability.graphs] == [set(graph.edges) for graph in alone.graphs]
    pd.testing.assert_frame_equal(stability.probabilities, alone.probabilities)
