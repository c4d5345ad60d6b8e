"""Miners that have just been started, and want to be left alone until they are ready for a question.

A start is seen where a port refused its connection and then takes one. That one is closed without a word, and the
miner is asked when its grace is over. A start that nobody saw, such as one before the agent's own, has none.
"""

from time import monotonic

from miner_agent.errors import JustStarted
from miner_agent.transport.endpoint import Endpoint
from miner_agent.transport.wire import Connection


class Starts:
    """Those of one transport. Used in its event loop only."""

    def __init__(self) -> None:
        self._refused: set[Endpoint] = set()
        self._asked_from: dict[Endpoint, float] = {}  # on the monotonic clock

    async def wait_for(self, line: Connection, grace_seconds: float) -> None:
        """Return where the miner may be asked.

        Raises:
            JustStarted: its grace is not over.
            Unreachable: it takes no connection.
        """
        endpoint = line.endpoint
        if endpoint in self._refused:
            await line.reach()
            line.close()
            self._refused.discard(endpoint)
            self._asked_from[endpoint] = monotonic() + grace_seconds
        left_seconds = self._asked_from.get(endpoint, 0.0) - monotonic()
        if left_seconds > 0:
            raise JustStarted(
                f"{endpoint}: started a moment ago; asked in {left_seconds:.0f} s, as start_grace_seconds says"
            )
        self._asked_from.pop(endpoint, None)

    def note(self, line: Connection) -> None:
        """Remember a port that takes no connection: what takes one there next has just been started."""
        if line.refused:
            self._refused.add(line.endpoint)
