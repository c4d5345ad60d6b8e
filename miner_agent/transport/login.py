"""Sessions of sources that change a password for a token, kept until they end or are refused."""

from dataclasses import dataclass
from time import monotonic

from miner_agent.errors import AuthRefused, BadPayload, Refused
from miner_agent.sources.driver import HttpLogin, Session
from miner_agent.text import fits_in_header
from miner_agent.transport.endpoint import Endpoint
from miner_agent.transport.http_wire import log_in
from miner_agent.transport.refusals import Refusals
from miner_agent.transport.wire import Connection

SHARE_OF_TIMEOUT = 0.9  # of its life, after which a session is not relied on
LONGEST_TOKEN = 4096


@dataclass(slots=True)
class _Kept:
    session: Session
    until: float | None  # on the monotonic clock


class Logins:
    """The sessions of one transport. Used in its event loop only."""

    def __init__(self) -> None:
        self._kept: dict[Endpoint, _Kept] = {}
        self._refusals = Refusals()

    async def token(self, line: Connection, login: HttpLogin, password: str) -> str:
        """The token of the session that there is, of a new one where there is none.

        Raises:
            SourceError: there was no login.
        """
        kept = self._kept.get(line.endpoint)
        if kept is None or (kept.until is not None and monotonic() >= kept.until):
            session = await self._log_in(line, login, password)
            kept = self._kept[line.endpoint] = _Kept(session, None)
        timeout_seconds = kept.session.timeout_seconds
        if timeout_seconds is not None and timeout_seconds > 0:  # every request begins it anew
            kept.until = monotonic() + SHARE_OF_TIMEOUT * timeout_seconds
        line.keep_secret(kept.session.token)
        return kept.session.token

    def knows(self, endpoint: Endpoint) -> bool:
        """Whether there is a session, which may have ended meanwhile."""
        return endpoint in self._kept

    def forget(self, endpoint: Endpoint) -> None:
        """Begin a new session the next time."""
        self._kept.pop(endpoint, None)

    async def _log_in(self, line: Connection, login: HttpLogin, password: str) -> Session:
        endpoint = line.endpoint
        self.forget(endpoint)
        self._refusals.check(endpoint)
        try:
            answer = await log_in(line, login, password)
        except AuthRefused:
            raise self._refusals.of(endpoint) from None
        if answer is None:
            raise Refused(f"{endpoint}: it knows no {login.path} (status 404)")
        try:
            session = login.session(answer)
        except BadPayload:  # what it says could show the token
            raise _no_token(endpoint) from None
        if len(session.token) > LONGEST_TOKEN or not fits_in_header(session.token):
            raise _no_token(endpoint)
        return session


def _no_token(endpoint: Endpoint) -> Refused:
    return Refused(f"{endpoint}: its answer to the login holds no token")
