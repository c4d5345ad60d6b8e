"""Markets and advice in the log: rows in, and a history out that the calculators read.

Money stands as text, so that no digit of it is lost, and all of one row in one currency.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from calculators.horizon.history import MarketDay
from calculators.money import Money
from miner_agent.model.finances import DecisionNote, Economy, MarketNote
from miner_agent.storage.telemetry.rows import milliseconds, moment
from miner_agent.storage.telemetry.schema import DAY_MS

KEPT_MS = 400 * DAY_MS
LONGEST_TEXT = 512
TABLES = ("market", "decisions")

_ADD_MARKET = """
    INSERT INTO market (
        taken_at, coin, source, currency, price, difficulty, coins_per_hash_per_second_per_day, block_reward_coins,
        price_per_kilowatt_hour
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_ADD_DECISION = """
    INSERT INTO decisions (
        taken_at, part, rig, before_coin, after_coin, wanted_coin, reason, refused, sentence, inputs
    ) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 WHERE NOT EXISTS (
        SELECT 1 FROM (
            SELECT before_coin, after_coin, wanted_coin, reason, refused FROM decisions
            WHERE taken_at < ?1 AND part = ?2 AND rig = ?3 ORDER BY taken_at DESC LIMIT 1
        ) WHERE before_coin IS ?4 AND after_coin IS ?5 AND wanted_coin IS ?6 AND reason = ?7 AND refused = ?8
    ) ON CONFLICT DO NOTHING
"""
_NEWEST_CURRENCY = (
    "SELECT currency FROM market WHERE taken_at >= :start AND taken_at < :end ORDER BY taken_at DESC LIMIT 1"
)
_SOURCES = f"""
    SELECT coin, source, count(DISTINCT taken_at / {DAY_MS}), max(taken_at) FROM market
    WHERE taken_at >= :start AND taken_at < :end AND currency = :currency
    GROUP BY coin, source
"""  # noqa: S608 - our numbers
_LAST_OF_DAYS = f"""
    SELECT market.taken_at, market.coin, market.source, currency, price, difficulty,
        coins_per_hash_per_second_per_day, block_reward_coins
    FROM market JOIN (
        SELECT coin, max(taken_at) AS last_at FROM market
        WHERE taken_at >= :start AND taken_at < :end AND currency = :currency
        GROUP BY coin, source, taken_at / {DAY_MS}
    ) AS last ON market.coin = last.coin AND market.taken_at = last.last_at
    ORDER BY market.taken_at, market.coin
"""  # noqa: S608 - our numbers
_TARIFFS = """
    SELECT DISTINCT taken_at, price_per_kilowatt_hour FROM market
    WHERE taken_at >= :start AND taken_at < :end AND currency = :currency AND price_per_kilowatt_hour IS NOT NULL
"""
_DECISIONS = """
    SELECT taken_at, rig, part, before_coin, after_coin, wanted_coin, reason, refused, sentence, inputs FROM decisions
    WHERE taken_at >= ? AND taken_at < ? ORDER BY taken_at, part
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedDecision:
    """One piece of advice as it was given. ``None`` for a coin: to stand idle."""

    decided_at: datetime
    rig: str
    part: str
    before: str | None
    after: str | None
    wanted: str | None
    reason: str
    refused: bool
    sentence: str
    inputs: tuple[dict[str, str], ...]  # coin, algorithm, revenue_per_day and profit_per_day, the best first


def add_economy(writer: sqlite3.Connection, economy: Economy, *, rig: str, taken_at: datetime) -> None:
    """Insert what a tick brought, within its transaction. A row whose key is there already is left alone.

    So is advice that says what the last one of its rig and part said: an agent that was started anew says it again.
    """
    at_ms = milliseconds(taken_at)
    writer.executemany(_ADD_MARKET, [_market_row(note, at_ms) for note in economy.market_notes])
    writer.executemany(_ADD_DECISION, [_decision_row(one, rig) for one in economy.decisions])


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedMarket:
    """What a log knows of markets, each coin by one source."""

    days: tuple[MarketDay, ...]  # in their order
    left_out: Mapping[str, Mapping[str, int]]  # of each coin, how many days other sources told, by source


def logged_market(connection: sqlite3.Connection, start: datetime, end: datetime) -> LoggedMarket:
    """The last word of one source on each coin of each UTC day, and the day's mean price of energy.

    All is in the newest currency. The source is the one that told most days, of several the last one: a difficulty of
    another has another unit. The days fit together as ``calculators.horizon.history`` wants it: a figure that a coin
    lacks on one of its days is told on none.
    """
    span = _in_newest_currency(connection, start, end)
    if span is None:
        return LoggedMarket(days=(), left_out={})
    told = connection.execute(_SOURCES, span).fetchall()
    by_coin: dict[str, dict[str, tuple[int, int]]] = {}
    for coin, source, days, newest in told:
        by_coin.setdefault(coin, {})[source] = (days, newest)
    chosen = {coin: max(sources, key=sources.__getitem__) for coin, sources in by_coin.items()}
    rows = [_MarketRow(*row) for row in connection.execute(_LAST_OF_DAYS, span)]
    kept = [row for row in rows if row.source == chosen[row.coin]]
    days = _fitting(kept, _mean_tariffs(connection, span))
    return LoggedMarket(
        days=tuple(sorted(days, key=lambda row: (row.day, row.coin))),
        left_out={
            coin: {source: days for source, (days, _) in sources.items() if source != chosen[coin]}
            for coin, sources in by_coin.items()
            if len(sources) > 1
        },
    )


def energy_prices(connection: sqlite3.Connection, start: datetime, end: datetime) -> dict[date, Money]:
    """The mean price of a kilowatt-hour on each UTC day that tells one; of the newest currency."""
    span = _in_newest_currency(connection, start, end)
    if span is None:
        return {}
    return {day: Money(amount, span["currency"]) for day, amount in _mean_tariffs(connection, span).items()}


def _in_newest_currency(connection: sqlite3.Connection, start: datetime, end: datetime) -> dict[str, Any] | None:
    """A time and the currency of the newest row in it; ``None`` where there is no row."""
    span = {"start": milliseconds(start), "end": milliseconds(end)}
    newest = connection.execute(_NEWEST_CURRENCY, span).fetchone()
    return None if newest is None else {**span, "currency": newest[0]}


def decisions(connection: sqlite3.Connection, start: datetime, end: datetime) -> tuple[LoggedDecision, ...]:
    """What was advised, in the order of time."""
    return tuple(
        LoggedDecision(
            decided_at=moment(taken_at_ms),
            rig=rig,
            part=part,
            before=before,
            after=after,
            wanted=wanted,
            reason=reason,
            refused=bool(refused),
            sentence=sentence,
            inputs=tuple(json.loads(inputs)),
        )
        for taken_at_ms, rig, part, before, after, wanted, reason, refused, sentence, inputs in connection.execute(
            _DECISIONS, (milliseconds(start), milliseconds(end))
        )
    )


def prune(writer: sqlite3.Connection, now_ms: int, tables: Sequence[str]) -> int:
    """Delete what is too old, a day of it at most, within the transaction of ``writer``; the number of rows."""
    deleted = 0
    for table in tables:
        oldest = f"SELECT min(taken_at) FROM {table}"  # noqa: S608 - our names
        gone = f"DELETE FROM {table} WHERE taken_at < ?"  # noqa: S608
        (oldest_ms,) = writer.execute(oldest).fetchone()
        if oldest_ms is not None and oldest_ms < now_ms - KEPT_MS:
            deleted += writer.execute(gone, (min(oldest_ms + DAY_MS, now_ms - KEPT_MS),)).rowcount
    return deleted


def _market_row(note: MarketNote, at_ms: int) -> tuple[Any, ...]:
    price = note.price_per_kilowatt_hour
    return (
        at_ms,
        note.coin,
        note.source[:LONGEST_TEXT],
        note.price.currency,
        format(note.price.amount, "f"),
        note.difficulty,
        note.coins_per_hash_per_second_per_day,
        note.block_reward_coins,
        None if price is None or price.currency != note.price.currency else format(price.amount, "f"),
    )


def _decision_row(note: DecisionNote, rig: str) -> tuple[Any, ...]:
    inputs = [
        {
            "coin": each.coin,
            "algorithm": each.algorithm,
            "revenue_per_day": _text(each.revenue_per_day),
            "profit_per_day": _text(each.profit_per_day),
        }
        for each in note.inputs
    ]
    return (
        milliseconds(note.decided_at),
        note.part,
        rig,
        note.before,
        note.after,
        note.wanted,
        note.reason,
        int(note.refused),
        note.sentence[:LONGEST_TEXT],
        json.dumps(inputs, separators=(",", ":")),
    )


def _text(money: Money) -> str:
    return f"{money.amount:f} {money.currency}"


def _mean_tariffs(connection: sqlite3.Connection, span: Mapping[str, Any]) -> dict[date, Decimal]:
    rows = connection.execute(_TARIFFS, span).fetchall()
    found: dict[date, list[Decimal]] = {}
    for taken_at, price in rows:
        found.setdefault(moment(taken_at).astimezone(UTC).date(), []).append(Decimal(price))
    return {day: sum(prices, Decimal(0)) / len(prices) for day, prices in found.items()}


class _MarketRow(NamedTuple):
    """A row as ``_LAST_OF_DAYS`` gives it."""

    taken_at: int
    coin: str
    source: str
    currency: str
    price: str
    difficulty: float | None
    coins_per_hash_per_second_per_day: float | None
    block_reward_coins: float | None


def _fitting(rows: Sequence[_MarketRow], tariffs: dict[date, Decimal]) -> Iterator[MarketDay]:
    by_coin: dict[str, list[_MarketRow]] = {}
    for row in rows:
        by_coin.setdefault(row.coin, []).append(row)
    for coin, days in by_coin.items():
        told = {
            name
            for name in ("difficulty", "coins_per_hash_per_second_per_day", "block_reward_coins")
            if all(getattr(row, name) is not None for row in days)
        }
        if not told - {"block_reward_coins"}:
            continue
        for row in days:
            day = moment(row.taken_at).astimezone(UTC).date()
            energy = tariffs.get(day)
            yield MarketDay(
                day=day,
                coin=coin,
                price=Money(Decimal(row.price), row.currency),
                difficulty=row.difficulty if "difficulty" in told else None,
                coins_per_hash_per_second_per_day=row.coins_per_hash_per_second_per_day
                if "coins_per_hash_per_second_per_day" in told
                else None,
                block_reward_coins=row.block_reward_coins if "block_reward_coins" in told else None,
                price_per_kilowatt_hour=None if energy is None else Money(energy, row.currency),
            )
