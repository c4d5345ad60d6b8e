"""Passwords that were refused: not sent again for a minute, since sources count wrong ones and lock their owner out."""

from time import monotonic

from miner_agent.errors import AuthRefused
from miner_agent.transport.endpoint import Endpoint

REFUSED_SECONDS = 60.0


class Refusals:
    """Those of one transport. Used in its event loop only."""

    def __init__(self) -> None:
        self._until: dict[Endpoint, float] = {}  # on the monotonic clock

    def check(self, endpoint: Endpoint) -> None:
        """Raises AuthRefused: the password was refused a moment ago."""
        if monotonic() < self._until.get(endpoint, 0.0):
            raise AuthRefused(
                f"{endpoint}: it refused the password within the last minute; correct it where token_file says"
            )

    def of(self, endpoint: Endpoint) -> AuthRefused:
        """The error for a password that was refused now."""
        self._until[endpoint] = monotonic() + REFUSED_SECONDS
        return AuthRefused(f"{endpoint}: it refused the password; correct it where token_file says")
