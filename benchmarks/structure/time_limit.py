"""A limit on what a run may take of the processor."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class OutOfTimeError(BaseException):
    """Not an Exception, which packages and the evaluation take for a method's answer."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Interrupt the block after so many seconds of the processor, by an OutOfTimeError.

    A limit by the clock would mean something else on a busy machine. Code that is not Python's is interrupted
    when it returns.
    """

    def stop(*_: object) -> None:
        raise OutOfTimeError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
