"""Ports for what the tests start: never the same one twice, also where several processes test.

The bot's own `free_port` chooses among others, further up.
"""

import os
import random
import socket
from contextlib import suppress
from itertools import cycle

_EACH = 1_000
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 10
_FIRST = 12_000 + _WORKER * _EACH
# Somebody else may test on this machine, too.
_SKIPPED = random.randrange(_EACH)
_PORTS = cycle(_FIRST + (_SKIPPED + number) % _EACH for number in range(_EACH))


def free_port() -> int:
    """One that nobody listens on now, nor will before a thousand others have been given out."""
    return next(port for port in _PORTS if _free(port))


def free_ports(count: int) -> list[int]:
    """So many, each the next after the one before."""
    ports: list[int] = []
    while len(ports) < count:
        port = free_port()
        if ports and port != ports[-1] + 1:
            ports.clear()
        ports.append(port)
    return ports


def _free(port: int) -> bool:
    with socket.socket() as probe, suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False
