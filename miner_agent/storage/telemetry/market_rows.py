"""Markets and advice in the log: rows in, and a history out that the calculators read.

Money stands as text, so that no digit of it is lost, and all of one row in one currency.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, Text, bindparam, delete, func, select
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

    def __init__(self) -> None:
        self._market = Prepared(upsert(MARKET).on_conflict_do_nothing()).sql
        self._decisions = Prepared(upsert(DECISIONS).on_conflict_do_nothing()).sql

    def append(self, writer: Connection, economy: Economy, *, rig: str, taken_at: datetime) -> None:
        """Within the transaction of ``writer``."""
        if economy.market_notes:
            at_ms = milliseconds(taken_at)
            writer.exec_driver_sql(self._market, [_market_row(note, at_ms) for note in economy.market_notes])
        if economy.decisions:
            writer.exec_driver_sql(self._decisions, [_decision_row(one, rig) for one in economy.decisions])


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedMarket:
    """What a log knows of markets, each coin by one source."""

    days: tuple[MarketDay, ...]  # in their order
    left_out: Mapping[str, Mapping[str, int]]  # of each coin, how many days other sources told, by source


def logged_market(connection: Connection, start: datetime, end: datetime) -> LoggedMarket:
    """The last word of one source on each coin of each UTC day, and the day's mean price of energy.

    All is in the newest currency. The source is the one that told most days, of several the last one: a difficulty of
    another has another unit. The days fit together as ``calculators.horizon.history`` wants it: a figure that a coin
    lacks on one of its days is told on none.
    """
    span = _in_newest_currency(connection, start, end)
    if not span:
        return LoggedMarket(days=(), left_out={})
    of_day = MARKET.c.taken_at // DAY_MS
    told = connection.execute(
        select(MARKET.c.coin, MARKET.c.source, func.count(of_day.distinct()), func.max(MARKET.c.taken_at))
        .where(*span)
        .group_by(MARKET.c.coin, MARKET.c.source)
    ).all()
    by_coin: dict[str, dict[str, tuple[int, int]]] = {}
    for coin, source, days, newest in told:
        by_coin.setdefault(coin, {})[source] = (days, newest)
    chosen = {coin: max(sources, key=sources.__getitem__) for coin, sources in by_coin.items()}
    last = (
        select(MARKET.c.coin.label("coin"), MARKET.c.source.label("source"), func.max(MARKET.c.taken_at).label("at"))
        .where(*span)
        .group_by(MARKET.c.coin, MARKET.c.source, of_day)
        .subquery()
    )
    rows = connection.execute(
        select(MARKET)
        .join(last, (MARKET.c.coin == last.c.coin) & (MARKET.c.taken_at == last.c.at))
        .order_by(MARKET.c.taken_at, MARKET.c.coin)
    ).all()
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


def energy_prices(connection: Connection, start: datetime, end: datetime) -> dict[date, Money]:
    """The mean price of a kilowatt-hour on each UTC day that tells one; of the newest currency."""
    span = _in_newest_currency(connection, start, end)
    if not span:
        return {}
    currency = connection.execute(select(MARKET.c.currency).where(*span).limit(1)).scalar_one()
    return {day: Money(amount, currency) for day, amount in _mean_tariffs(connection, span).items()}


def _in_newest_currency(connection: Connection, start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    """Rows of a time whose money is in the currency of the newest of them; nothing where there is none."""
    span: tuple[ColumnElement[bool], ...] = (
        MARKET.c.taken_at >= milliseconds(start),
        MARKET.c.taken_at < milliseconds(end),
    )
    newest = select(MARKET.c.currency).where(*span).order_by(MARKET.c.taken_at.desc()).limit(1)
    currency = connection.execute(newest).scalar_one_or_none()
    return () if currency is None else (*span, MARKET.c.currency == currency)


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


def prune(writer: Connection, now_ms: int, tables: Sequence[Table]) -> int:
    """Delete what is too old, a day of it at most, within the transaction of ``writer``; the number of rows."""
    deleted = 0
    for table in tables:
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


def _mean_tariffs(connection: Connection, span: tuple[ColumnElement[bool], ...]) -> dict[date, Decimal]:
    rows = connection.execute(
        select(MARKET.c.taken_at, MARKET.c.price_per_kilowatt_hour)
        .where(*span, MARKET.c.price_per_kilowatt_hour.is_not(None))
        .distinct()
    ).all()
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
