"""What a training run or a measurement ran on."""

import os
import platform
from datetime import date
from importlib.metadata import version
from pathlib import Path


def processor() -> str:
    """The name of the processor, or of its kind where the system does not tell."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return (names or [platform.machine()])[0]


def hardware() -> str:
    """The GPU or the processor that torch works on, and on how many threads."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"one {processor()}, threads: {torch.get_num_threads()}"


def measured_on() -> str:
    """Processor, cores, threads, versions and the day: what the first line of a page of results says."""
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "torch"))
    machine = f"{processor()}, {os.cpu_count()} cores, threads: {threads}"
    return f"{machine}; {packages}; {date.today().isoformat()}"
