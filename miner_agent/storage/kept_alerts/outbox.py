"""What is to be sent, by channel, until it is delivered: on disk before it is sent; in memory where there is no disk.

A row an alert and channel. Rows of one alert are in the order in which they were put.
"""

import sqlite3
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeAlias

from msgspec import DecodeError, Struct, json, structs

from miner_agent.errors import AgentError
from miner_agent.model.alerting import Notice, Waiting
from miner_agent.storage.kept_alerts.alerts_file import AlertsFile
from miner_agent.storage.kept_alerts.moments import from_ms, to_ms

EXPIRES_AFTER = timedelta(days=2)  # a channel that was away for a day is told of all of it
KEPT_AFTER = timedelta(days=7)  # what was delivered or dropped
_INSERT = (
    "INSERT INTO outbox (dedupe_key, fingerprint, channel, state, body, made_at, expires_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id"
)
_WAITING = (
    "SELECT id, channel, body, made_at, expires_at FROM outbox "
    "WHERE delivered_at IS NULL AND dropped IS NULL ORDER BY id"
)
_AT_PLACE = "WHERE channel = ? AND dedupe_key = ?"
ChannelsFor: TypeAlias = Callable[[Notice], tuple[str, ...]]
_Place: TypeAlias = tuple[str, str]
"""Of a row: its channel, and what tells it from every other there."""


class Outgoing(Struct, frozen=True):
    """A notice, and the channels that it goes by."""

    notice: Notice
    channels: tuple[str, ...]


class Outbox:
    """Any thread may call. What a disk does not take is noted in memory, and written once it does."""

    def __init__(self, file: AlertsFile) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._waiting: dict[_Place, Waiting] = {}  # in order
        self._unwritten: dict[
            _Place, str
        ] = {}  # what became of rows, as yet to be written: a dropped one has its reason
        self._is_read = False
        file.at_opening(self._bring_up)

    # Whoever finds alerts

    def insert(self, connection: sqlite3.Connection, news: Iterable[Outgoing], now: datetime) -> list[Waiting]:
        """Put notices in, as a part of a transaction; ``take`` what this gives once that is committed.

        The same state of an alert since the same moment is put in once, however often it is tried.
        """
        rows = [_row(notice, channel, now) for notice, channel in _each(news)]
        return [inserted for row in rows if (inserted := _inserted(connection, row)) is not None]

    def take(self, rows: Iterable[Waiting]) -> None:
        """They are on disk, and wait from now on."""
        with self._lock:
            self._waiting.update({_place(row): row for row in rows})

    def take_unrecorded(self, news: Iterable[Outgoing], now: datetime) -> None:
        """The disk did not take them: they wait in memory, marked so."""
        self.take(_row(structs.replace(notice, recorded=False), channel, now) for notice, channel in _each(news))

    def hand_on(self, channels: Container[str], channels_for: ChannelsFor, now: datetime) -> tuple[str, ...]:
        """What waits for a channel that is no more goes by those that want it and were not given it; for which it was.

        Args:
            channels: that there are.
            channels_for: by which of them an alert is told.
            now: wall clock.
        """
        with self._lock:
            strays = [row for row in self._waiting.values() if row.channel not in channels]
        if not strays:
            return ()
        wanted = [structs.replace(row, channel=channel) for row in strays for channel in channels_for(row.notice)]
        try:
            with self._file.writing(now) as connection:
                put = [_inserted(connection, row) if row.notice.recorded else row for row in wanted]
                connection.executemany(f"DELETE FROM outbox {_AT_PLACE}", [_place(row) for row in strays])  # noqa: S608 - ours
        except AgentError:  # they are handed on when the disk takes it
            return ()
        with self._lock:
            for row in strays:
                self._waiting.pop(_place(row), None)
        self.take(row for row in put if row is not None)
        return tuple(dict.fromkeys(row.channel for row in strays))

    # Whoever sends them

    def waiting(self, channel: str, now: datetime) -> list[Waiting]:
        """All that waits for a channel, in the order in which it was put, due or not."""
        self._read(now)
        with self._lock:
            return [row for row in self._waiting.values() if row.channel == channel]

    def delivered(self, rows: Sequence[Waiting], now: datetime) -> None:
        """The channel took them."""
        self._end(rows, now, "")

    def dropped(self, rows: Sequence[Waiting], now: datetime, why: str) -> None:
        """They are not sent any more: they expired, the channel refused them, there are too many."""
        self._end(rows, now, why)

    def was_delivered(self, fingerprint: str, channel: str, now: datetime) -> bool:
        """Whether the channel took the last notice that this alert fires. Where no disk can tell: it is believed to."""
        asked = (
            "SELECT channel, delivered_at FROM outbox WHERE fingerprint = ? AND state = 'firing' "
            "ORDER BY channel = ? DESC, id DESC LIMIT 1"
        )
        try:
            with self._file.reading(now) as connection:
                found = connection.execute(asked, (fingerprint, channel)).fetchone()
        except AgentError:
            return True
        if found is None:  # it is too long ago, or the file was lost
            return True
        told, delivered_at = found
        return told == channel and delivered_at is not None  # a channel that is new since was not told

    def _end(self, rows: Sequence[Waiting], now: datetime, why: str) -> None:
        with self._lock:
            for row in rows:
                self._waiting.pop(_place(row), None)
            self._unwritten.update({_place(row): why for row in rows if row.notice.recorded})
        self._write(now)

    def _write(self, now: datetime) -> None:
        """Note what became of rows. What the disk does not take now goes with the next; the file says so."""
        with self._lock:
            ended = dict(self._unwritten)
        delivered = [(to_ms(now), *place) for place, why in ended.items() if not why]
        dropped = [(why, *place) for place, why in ended.items() if why]
        try:
            with self._file.writing(now) as connection:
                connection.executemany(f"UPDATE outbox SET delivered_at = ? {_AT_PLACE}", delivered)  # noqa: S608 - ours
                connection.executemany(f"UPDATE outbox SET dropped = ? {_AT_PLACE}", dropped)  # noqa: S608 - ours
        except AgentError:
            return
        with self._lock:
            for place in ended:
                self._unwritten.pop(place, None)

    def _read(self, now: datetime) -> None:
        """Take what earlier runs left, as soon as the disk gives it."""
        if not self._is_read:
            with suppress(AgentError), self._file.reading(now):
                pass

    def _bring_up(self, connection: sqlite3.Connection, _now: datetime) -> None:
        """Take what a file holds that is opened; what it lacks of this run is written into it."""
        found = {_place(row): row for row in _rows(connection)}
        with self._lock:
            mine = {place: row for place, row in self._waiting.items() if place not in found}
            for place, row in mine.items():
                if row.notice.recorded:
                    mine[place] = _inserted(connection, row) or row
            self._waiting = {place: row for place, row in found.items() if place not in self._unwritten} | mine
            self._is_read = True


