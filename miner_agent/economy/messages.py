"""What the agent and the process that asks feeds say to each other."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from miner_agent.config.entries import FeedEntry
from miner_agent.config.named_files import SecretFile
from miner_agent.market.feed import FeedReading


class Errand(Struct, frozen=True, kw_only=True):
    """Which feeds to ask, and what is needed for it."""

    now: datetime
    state_directory: Path
    catalog_file: Path | None
    feeds: tuple[FeedEntry, ...]


class Return(Struct, frozen=True, kw_only=True):
    """What one feed says: a reading, an error, or an older reading and why there is no new one."""

    name: str
    reading: FeedReading | None = None
    taken_at: datetime | None = None
    not_before: datetime | None = None
    reason: str | None = None
    error: str | None = None
    unkept: str | None = None


def errand_bytes(errand: Errand) -> bytes:
    return msgspec.msgpack.encode(errand, enc_hook=_plain)


def errand_of(raw: bytes) -> Errand:
    return msgspec.msgpack.decode(raw, type=Errand, dec_hook=_read)


def returns_bytes(returns: list[Return]) -> bytes:
    return msgspec.msgpack.encode(returns)


def returns_of(raw: bytes) -> list[Return]:
    """Raises ``msgspec.DecodeError`` where the process was cut short."""
    return msgspec.msgpack.decode(raw, type=list[Return])


def _plain(value: Any) -> Any:
    if isinstance(value, SecretFile):
        return (str(value.path), value.from_systemd)
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(type(value).__name__)


def _read(wanted: type, value: Any) -> Any:
    if wanted is SecretFile:
        path, from_systemd = value
        return SecretFile(Path(path), from_systemd=from_systemd)
    if wanted is Path:
        return Path(value)
    raise NotImplementedError(wanted.__name__)
