"""What a measurement ran on, for the first line of its results."""

import os
import platform
from datetime import date
from importlib.metadata import version
from pathlib import Path


def hardware() -> str:
    """Processor, cores and threads, and the versions that decide the figures."""
    names = [
        line.split(":")[1].strip()
        for line in (Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else "").splitlines()
        if line.startswith("model name")
    ]
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "torch"))
    machine = f"{(names or [platform.machine()])[0]}, {os.cpu_count()} cores, threads: {threads}"
    return f"{machine}; {packages}"


def measured() -> str:
    """The hardware and the day."""
    return f"{hardware()}; {date.today().isoformat()}"
