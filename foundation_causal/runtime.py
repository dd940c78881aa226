"""The process that computes: its threads, its global random generators, what it runs on and is quick at."""

from __future__ import annotations

import hashlib
import math
import os
import platform
import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from foundation_causal.errors import InputError, said
from foundation_causal.types import Array

WATCH = "ends with its parent"
# Bytes that libraries of linear algebra take when they are first used. Where they get less, OpenBLAS ends the
# process or asks again for ever, and neither can be caught.
WORKSPACE = 128 * 2**20
# Bytes of address space that NumPy, SciPy, pandas and torch take when they are loaded.
LIBRARIES = 1024 * 2**20
# The same once they are loaded, for threads, parts that are loaded when first used, and a small table.
LOADED = 160 * 2**20
KEPT = 24 * 2**20  # bytes of a block that is freed; the allocator keeps twice as much from then on
_found: dict[str, Any] = {}  # by _libraries


@contextmanager
def one_thread() -> Iterator[None]:
    """Run NumPy's and torch's linear algebra on one thread inside the block; works as a decorator, too.

    Thousands of operations on small matrices gain little from a second thread, and on a busy machine
    their threads wait for each other: a search of 4 s took 60 s with two threads on two loaded cores.

    Example:
        >>> import torch
        >>> with one_thread():
        ...     torch.get_num_threads()
        1
    """
    torch = sys.modules.get("torch")
    # torch sets its number at its first use: not inside the block. Its own copy of MKL obeys nobody else.
    threads = 1 if torch is None else torch.get_num_threads()
    with _libraries().limit(limits=1):
        if torch is not None and threads > 1:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            if torch is not None and threads > 1:
                torch.set_num_threads(threads)


def _libraries() -> ThreadpoolController:
    """The libraries of linear algebra in this process, looked for anew once more modules are there.

    Looking reads the map of the whole process, 5 ms of each call; a library comes with a module only.
    """
    modules = len(sys.modules)
    if _found.get("modules") != modules:
        _found.update(modules=modules, libraries=ThreadpoolController())
    return _found["libraries"]


@contextmanager
def seeded_globals(seed: int) -> Iterator[None]:
    """Seed the global generators of `random`, NumPy and torch for a block, and put them back afterwards.

    For packages that draw from these generators and take no seed. The generators belong to the whole process,
    so nothing else may draw from them meanwhile in another thread.

    Args:
        seed: From 0 to 2**32 - 1.

    >>> with seeded_globals(0):
    ...     first = random.random()
    >>> with seeded_globals(0):
    ...     first == random.random()
    True
    """
    import torch

    states = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.default_generator.manual_seed(seed)  # torch.manual_seed would reset accelerators, too
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        torch.set_rng_state(states[2])


def stream(seed: int, *keys: str | int) -> np.random.Generator:
    """A stream of random numbers of its own for what is named, such as the noise of one column.

    Numbers that belong to a column by its name, and not by its position, do not move when the columns come in
    another order. Streams of different keys are independent.

    Args:
        seed: At least 0; the same seed and keys give the same numbers.
        *keys: What the numbers are for.

    >>> bool(stream(0, "noise", "a").random() == stream(0, "noise", "a").random())
    True
    >>> bool(stream(0, "noise", "a").random() == stream(0, "noise", "b").random())
    False
    """
    digest = hashlib.blake2b(repr(keys).encode(), digest_size=16).digest()
    words = np.frombuffer(digest, dtype="<u4").tolist()
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=words))


def check_device(name: object) -> str:
    """The name of a device that torch can compute on.

    Raises:
        InputError: There is no such device here.

    >>> check_device("cpu")
    'cpu'
    """
    import torch

    try:
        device = torch.device(name)  # type: ignore[call-overload]
        torch.empty(1, device=device)
        return str(device)
    except (RuntimeError, AssertionError, TypeError):  # no such name, or a build without it
        raise InputError(
            f'torch has no device {said(name)} here; give "cpu", or "cuda" with a build of PyTorch for it.'
        ) from None


