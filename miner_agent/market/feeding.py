"""Brings one feed's reading: from its cache while that is fresh, else from the source, else the last good one.

Reads no clock. Whoever asks says what time it is, and may ask as often as it likes: the source is not asked sooner than
its interval, and after failures ever later.
"""

import hashlib
import json
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from calculators.chain.coin import Coin
from miner_agent.errors import (
    AuthRefused,
    BadPayload,
    ConfigError,
    SourceError,
    StorageError,
    Throttled,
    Unreachable,
    said_of,
)
from miner_agent.market.feed import Feed, FeedReading, FeedRequest, FeedSettings, KeyPlace
from miner_agent.market.feed_payload import MAXIMUM_BYTES
from miner_agent.storage.feed_cache import FeedCache, Kept
from miner_agent.text import clean_text

FIRST_WAIT_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 6 * 3600.0
WAIT_AFTER_REFUSAL_SECONDS = 3600.0  # a key or a quota does not mend itself within minutes


class Fetch(Protocol):
    """``transport_feeds.fetch``."""

    def __call__(
        self,
        asked: tuple[FeedRequest, ...],
        *,
        base_url: str,
        now: datetime,
        deadline_seconds: float,
        key: str | None,
        key_place: KeyPlace | None,
    ) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Obtained:
    """What one feed says now. ``reading`` may be an old one: ``taken_at`` is when its answer came."""

    reading: FeedReading | None  # None: there never was one
    taken_at: datetime | None
    error: SourceError | None = None  # why it is not a new one, where it should be
    unkept: StorageError | None = None  # why it will not outlive a restart
    not_before: datetime | None = None  # when it may be asked again; None: whenever somebody likes


def obtain(
    settings: FeedSettings,
    *,
    feed: Feed,
    coins: Mapping[str, Coin],
    now: datetime,
    fetch: Fetch,
    cache: FeedCache | None = None,
    key: str | None = None,
) -> Obtained:
    """The reading of one configured feed. A failing source costs a sentence, never the last good reading.

    Raises:
        ConfigError: the feed's settings cannot be used.
    """
    read = _reader(settings, feed, coins)
    if settings.file is not None:
        return _from_file(settings, settings.file, parse=read)
    kept, unkept = Kept(asked=fingerprint(settings)), None
    if cache is not None:
        try:
            kept = cache.get(settings.name, asked=kept.asked, now=now)
        except StorageError as error:
            unkept = error
    if kept.not_before is not None and now < kept.not_before:
        return _old(kept, read, error=None, unkept=unkept)
    asked = _requests(settings, feed, coins, now)
    try:
        raw = fetch(
            asked,
            base_url=settings.base_url or "",
            now=now,
            deadline_seconds=settings.deadline_seconds,
            key=key,
            key_place=feed.key,
        )
        reading = read(raw, now)
        if not (reading.quotes or reading.rates or reading.slots):
            raise _nothing(reading)
    except SourceError as error:
        wait = timedelta(seconds=wait_seconds(error, failures=kept.failures))
        kept = replace(kept, not_before=now + wait, failures=kept.failures + 1)
        return _old(kept, read, error=said_of(settings.name, error), unkept=_put(cache, settings.name, kept) or unkept)
    interval = timedelta(seconds=settings.interval_seconds)
    kept = Kept(asked=kept.asked, raw=raw, fetched_at=now, not_before=now + interval)
    unkept = _put(cache, settings.name, kept) or unkept
    return Obtained(reading=reading, taken_at=now, unkept=unkept, not_before=kept.not_before)


def wait_seconds(error: SourceError, *, failures: int) -> float:
    """How long a source is left alone after one more failure: a minute, then twice as long each time, up to six hours.

    What it asks for itself in ``Retry-After`` is the least. A refused key or a used up quota waits an hour at least.

    Args:
        error: why it failed.
        failures: how many there were before, in a row.

    >>> [wait_seconds(Unreachable("x"), failures=count) for count in (0, 1, 2, 20)]
    [60.0, 120.0, 240.0, 21600.0]
    >>> wait_seconds(Throttled("x", 7200.0), failures=0)
    7200.0
    """
    wait = min(FIRST_WAIT_SECONDS * 2.0 ** min(failures, 16), LONGEST_WAIT_SECONDS)
    if isinstance(error, Throttled) and error.retry_after_seconds is not None:
        return max(wait, error.retry_after_seconds)
    if isinstance(error, AuthRefused | Throttled):
        return max(wait, WAIT_AFTER_REFUSAL_SECONDS)
    return wait