def tidy_outbox(connection: sqlite3.Connection, now: datetime) -> None:
    """Forget what was sent or given up a week ago, and what waits for a channel that is gone."""
    ended = "DELETE FROM outbox WHERE made_at < ? AND (delivered_at IS NOT NULL OR dropped IS NOT NULL)"
    connection.execute(ended, (to_ms(now - KEPT_AFTER),))
    connection.execute("DELETE FROM outbox WHERE expires_at < ?", (to_ms(now - KEPT_AFTER),))


def _each(news: Iterable[Outgoing]) -> Iterable[tuple[Notice, str]]:
    return [(one.notice, channel) for one in news for channel in one.channels]


def _row(notice: Notice, channel: str, now: datetime) -> Waiting:
    return Waiting(id=0, channel=channel, notice=notice, made_at=now, expires_at=now + EXPIRES_AFTER)


def _place(row: Waiting) -> _Place:
    return row.channel, _dedupe_key(row.notice)


def _dedupe_key(notice: Notice) -> str:
    moment = notice.since if notice.ended is None else notice.ended
    return f"{notice.key.fingerprint}:{notice.state}:{to_ms(moment)}"


def _inserted(connection: sqlite3.Connection, row: Waiting) -> Waiting | None:
    """The row with its number; ``None``: it is there already."""
    values = (
        _dedupe_key(row.notice),
        row.notice.key.fingerprint,
        row.channel,
        row.notice.state,
        json.encode(row.notice).decode(),
        to_ms(row.made_at),
        to_ms(row.expires_at),
    )
    found = connection.execute(_INSERT, values).fetchone()
    return None if found is None else structs.replace(row, id=found[0])


def _rows(connection: sqlite3.Connection) -> Iterator[Waiting]:
    """All that waits; what cannot be read is left where it is."""
    for number, channel, body, made_at, expires_at in connection.execute(_WAITING):
        try:
            notice = json.decode(body, type=Notice)
        except DecodeError:
            continue
        yield Waiting(
            id=number,
            channel=channel,
            notice=notice,
            made_at=from_ms(made_at),
            expires_at=from_ms(expires_at),
        )