def end_with_parent(parent: int) -> None:
    """Let this process end within seconds of the one that started it, however that one ends.

    A process that is killed cannot end its workers, which would then compute on for nobody. Called in a
    process that `parent` did not start, it does nothing.

    Args:
        parent: Process id.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    watched = any(thread.name == WATCH for thread in threading.enumerate())
    if os.getppid() == parent and not watched:
        threading.Thread(target=watch, name=WATCH, daemon=True).start()


def check_memory(what: str, numbers: float) -> None:
    """Refuse what cannot fit into memory, before the work begins.

    Args:
        what: In the plural, for the error's sentence.
        numbers: How many numbers of double precision are held at once, beside what libraries take.

    Raises:
        InputError: They take more than is free.
    """
    free, needed = free_memory(), 8 * numbers + WORKSPACE
    if needed > free:
        raise InputError(
            f"The {what} take {_size(needed)} of memory, with what the libraries take, and {_size(free)} are "
            "free; ask for less at a time."
        )


@cache
def keep_freed_memory() -> None:
    """Let this process keep memory that it frees, up to 48 MB, until it needs it again.

    The GNU C library hands the free end of its heap back to the system once that is twice as large as the
    largest block that was ever freed (mallopt(3), M_MMAP_THRESHOLD), and pays for every page that it asks for
    again: a tenth of the time of work on matrices of some hundred rows. Freeing a large block, which nobody
    touches, is how it learns to keep more. Other libraries keep what they keep.

    >>> keep_freed_memory()
    """
    np.empty(KEPT, dtype=np.uint8)


def exponential(values: Array) -> Array:
    """The exponential, written over the values, of any shape.

    NumPy's is the faster one on processors with AVX-512, and torch's on others; they differ by rounding only.
    """
    if _numpy_is_quick():
        return np.exp(values, out=values)
    import torch  # here, so that importing this package stays fast

    torch.from_numpy(values).exp_()
    return values


@cache
def _numpy_is_quick() -> bool:
    """Whether NumPy's exponential takes eight numbers at a time here."""
    from numpy.lib.introspect import opt_func_info

    found = opt_func_info("^exp$", "float64").get("exp", {})
    return any(name in way["current"] for way in found.values() for name in ("AVX512", "X86_V4"))


@cache
def is_intel() -> bool:
    """Whether the processor is Intel's, on which MKL, which computes torch's products, is quick."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            return any("GenuineIntel" in line for line in lines)
    except OSError:  # no Linux
        return "GenuineIntel" in platform.processor()


def check_room_for_libraries() -> None:
    """Refuse to work in an address space that is limited to less than libraries take.

    Those that are loaded already still need room to work in, and load parts of themselves when they are first
    used: where a module begins without memory, it may fail in any way.

    Raises:
        InputError: They take more than the limit leaves.
    """
    free, needed = _address_space(), LOADED if "torch" in sys.modules else LIBRARIES
    if free < needed:
        raise InputError(
            f"The libraries that compute take {_size(needed)} of memory, and {_size(free)} are left of the "
            "limit on address space; raise it (`ulimit -v`)."
        )


def _size(count: float) -> str:
    """Bytes in words."""
    return f"{count / 2**30:,.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"


def free_memory() -> float:
    """How many bytes this process may still take; infinite where the system does not tell."""
    limits = [math.inf]
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                limits.append(1024.0 * int(line.split()[1]))
        group = Path("/sys/fs/cgroup")
        most = (group / "memory.max").read_text().strip()
        if most.isdigit():
            limits.append(float(most) - int((group / "memory.current").read_text()))
    except (OSError, ValueError):  # no Linux, or a group of another kind
        pass
    return max(0.0, min(*limits, _address_space()))


def _address_space() -> float:
    """How many bytes of it a limit leaves to this process; infinite where there is no limit."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most, _ = resource.getrlimit(resource.RLIMIT_AS)
        if most != resource.RLIM_INFINITY:
            return max(0.0, float(most - pages * resource.getpagesize()))
    except (ImportError, OSError, ValueError):
        pass
    return math.inf


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
