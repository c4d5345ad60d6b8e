"""Who may ask: names and passwords, each checked against its bcrypt hash beside the event loop, one at a time."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import Enum

from miner_agent.web.failures import Failures

MOST_WAITING = 8  # for a check, the one that is made among them
LONGEST_PASSWORD_BYTES = 72  # of which bcrypt knows
_ADDRESSES_LOGGED = 64
_NO_PASSWORD = "." * 31  # behind a salt: the hash of nothing that anybody could find
_log = logging.getLogger(__name__)


class NotAdmitted(Enum):
    """Why a question is not answered."""

    WRONG = "wrong"
    LATER = "later"  # nobody has looked


class Users:
    """Those of the configuration. None: everybody may ask. Used in the event loop, but for ``take``."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        """
        Args:
            hashes: of each user's password, by name, as bcrypt writes them.
        """
        self._secret = secrets.token_bytes(32)
        self._failures = Failures()
        self._checker = ThreadPoolExecutor(1, "passwords")
        self._waiting = 0
        self._logged: set[str] = set()
        self._good: dict[str, tuple[str, bytes]] = {}  # by which hash of each user which credential was right before
        self.take(hashes)

    def take(self, hashes: Mapping[str, str]) -> None:
        """These from now on. Who was right before and has the same hash still is."""
        costs = sorted(each[4:6] for each in hashes.values()) or ["10"]
        self._nobodies = [f"$2b${cost}${'.' * 22}{_NO_PASSWORD}" for cost in costs]
        self._hashes = dict(hashes)

    def close(self) -> None:
        """No more checks."""
        self._checker.shutdown(wait=False, cancel_futures=True)

    @property
    def are_asked_for(self) -> bool:
        """Whether there are any."""
        return bool(self._hashes)

    async def admit(self, authorization: bytes, address: str) -> str | NotAdmitted:
        """The name of the user who sends this header from that address, or why nobody may ask by it.

        A credential that was right before is known by its digest and waits for nobody. Everything else costs one hash,
        whether or not there is such a user.
        """
        told = _credential(authorization)
        if told is None:
            return NotAdmitted.WRONG
        user, password = told
        known, digest = self._hashes.get(user), self._digest(user, password)
        right_by, right = self._good.get(user, (None, b""))
        if known is not None and right_by == known and hmac.compare_digest(right, digest):
            return user
        now = time.monotonic()
        if self._waiting >= MOST_WAITING or self._failures.are_too_many(address, now):
            return NotAdmitted.LATER
        self._failures.count(address, now)  # before it is known, so that no address has more in the queue
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            is_right = await loop.run_in_executor(self._checker, _is_right, password, known or self._nobody(user))
        finally:
            self._waiting -= 1
        if is_right and known is not None and self._hashes.get(user) == known:
            self._failures.forgive(address)
            self._good[user] = known, digest
            return user
        self._tell_wrong(address)
        return NotAdmitted.WRONG

    def _nobody(self, user: str) -> str:
        """A hash that costs as much as that of some user, each time the same one: time tells nobody who is a user."""
        return self._nobodies[int.from_bytes(self._digest(user, b"")) % len(self._nobodies)]

    def _digest(self, user: str, password: bytes) -> bytes:
        name = user.encode()
        whole = len(name).to_bytes(4, "big") + name + password  # the length: no name and password run into each other
        return hmac.digest(self._secret, whole, hashlib.sha256)

    def _tell_wrong(self, address: str) -> None:
        if address not in self._logged and len(self._logged) < _ADDRESSES_LOGGED:
            self._logged.add(address)
            _log.warning("a wrong user or password came from %s; more of them are not logged", address)


def _credential(authorization: bytes) -> tuple[str, bytes] | None:
    """Name and password of a header; ``None`` where it says none.

    >>> _credential(b"Basic YTpiOmM="), _credential(b"Bearer YTpi"), _credential(b"Basic YTpi!")
    (('a', b'b:c'), None, None)
    """
    scheme, _, coded = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        name, colon, password = base64.b64decode(coded.strip(), validate=True).partition(b":")
        return (name.decode(), password) if colon else None
    except (binascii.Error, UnicodeDecodeError):
        return None


def _is_right(password: bytes, known: str) -> bool:
    """Takes as long for every password and every hash of the same cost."""
    import bcrypt  # noqa: PLC0415  who has no users loads none of it

    fits = len(password) <= LONGEST_PASSWORD_BYTES
    try:
        return bcrypt.checkpw(password[:LONGEST_PASSWORD_BYTES], known.encode("ascii")) and fits
    except ValueError:  # a hash that only looks like one
        return False
