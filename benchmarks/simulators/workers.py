"""Processes that answer jobs, and the machine that they run on.

Nothing here imports torch: a child's peak memory counts what its parent held when it was started.
"""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from foundation_causal.errors import InputError
from foundation_causal.runtime import processor


class Worker:
    """A process that answers jobs one after the other."""

    def __init__(self, python: str | Path, script: str, threads: int = 1) -> None:
        limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
        self.process = subprocess.Popen(
            [str(python), str(Path(__file__).with_name(script))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **limits},
        )  # fmt: skip

    def send(self, **job: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()

    def reply(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise InputError(f"The process {self.process.args!r} ended early; what it wrote stands above.")
        return json.loads(line)

    def ask(self, **job: object) -> dict[str, Any]:
        self.send(**job)
        return self.reply()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()


def machine(seed: int, packages: Sequence[str] = ("torch", "numpy")) -> dict[str, object]:
    """What a reader needs to place the figures."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
        "date": date.today().isoformat(),
        "seed": seed,
    }
