"""Markets and advice in the log: rows in, and a history out that the calculators read.

Money stands as text, so that no digit of it is lost, and all of one row in one currency.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, ColumnElement, Dialect, Table, Text, bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine import Connection

from calculators.horizon.history import MarketDay
from calculators.money import Money
from miner_agent.model.finances import DecisionNote, Economy, MarketNote
from miner_agent.storage.sqlite.engine import Prepared
from miner_agent.storage.telemetry.rows import milliseconds, moment
from miner_agent.storage.telemetry.schema import DAY_MS, METADATA, NUMBER, RATE

KEPT_MS = 400 * DAY_MS
LONGEST_TEXT = 512

MARKET = Table(
    "market",
    METADATA,
    Column("taken_at", NUMBER, primary_key=True, autoincrement=False),
    Column("coin", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("price", Text, nullable=False),
    Column("difficulty", RATE),
    Column("coins_per_hash_per_second_per_day", RATE),
    Column("block_reward_coins", RATE),
    Column("price_per_kilowatt_hour", Text),
)
DECISIONS = Table(
    "decisions",
    METADATA,
    Column("taken_at", NUMBER, primary_key=True, autoincrement=False),
    Column("part", Text, primary_key=True),
    Column("rig", Text, nullable=False),
    Column("before_coin", Text),
    Column("after_coin", Text),
    Column("wanted_coin", Text),
    Column("reason", Text, nullable=False),
    Column("refused", NUMBER, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("inputs", Text, nullable=False),
)
TABLES = (MARKET, DECISIONS)


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


class EconomyRows:
    """Inserts what a tick brought. A row whose key is there already is left alone."""

    def __init__(self, dialect: Dialect) -> None:
        self._market = Prepared(upsert(MARKET).on_conflict_do_nothing(), dialect).sql
        self._decisions = Prepared(upsert(DECISIONS).on_conflict_do_nothing(), dialect).sql

    def append(self, writer: Connection, economy: Economy, *, rig: str, taken_at: datetime) -> None:
        """Within the transaction of ``writer``."""
        if economy.market_notes:
            at_ms = milliseconds(taken_at)
            writer.exec_driver_sql(self._market, [_market_row(note, at_ms) for note in economy.market_notes])
        if economy.decisions:
            writer.exec_driver_sql(self._decisions, [_decision_row(one, rig) for one in economy.decisions])


def market_days(connection: Connection, start: datetime, end: datetime) -> tuple[MarketDay, ...]:
    """The last word on each coin of each UTC day, and the day's mean price of energy; of the newest currency.

    They are in the order of days, and fit together as ``calculators.horizon.history`` wants it: a figure that a coin
    lacks on one of its days is told on none.
    """
    span: tuple[ColumnElement[bool], ...] = (
        MARKET.c.taken_at >= milliseconds(start),
        MARKET.c.taken_at < milliseconds(end),
    )
    newest = select(MARKET.c.currency).where(*span).order_by(MARKET.c.taken_at.desc()).limit(1)
    currency = connection.execute(newest).scalar_one_or_none()
    if currency is None:
        return ()
    span = (*span, MARKET.c.currency == currency)
    last = (
        select(MARKET.c.coin.label("coin"), func.max(MARKET.c.taken_at).label("taken_at"))
        .where(*span)
        .group_by(MARKET.c.coin, MARKET.c.taken_at // DAY_MS)
        .subquery()
    )
    rows = connection.execute(
        select(MARKET)
        .join(last, (MARKET.c.coin == last.c.coin) & (MARKET.c.taken_at == last.c.taken_at))
        .order_by(MARKET.c.taken_at, MARKET.c.coin)
    ).all()
    tariffs = _mean_tariffs(
        connection.execute(
            select(MARKET.c.taken_at, MARKET.c.price_per_kilowatt_hour)
            .where(*span, MARKET.c.price_per_kilowatt_hour.is_not(None))
            .distinct()
        ).all()
    )
    return tuple(sorted(_fitting(rows, tariffs), key=lambda row: (row.day, row.coin)))


def decisions(connection: Connection, start: datetime, end: datetime) -> tuple[LoggedDecision, ...]:
    """What was advised, in the order of time."""
    found = connection.execute(
        select(DECISIONS)
        .where(DECISIONS.c.taken_at >= milliseconds(start), DECISIONS.c.taken_at < milliseconds(end))
        .order_by(DECISIONS.c.taken_at, DECISIONS.c.part)
    )
    return tuple(
        LoggedDecision(
            decided_at=moment(row.taken_at),
            rig=row.rig,
            part=row.part,
            before=row.before_coin,
            after=row.after_coin,
            wanted=row.wanted_coin,
            reason=row.reason,
            refused=bool(row.refused),
            sentence=row.sentence,
            inputs=tuple(json.loads(row.inputs)),
        )
        for row in found
    )


def prune(writer: Connection, now_ms: int) -> int:
    """Delete what is too old, a day of it at most, within the transaction of ``writer``; the number of rows."""
    deleted = 0
    for table in TABLES:
        oldest = writer.execute(select(func.min(table.c.taken_at))).scalar_one()
        if oldest is not None and oldest < now_ms - KEPT_MS:
            before = min(oldest + DAY_MS, now_ms - KEPT_MS)
            deleted += writer.execute(
                delete(table).where(table.c.taken_at < bindparam("before")), {"before": before}
            ).rowcount
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


def _mean_tariffs(rows: Iterable[Any]) -> dict[date, Decimal]:
    found: dict[date, list[Decimal]] = {}
    for taken_at, price in rows:
        found.setdefault(moment(taken_at).astimezone(UTC).date(), []).append(Decimal(price))
    return {day: sum(prices, Decimal(0)) / len(prices) for day, prices in found.items()}


def _fitting(rows: Sequence[Any], tariffs: dict[date, Decimal]) -> Iterator[MarketDay]:
    by_coin: dict[str, list[Any]] = {}
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
