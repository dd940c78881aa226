"""Work that is spread: every result once, wherever and however often a worker dies."""

import socket
import sys
import time
from contextlib import contextmanager

import pytest

from foundation_causal.errors import InputError, LostWorkersWarning
from foundation_causal.parallel import spread as module
from foundation_causal.parallel.clusters import Cluster, check_address, connected
from foundation_causal.parallel.spread import spread
from foundation_causal.runs import finished


class KilledWorker(Exception):
    """As Dask raises it."""


def double(k: int) -> int:
    return 2 * k


def test_results_come_with_their_places():
    assert dict(spread(double, [3, 1, 2])) == {0: 6, 1: 2, 2: 4}


def test_what_a_worker_had_is_done_again_and_said(monkeypatch):
    plain, rounds = module._round, []

    def dying(work, left, jobs, there):
        rounds.append(list(left))
        for number, done in enumerate(plain(work, left, jobs, there)):
            if number == 2 and len(rounds) < 3:
                raise KilledWorker("attempted to run task on a worker that died")
            yield done

    monkeypatch.setattr(module, "_round", dying)
    with pytest.warns(LostWorkersWarning, match="worker died meanwhile"):
        assert dict(spread(double, range(6))) == {k: 2 * k for k in range(6)}
    assert rounds == [[0, 1, 2, 3, 4, 5], [2, 3, 4, 5], [4, 5]]


def test_workers_that_always_die_are_given_up(monkeypatch, one_sentence):
    def dead(*_):
        raise KilledWorker("out of memory")
        yield

    monkeypatch.setattr(module, "_round", dead)
    with one_sentence("Workers died 3 times", "out of memory"):
        list(spread(double, [1]))


def test_workers_that_are_gone_in_the_end_are_said(monkeypatch):
    class Shrinking(Cluster):
        def workers(self):
            seen.append(1)
            return {"a", "b"} if len(seen) == 1 else {"a"}

    @contextmanager
    def here(address):
        yield Shrinking(address, {"backend": "threading"})

    seen: list[int] = []
    monkeypatch.setattr(module, "connected", here)
    with pytest.warns(LostWorkersWarning, match="1 worker died"):
        assert dict(spread(double, [1, 2], cluster="tcp://here:1")) == {0: 2, 1: 4}


def test_errors_of_the_work_are_raised():
    with pytest.raises(ZeroDivisionError):
        list(spread(lambda k: 1 // k, [0]))


@pytest.mark.parametrize("scheme", ["dask", "tcp"])
def test_a_cluster_that_is_not_there_is_one_sentence_within_seconds(scheme, one_sentence):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = time.perf_counter()
    with one_sentence("cluster answers at", str(port)), connected(f"{scheme}://127.0.0.1:{port}"):
        pass
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize(
    "address", ["", "localhost", "http://a:80", "tcp://a", "tcp://a:b", "ray://a:1", None, 5]
)
def test_what_is_no_address_is_refused(address, one_sentence):
    with one_sentence("is no address"):
        check_address(address)


def test_a_time_limit_is_for_this_machine(one_sentence):
    with one_sentence("leave out the limit or the cluster"):
        list(finished(double, [1], time_limit=1.0, cluster="tcp://a:1"))


def test_a_package_that_is_missing_is_said(monkeypatch, one_sentence):
    monkeypatch.setitem(sys.modules, "distributed", None)  # as if it were not installed
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with one_sentence("Dask is not installed", "pip install"), connected(f"tcp://127.0.0.1:{port}"):
            pass


def test_an_input_error_is_no_loss():
    assert not module.is_loss(InputError("No."))
