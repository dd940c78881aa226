"""Data sets from AVICI's own generator, for the benchmarks of the simulator.

Started by `simulator_throughput.py` and `simulator_agreement.py` with the Python of an environment that holds

    pip install avici "jax<0.5" "jaxlib<0.5" "igraph<0.11"

Reads one job a line from standard input, as JSON, and answers each by one line. Nothing but AVICI and NumPy
is imported, so that no line of the simulator it is compared with runs here.
"""

import json
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path

import avici
import numpy as np
from avici import Sampler, simulate_data
from avici.synthetic import linear, rff
from avici.utils import example

CONFIGS = Path(avici.__file__).parent / "config"
READ = example.load_data_config


def main():
    for line in sys.stdin:
        job = json.loads(line)
        print(json.dumps(JOBS[job.pop("job")](**job)), flush=True)


def about():
    return {"avici": version("avici"), "numpy": np.__version__, "igraph": version("igraph")}


def clock(configs, d, n, seconds, seed, reread):
    """Call `simulate_data` for some seconds, its configurations in turn, after a warm-up.

    `simulate_data` reads and parses its configuration in every call; with `reread` false it gets what the
    first call has read.
    """
    example.load_data_config = READ if reread else remembering(READ)
    paths = [str(CONFIGS / f"{name}.yaml") for name in configs]
    for k in range(4):
        simulate_data(d=d, n=n, path=paths[k % len(paths)], seed=k)
    sets, start, busy = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds:
        simulate_data(d=d, n=n, path=paths[sets % len(paths)], seed=seed + sets)
        sets += 1
    return {
        "sets": sets,
        "seconds": time.perf_counter() - start,
        "busy": time.process_time() - busy,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def remembering(read):
    known = {}

    def once(path, **options):
        if path not in known:
            known[path] = read(path, **options)
        return known[path]

    return once


def draw(config, graph, scms, d, n, seed, out):
    """Graphs, noise and raw data of some SCMs, into the file `out`.

    What `simulate_data` draws before it shuffles rows and standardizes; `graph` limits the configuration to
    one class of graphs, None takes all of them with the weights that AVICI gives them.
    """
    forced = {"n_observations_obs": n, "n_observations_int": 0}
    path = CONFIGS / f"{config}.yaml"
    specs = READ(path, force_kwargs=forced, abspath=True, load_modules=True)["data"]["train"]
    if graph is not None:
        specs = [spec for spec in specs if type(spec.graph).__name__ == graph]
    noises = []
    linear.sample_recursive_scm = rff.sample_recursive_scm = recording(SAMPLE, noises)
    rng = np.random.default_rng(seed)
    drawn = [Sampler.generate_data(rng, n_vars=d, spec_list=specs) for _ in range(scms)]
    np.savez(
        out,
        adjacency=np.stack([one["g"] for one in drawn]).astype(bool),
        data=np.stack([one["x_obs"][..., 0] for one in drawn]),
        noise=np.stack(noises),
    )
    return {"specs": len(specs)}


SAMPLE = linear.sample_recursive_scm


def recording(sample, noises):
    """The same sampler, which keeps the noise `[n, d]` of every data set in `noises`."""

    def sampler(*, nse, g, n_observations_obs, **rest):
        kept = np.zeros((n_observations_obs, g.shape[-1]))

        def listening(j):
            def noise(rng, x, is_parent):
                kept[:, j] = nse[j](rng=rng, x=x, is_parent=is_parent)
                return kept[:, j]

            return noise

        listeners = [listening(j) for j in range(g.shape[-1])]
        data = sample(nse=listeners, g=g, n_observations_obs=n_observations_obs, **rest)
        noises.append(kept)
        return data

    return sampler


JOBS = {"about": about, "clock": clock, "draw": draw}

if __name__ == "__main__":
    main()
