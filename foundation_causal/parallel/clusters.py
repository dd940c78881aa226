"""Clusters of Dask that take work over through `joblib`, each by the address of its scheduler.

Dask is optional: the extra `cluster` brings it.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from foundation_causal.errors import InputError, quoted, reason, said

SCHEMES = {"dask": "tcp", "tcp": "tcp", "tls": "tls"}  # and what Dask calls them
PATIENCE = 5.0  # seconds until a cluster that does not answer counts as none


@dataclass(frozen=True)
class Cluster:
    """A cluster that is connected.

    Attributes:
        address: As the user gave it.
        backend: What `joblib.parallel_config` takes to work there.
        client: The connection.
    """

    address: str
    backend: Mapping[str, Any]
    client: Any = field(default=None, repr=False)

    def workers(self) -> set[str]:
        """The workers that are there now."""
        return set() if self.client is None else set(self.client.run_on_scheduler(_addresses))


def _addresses(dask_scheduler: Any) -> list[str]:
    return list(dask_scheduler.workers)


def check_address(address: str) -> SplitResult:
    """The parts of an address of a scheduler.

    Raises:
        InputError: It is none.

    >>> check_address("tcp://10.0.0.1:8786").port
    8786
    """
    try:
        parts = urlsplit(address)
        if parts.scheme in SCHEMES and parts.hostname and parts.port:
            return parts
    except (ValueError, AttributeError, TypeError):  # a port that is no number, or no text at all
        pass
    raise InputError(
        f"The cluster {said(address)} is no address; give that of a Dask scheduler, dask://host:port or "
        "tcp://host:port."
    )


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """Connect to a cluster for the time of a block.

    Args:
        address: `dask://host:port`, `tcp://host:port` or `tls://host:port` of a Dask scheduler.

    Raises:
        InputError: No such address, no Dask, nothing that answers there in time, or no worker.
    """
    parts = check_address(address)
    try:
        # Dask tries for half a minute where nothing listens; an attempt of our own tells in seconds.
        socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=PATIENCE).close()
        client = _client(f"{SCHEMES[parts.scheme]}://{parts.netloc}")
    except OSError as error:
        raise InputError(
            f"No Dask cluster answers at {quoted([address])} ({reason(error)}); start it, or correct the "
            "address."
        ) from error
    with client:
        cluster = Cluster(address, {"backend": "dask", "client": client}, client)
        if not cluster.workers():
            raise InputError(f"The Dask cluster at {quoted([address])} has no workers; start some.")
        yield cluster


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise InputError(
            'Dask is not installed; install it by: pip install "foundation-causal[cluster]".'
        ) from error
    return Client(address, timeout=PATIENCE, set_as_default=False)
