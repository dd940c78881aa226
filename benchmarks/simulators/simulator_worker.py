"""The simulator's side of its benchmarks: the distributions of AVICI's configurations, and a worker.

As a script it reads one job a line from standard input, as JSON, and answers each by one line, as
`avici_worker.py` does. It is started by `simulator_throughput.py`.
"""

import json
import resource
import sys
import time
from dataclasses import replace

from foundation_causal.simulate import (
    ErdosRenyi,
    Gaussian,
    Geometric,
    Prior,
    ScaleFree,
    StochasticBlock,
    WattsStrogatz,
    p_in,
    prior,
)
from foundation_causal.simulate.graph_priors import GraphPrior

# AVICI draws from the cartesian product of a configuration's lists: a class of graphs weighs as much as it
# has combinations of settings. Its ScaleFree lets new nodes cause old ones.
GRAPHS: dict[str, dict[str, tuple[GraphPrior, int]]] = {
    "train": {
        "ErdosRenyi": (ErdosRenyi((1, 2, 3), clip=True), 3),
        "ScaleFree": (ScaleFree((1, 2, 3), direction="in"), 3),
        "ScaleFreeTranspose": (ScaleFree((1, 2, 3), direction="out"), 3),
    },
    "examples": {
        "ScaleFree": (ScaleFree((2,), (0.5, 1.0, 1.5), "in"), 3),
        "ScaleFreeTranspose": (ScaleFree((2,), (0.5, 1.0, 1.5), "out"), 3),
        "WattsStrogatz": (WattsStrogatz((2, 3), (1,), (0.3,)), 2),
        "SBM": (StochasticBlock((2,), (5, 10), (0.1,), clip=True), 2),
        "GRG": (Geometric((0.1,)), 1),
    },
}


def like_avici(
    config: str, graph: str | None = None, graphs: dict[str, tuple[GraphPrior, int]] | None = None
) -> Prior:
    """The settings of one of AVICI's configurations, built from this package's parts.

    Args:
        config: "examples/lin-gauss", "examples/rff-gauss", "train/neurips-linear" or "train/neurips-rff". The
            mechanisms and the noise of all four are those of P_IN, except that every node has a noise scale
            of its own where the mechanisms are linear, too.
        graph: One of AVICI's classes of graphs, None for all of the configuration.
        graphs: Graph priors and weights to use, those of `GRAPHS` by default.
    """
    folder, name = config.split("/")
    options = graphs or GRAPHS[folder]
    chosen = [options[graph]] if graph else list(options.values())
    repeated = [entry for entry, weight in chosen for _ in range(weight)]
    (family,) = p_in(["linear" if "lin" in name else "rff"], noises=(Gaussian((0.2, 2.0)),)).families
    return Prior((replace(family, graphs=repeated, shared_noise=False),))


def named(name: str) -> Prior:
    """A prior by the name that a job gives it."""
    if "/" in name:
        return like_avici(name)
    known = {"p-in linear": lambda: p_in(["linear"]), "p-in rff": lambda: p_in(["rff"])}
    return known[name]() if name in known else prior(name)


def clock(
    name: str, d: int, n: int, scms: int, seconds: float, seed: int, threads: int, precision: str
) -> dict[str, float]:
    """Draw and standardize batches for some seconds, after a warm-up."""
    import torch

    torch.set_num_threads(threads)
    started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    settings, dtype = named(name), getattr(torch, precision)

    def draw(seed: int) -> torch.Tensor:
        x = settings.draw(scms=scms, d=d, n=n, seed=seed, dtype=dtype).data
        x = x - x.mean(1, keepdim=True)
        # Tensor.std would take ten times as long along a dimension that is not the last.
        return x * x.square().mean(1, keepdim=True).clamp_min(1e-24).rsqrt()

    for k in range(2):
        draw(k)
    batches, start, busy = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds:
        draw(seed + batches)
        batches += 1
    return {
        "sets": batches * scms,
        "seconds": time.perf_counter() - start,
        "busy": time.process_time() - busy,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        "start_mb": started,
    }


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(clock(**json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
