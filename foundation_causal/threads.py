"""How many threads small matrices get: one."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


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
    if "torch" in sys.modules:
        sys.modules["torch"].get_num_threads()  # torch sets its number at its first use: not inside the block
    with threadpool_limits(1):
        yield
