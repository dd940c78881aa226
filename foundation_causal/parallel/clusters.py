"""Clusters that take work over through `joblib`: Dask and Ray, each by the address of its head.

Both packages are optional: the extra `cluster` brings Dask, and Ray is installed beside it.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from foundation_causal.errors import InputError, quoted, reason, said

KINDS = {"dask": "Dask", "tcp": "Dask", "tls": "Dask", "ray": "Ray"}
INSTALLED_BY = {"Dask": 'pip install "foundation-causal[cluster]"', "Ray": 'pip install "ray[client]"'}
PATIENCE = 5.0  # seconds until a cluster that does not answer counts as none


@dataclass(frozen=True)
class Cluster:
    """A cluster that is connected.

    Attributes:
        address: As the user gave it.
        backend: What `joblib.Parallel` takes to work there.
        client: The connection to Dask; None for Ray, which tells less of its workers.
    """

    address: str
    backend: Mapping[str, Any]
    client: Any = field(default=None, repr=False)

    def workers(self) -> set[str]:
        """The workers that are there now, as far as the cluster tells."""
        if self.client is None:
            return set()
        return set(self.client.run_on_scheduler(_addresses))


def _addresses(dask_scheduler: Any) -> list[str]:
    return list(dask_scheduler.workers)


def kind_of(address: str) -> str:
    """What runs at an address: "Dask" or "Ray".

    Raises:
        InputError: It is no address of either.

    >>> kind_of("dask://head:8786"), kind_of("tcp://10.0.0.1:8786"), kind_of("ray://head:10001")
    ('Dask', 'Dask', 'Ray')
    """
    try:
        parts = urlsplit(address)
        if parts.scheme in KINDS and parts.hostname and parts.port:
            return KINDS[parts.scheme]
    except (ValueError, AttributeError, TypeError):  # a port that is no number, or no text at all
        pass
    raise InputError(
        f"The cluster {said(address)} is no address; give dask://host:port or tcp://host:port for Dask, or "
        "ray://host:port for Ray."
    )


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """Connect to a cluster for the time of a block.

    Args:
        address: `dask://host:port` or `tcp://host:port` of a Dask scheduler; `ray://host:port` of a Ray head.

    Raises:
        InputError: No such address, its package is not installed, or nothing answers there in time.
    """
    kind, parts = kind_of(address), urlsplit(address)
    try:
        connect = _dask if kind == "Dask" else _ray
        # Both packages try for half a minute where nothing listens; an attempt of our own tells in seconds.
        socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=PATIENCE).close()
        with connect(address) as cluster:
            yield cluster
    except ImportError as error:
        if error.name and error.name.split(".")[0] not in ("dask", "distributed", "ray", "grpc"):
            raise
        raise InputError(f"{kind} is not installed; install it by: {INSTALLED_BY[kind]}.") from error
    except OSError as error:
        raise _absent(address, kind, error) from error


def _absent(address: str, kind: str, error: Exception) -> InputError:
    return InputError(
        f"No {kind} cluster answers at {quoted([address])} ({reason(error)}); start it, or correct the "
        "address."
    )


@contextmanager
def _dask(address: str) -> Iterator[Cluster]:
    from distributed import Client

    scheme, _, place = address.partition("://")
    with Client(
        f"{'tcp' if scheme == 'dask' else scheme}://{place}", timeout=PATIENCE, set_as_default=False
    ) as client:
        cluster = Cluster(address, {"backend": "dask", "client": client}, client)
        if not cluster.workers():
            raise InputError(f"The Dask cluster at {quoted([address])} has no workers; start some.")
        yield cluster


@contextmanager
def _ray(address: str) -> Iterator[Cluster]:
    import ray
    from ray.util.joblib import register_ray

    ray.init(address=address, log_to_driver=False)
    try:
        register_ray()
        yield Cluster(address, {"backend": "ray"})
    finally:
        ray.shutdown()
