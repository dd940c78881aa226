"""Linear algebra on one thread, and room for the libraries that compute."""

import os
import platform
import subprocess
import sys

import pytest
import torch  # noqa: F401 - so that it is loaded

from foundation_causal import runtime
from foundation_causal.errors import InputError

PROGRAM = """
import torch
from foundation_causal.runtime import one_thread
torch.set_num_threads(3)
with one_thread():
    print(torch.get_num_threads())
print(torch.get_num_threads())
"""


def test_the_first_work_of_a_process_gets_one_thread_and_the_rest_what_was_set():
    environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True)
    assert done.stdout.split() == ["1", "3"], done.stderr


def test_libraries_that_are_loaded_still_need_room(monkeypatch):
    monkeypatch.setattr(runtime, "_address_space", lambda: 159 * 2**20)
    with pytest.raises(InputError, match="take 160 MB of memory, and 159 MB are left"):
        runtime.check_room_for_libraries()
    monkeypatch.setattr(runtime, "_address_space", lambda: 161 * 2**20)
    runtime.check_room_for_libraries()
    monkeypatch.delitem(sys.modules, "torch")
    with pytest.raises(InputError, match=r"take 1\.0 GB of memory, and 161 MB are left"):
        runtime.check_room_for_libraries()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="what other libraries keep is theirs")
def test_freed_memory_is_used_again_without_asking_the_system():
    program = """
import resource
import numpy as np
from foundation_causal.runtime import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        blocks = [np.ones(2**17 + i) for i in range(4)]  # a megabyte each, of 256 pages
        del blocks
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

first = faults()
keep_freed_memory()
faults()
print(first, faults())
"""
    tuned = ("MALLOC_", "GLIBC_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(tuned)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    before, after = map(int, done.stdout.split())
    assert after < before / 4
