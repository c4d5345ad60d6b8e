"""How alerts stand, what became of them, what was counted for their windows, and when all that was looked at last."""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import DecodeError, Struct, json

from miner_agent.model.alerting import AlertStanding, Transition
from miner_agent.storage.kept_alerts.moments import from_ms, to_ms

TRANSITIONS_KEPT = timedelta(days=90)
MOST_TRANSITIONS = 20_000


class LastLook(Struct, frozen=True, kw_only=True):
    """When alerts were looked at last, by three clocks. [s]"""

    boot_id: str | None  # of the second clock, which begins anew with each boot; None: not known
    at: datetime
    steady_seconds: float
    alerts_seconds: float  # of the alerts' own clock, which goes on over restarts


def read_standings(connection: sqlite3.Connection) -> tuple[AlertStanding, ...]:
    """All that are not inactive. What cannot be read is as if it were."""
    found = connection.execute("SELECT body FROM standings ORDER BY fingerprint").fetchall()
    return tuple(standing for (body,) in found if (standing := _standing(body)) is not None)


def write_standings(connection: sqlite3.Connection, standings: Iterable[AlertStanding], gone: Iterable[str]) -> None:
    """Keep these, and forget others by fingerprint."""
    statement = (
        "INSERT INTO standings (fingerprint, body) VALUES (?, ?) "
        "ON CONFLICT (fingerprint) DO UPDATE SET body = excluded.body"
    )
    connection.executemany(statement, [(s.key.fingerprint, json.encode(s).decode()) for s in standings])
    connection.executemany("DELETE FROM standings WHERE fingerprint = ?", [(one,) for one in gone])


def forget_standings(connection: sqlite3.Connection) -> None:
    """Forget all of them: what is known is written in their place."""
    connection.execute("DELETE FROM standings")


def add_transitions(connection: sqlite3.Connection, transitions: Iterable[Transition]) -> None:
    """Write down what became of alerts."""
    rows = [(to_ms(t.at), t.key.fingerprint, json.encode(t).decode()) for t in transitions]
    connection.executemany("INSERT INTO transitions (at, fingerprint, body) VALUES (?, ?, ?)", rows)


def read_transitions(connection: sqlite3.Connection, *, most: int) -> list[Transition]:
    """The newest first."""
    found = connection.execute("SELECT body FROM transitions ORDER BY id DESC LIMIT ?", (most,)).fetchall()
    return [json.decode(body, type=Transition) for (body,) in found]


def tidy_transitions(connection: sqlite3.Connection, now: datetime) -> None:
    """Forget the oldest."""
    connection.execute("DELETE FROM transitions WHERE at < ?", (to_ms(now - TRANSITIONS_KEPT),))
    connection.execute(
        "DELETE FROM transitions WHERE id <= (SELECT id FROM transitions ORDER BY id DESC LIMIT 1 OFFSET ?)",
        (MOST_TRANSITIONS,),
    )


def note_look(connection: sqlite3.Connection, look: LastLook) -> None:
    """Keep when alerts were looked at last."""
    connection.execute("DELETE FROM last_look")
    row = (look.boot_id, to_ms(look.at), round(look.steady_seconds * 1000), round(look.alerts_seconds * 1000))
    connection.execute("INSERT INTO last_look (boot_id, at, steady_ms, alerts_ms) VALUES (?, ?, ?, ?)", row)


def read_look(connection: sqlite3.Connection) -> LastLook | None:
    """When the last run looked last; ``None``: there was none."""
    found = connection.execute("SELECT boot_id, at, steady_ms, alerts_ms FROM last_look").fetchone()
    if found is None:
        return None
    boot_id, at, steady_ms, alerts_ms = found
    return LastLook(boot_id=boot_id, at=from_ms(at), steady_seconds=steady_ms / 1000, alerts_seconds=alerts_ms / 1000)


def write_accumulators(connection: sqlite3.Connection, kept: Mapping[str, bytes], now: datetime) -> None:
    """Keep what was counted for the windows of rules, by rig."""
    statement = (
        "INSERT INTO accumulators (rig, kept, kept_at) VALUES (?, ?, ?) "
        "ON CONFLICT (rig) DO UPDATE SET kept = excluded.kept, kept_at = excluded.kept_at"
    )
    connection.executemany(statement, [(rig, one, to_ms(now)) for rig, one in kept.items()])


def read_accumulators(connection: sqlite3.Connection) -> dict[str, bytes]:
    """By rig."""
    return dict(connection.execute("SELECT rig, kept FROM accumulators").fetchall())


def _standing(body: str) -> AlertStanding | None:
    try:
        return json.decode(body, type=AlertStanding)
    except DecodeError:
        return None
