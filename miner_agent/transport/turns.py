"""Who may talk when: one conversation at a time with each host, and so many in all.

The web servers and APIs of control boards are weak: asked twice at once, some answer neither.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from miner_agent.transport.endpoint import Endpoint

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class Turns:
    """The turns of one event loop."""

    def __init__(self, at_once: int) -> None:
        self._room = asyncio.Semaphore(at_once)
        self._hosts: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, endpoint: Endpoint) -> AsyncIterator[None]:
        """Wait until it is this source's turn, and keep it for the block."""
        lock = self._hosts.setdefault(host_of(endpoint), asyncio.Lock())
        async with lock, self._room:  # whoever waits for its host takes no room
            yield


def host_of(endpoint: Endpoint) -> str:
    """What stands for one machine. A port of localhost is a tunnel, and each leads to a machine of its own.

    >>> host_of(Endpoint(scheme="tcp", host="10.0.0.7", port=4028))
    '10.0.0.7'
    >>> host_of(Endpoint(scheme="tcp", host="127.0.0.1", port=14028))
    '127.0.0.1:14028'
    """
    return endpoint.authority if endpoint.host in _THIS_MACHINE else endpoint.host
