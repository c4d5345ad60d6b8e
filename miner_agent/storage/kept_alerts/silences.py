"""Silences on disk. Commands make and end them while the agent runs."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import DecodeError, json

from miner_agent.model.alerting import Silence
from miner_agent.storage.kept_alerts.moments import from_ms, to_ms

SILENCES_KEPT = timedelta(days=90)  # after their end
_COLUMNS = "id, matchers, until, author, comment, made_at"


def read_silences(connection: sqlite3.Connection, now: datetime) -> tuple[Silence, ...]:
    """Those that have not ended, in the order in which they were made."""
    asked = f"SELECT {_COLUMNS} FROM silences WHERE until > ? ORDER BY id"  # noqa: S608 - our names
    found = connection.execute(asked, (to_ms(now),)).fetchall()
    return tuple(silence for row in found if (silence := _silence(row)) is not None)


def add_silence(
    connection: sqlite3.Connection,
    matchers: Sequence[tuple[str, str]],
    *,
    until: datetime,
    author: str,
    comment: str,
    now: datetime,
) -> Silence:
    """Make one, within a transaction."""
    statement = "INSERT INTO silences (matchers, until, author, comment, made_at) VALUES (?, ?, ?, ?, ?) RETURNING id"
    values = (json.encode(matchers).decode(), to_ms(until), author, comment, to_ms(now))
    (number,) = connection.execute(statement, values).fetchone()
    return Silence(id=number, matchers=tuple(matchers), until=until, author=author, comment=comment, made_at=now)


def put_back_silences(connection: sqlite3.Connection, silences: Sequence[Silence]) -> None:
    """Write those into a new file that one held which is gone. Those that are there stay as they are."""
    statement = f"INSERT INTO silences ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608 - our names
    rows = [
        (s.id, json.encode(s.matchers).decode(), to_ms(s.until), s.author, s.comment, to_ms(s.made_at))
        for s in silences
    ]
    connection.executemany(statement, rows)


def end_silence(connection: sqlite3.Connection, number: int, now: datetime) -> bool:
    """End one now, unless it has ended; whether there is such a one."""
    statement = "UPDATE silences SET until = min(until, ?) WHERE id = ?"
    return connection.execute(statement, (to_ms(now), number)).rowcount > 0


def tidy_silences(connection: sqlite3.Connection, now: datetime) -> None:
    """Forget what is over for long."""
    connection.execute("DELETE FROM silences WHERE until < ?", (to_ms(now - SILENCES_KEPT),))


def _silence(row: tuple[int, str, int, str, str, int]) -> Silence | None:
    number, matchers, until, author, comment, made_at = row
    try:
        read = json.decode(matchers, type=tuple[tuple[str, str], ...])
    except DecodeError:  # it matches nothing that anybody could tell
        return None
    return Silence(
        id=number, matchers=read, until=from_ms(until), author=author, comment=comment, made_at=from_ms(made_at)
    )
