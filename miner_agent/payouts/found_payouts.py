"""What a pool, a wallet or a file tells of coins, before it is known what of it is booked already."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from calculators.books.exact import EXACT, plain
from miner_agent.bookkeeping.event_body import time_text
from miner_agent.bookkeeping.event_reader import LONGEST_NAME, read_event
from miner_agent.model.book.events import Event
from miner_agent.text import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPayout:
    """Coins that arrived."""

    time: datetime  # aware
    amount: Decimal  # what arrived, in whole coins
    own_id: str | None = None  # by which its source tells it from others
    txid: str | None = None
    output: int | None = None
    fee_amount: Decimal | None = None  # what the pool kept, beside the amount
    price: Decimal | None = None  # in the book's currency
    value: Decimal | None = None  # likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidInto:
    """Who paid which coin into which wallet."""

    pool: str
    asset: str
    wallet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutEvents:
    """Events as they are booked."""

    events: tuple[Event, ...]
    made_up_ids: bool  # of some of them, from time and amount: their source has none


def payout_events(found: Sequence[FoundPayout], into: PaidInto) -> PayoutEvents:
    """Events of what one answer or file tells.

    A row that stands there twice with one transaction is one payout; rows without any id that are alike are as many
    payouts as there are rows. Of a transaction that paid several amounts, none of them stands for the transaction.

    Raises:
        EventRefused: one of them cannot be booked.
    """
    amounts: defaultdict[tuple[str, int | None], set[Decimal]] = defaultdict(set)
    for one in found:
        if one.txid is not None:
            amounts[one.txid, one.output].add(one.amount)
    alike = Counter[str]()
    events: dict[str, Event] = {}
    made_up = False
    for one in found:
        txid = one.txid if one.txid is None or len(amounts[one.txid, one.output]) == 1 else None
        if txid is None and one.own_id is None:
            made_up = True
        own = _id_of(one, into, alike)
        if own not in events:
            events[own] = read_event(_raw(one, into, own, txid))
    return PayoutEvents(events=tuple(events.values()), made_up_ids=made_up)


def _id_of(one: FoundPayout, into: PaidInto, alike: Counter[str]) -> str:
    if one.own_id is not None:
        return short_id(into.pool, one.own_id)
    amount = plain(one.amount.normalize(EXACT))
    if one.txid is not None:
        output = () if one.output is None else (str(one.output),)
        return short_id(into.pool, into.asset, into.wallet, one.txid, *output, amount)
    told = short_id(into.pool, into.asset, into.wallet, time_text(one.time.astimezone(UTC)), amount)
    alike[told] += 1
    return short_id(told, str(alike[told]))


def short_id(*parts: str) -> str:
    """One id of several parts; of one that would be longer than ids are, the hash."""
    told = "/".join(clean_text(part, length=1_000) for part in parts)
    return told if len(told) <= LONGEST_NAME - 20 else hashlib.sha256(told.encode()).hexdigest()


def _raw(one: FoundPayout, into: PaidInto, own: str, txid: str | None) -> dict[str, Any]:
    value = one.value or None  # 0.00 is no value: a price that nobody knows, or dust
    texts: Mapping[str, Decimal | None] = {"fee_amount": one.fee_amount, "price": one.price or None, "value": value}
    raw: dict[str, Any] = {
        "kind": "payout",
        "id": own,
        "time": time_text(one.time.astimezone(UTC)),
        "wallet": into.wallet,
        "asset": into.asset,
        "amount": plain(one.amount),
        "pool": into.pool,
    }
    raw |= {name: plain(amount) for name, amount in texts.items() if amount is not None}
    if txid is not None:
        raw["txid"] = txid
        if one.output is not None:
            raw["output"] = one.output
    elif one.txid is not None:
        raw["note"] = f"one of several amounts of transaction {one.txid}"
    return raw