def fingerprint(settings: FeedSettings) -> str:
    """What a cached answer is an answer to: another address or other parameters make it worthless. No key is in it."""
    asked = [settings.feed, settings.base_url, sorted(settings.parameters.items())]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The bytes of a file and when they were written."""

    raw: bytes
    written_at: datetime


def read_saved(path: Path) -> Saved:
    """A saved answer: an ordinary file within the byte cap.

    Raises:
        BadPayload: it is larger.
        Unreachable: it cannot be read, or is no ordinary file.
    """
    shown = clean_text(str(path), length=256)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would wait for its writer
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise Unreachable(f"{shown}: it is no ordinary file; name one that holds an answer")
            with os.fdopen(handle, "rb", closefd=False) as file:
                raw = file.read(MAXIMUM_BYTES + 1)
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no path"
        raise Unreachable(f"{shown}: {reason.lower()}; name a file that this user may read") from None
    if len(raw) > MAXIMUM_BYTES:
        raise BadPayload(shown, f"{found.st_size} bytes", f"at most {MAXIMUM_BYTES >> 20} MiB")
    return Saved(raw=raw, written_at=datetime.fromtimestamp(found.st_mtime, UTC))


def _from_file(settings: FeedSettings, file: Path, *, parse: "_Read") -> Obtained:
    try:
        saved = read_saved(file)
        reading = undated(parse(saved.raw, saved.written_at), saved.written_at)
    except SourceError as error:
        return Obtained(reading=None, taken_at=None, error=said_of(settings.name, error))
    return Obtained(reading=reading, taken_at=saved.written_at)


def undated(reading: FeedReading, saved_at: datetime) -> FeedReading:
    """What a saved answer says. What does not tell its own time was given that of the file, which says nothing of it:
    any answer can be copied.
    """
    quotes = tuple(
        replace(
            quote,
            undated=quote.taken_at == saved_at,
            price_taken_at=None if quote.price_taken_at == saved_at else quote.price_taken_at,
        )
        for quote in reading.quotes
    )
    rates = tuple(replace(rate, undated=rate.taken_at == saved_at) for rate in reading.rates)
    return replace(reading, quotes=quotes, rates=rates)


_Read = Callable[[bytes, datetime], FeedReading]


def _reader(settings: FeedSettings, feed: Feed, coins: Mapping[str, Coin]) -> _Read:
    def read(raw: bytes, taken_at: datetime) -> FeedReading:
        try:
            return feed.parse(raw, taken_at=taken_at, coins=coins, parameters=settings.parameters)
        except ValueError as error:
            raise ConfigError(f"{settings.name}: {error}") from None

    return read


def _requests(settings: FeedSettings, feed: Feed, coins: Mapping[str, Coin], now: datetime) -> tuple[FeedRequest, ...]:
    if feed.requests is None:
        raise ConfigError(f"{settings.name}: {feed.name} is read from a file; set file")
    try:
        return feed.requests(settings.parameters, now=now, coins=coins)
    except ValueError as error:
        raise ConfigError(f"{settings.name}: {error}") from None


def _nothing(reading: FeedReading) -> BadPayload:
    """The error of an answer in which nothing stands: its first problem says why."""
    error = BadPayload("the answer", "empty", "something that can be used")
    if reading.problems:
        error.args = (f"nothing in the answer can be used: {reading.problems[0]}",)
    return error


def _old(kept: Kept, read: _Read, *, error: SourceError | None, unkept: StorageError | None) -> Obtained:
    """The last good reading; none where there is none, or where this program reads it no more."""
    if kept.raw is None or kept.fetched_at is None:
        return Obtained(reading=None, taken_at=None, error=error, unkept=unkept, not_before=kept.not_before)
    try:
        reading = read(kept.raw, kept.fetched_at)
    except BadPayload as bad:
        return Obtained(reading=None, taken_at=None, error=error or bad, unkept=unkept, not_before=kept.not_before)
    return Obtained(reading=reading, taken_at=kept.fetched_at, error=error, unkept=unkept, not_before=kept.not_before)


def _put(cache: FeedCache | None, name: str, kept: Kept) -> StorageError | None:
    if cache is not None:
        try:
            cache.put(name, kept)
        except StorageError as error:
            return error
    return None
