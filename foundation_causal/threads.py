"""How many threads small matrices get: one."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch on one thread inside the block.

    Thousands of operations on small matrices gain little from a second thread, and on a busy machine
    their threads wait for each other: a search of 4 s took 60 s with two threads on two loaded cores.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
