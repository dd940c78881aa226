"""What a measurement ran on, for the first line of its results."""

import os
from datetime import date
from importlib.metadata import version

from foundation_causal.runtime import processor


def hardware() -> str:
    """Processor, cores and threads, and the versions that decide the figures."""
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "torch"))
    machine = f"{processor()}, {os.cpu_count()} cores, threads: {threads}"
    return f"{machine}; {packages}"


def measured() -> str:
    """The hardware and the day."""
    return f"{hardware()}; {date.today().isoformat()}"
