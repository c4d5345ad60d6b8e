"""Whether a payout is one that is booked already under another key.

A pool may know it by a number of its own before, or without, the transaction that the wallet knows it by.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter

from miner_agent.bookkeeping.event_body import transaction_fact
from miner_agent.model.book.events import Payout

APART_AT_MOST = timedelta(hours=6)
"""Between the time that a pool tells of a payout and the time that its chain does."""
MOST_TOLD = 8
"""Of those that it may be, the nearest: a pool with one threshold pays the same amount again and again."""
_time = attrgetter("time")


@dataclass(frozen=True, slots=True)
class SamePayout:
    """Those that it may be. One: that it is, where it may be said; otherwise somebody has to decide."""

    payouts: tuple[Payout, ...]
    is_certain: bool


class BookedPayouts:
    """Those for which no other key stands yet, found by what tells payouts apart."""

    def __init__(self, booked: Iterable[Payout]) -> None:
        self._by_id: dict[str, list[Payout]] = defaultdict(list)
        self._by_transaction: dict[str, list[Payout]] = defaultdict(list)
        self._by_amount: dict[tuple[str, str, Decimal, bool], list[Payout]] = defaultdict(list)
        for payout in sorted(booked, key=_time):
            self._by_id[payout.id].append(payout)
            self._by_amount[payout.asset, payout.wallet, payout.amount, payout.txid is not None].append(payout)
            if (key := _transaction(payout)) is not None:
                self._by_transaction[key].append(payout)
        self._taken: set[str] = set()

    def take(self, payout: Payout) -> None:
        """Another key stands for it now."""
        self._taken.add(payout.id)

    def same(self, payout: Payout, *, made_up_id: bool) -> SamePayout | None:
        """Which one it is; ``None``: one that is not booked yet.

        It is one of them by itself only where no other could be meant, and the amounts are equal.

        Args:
            payout: its own fact is not booked.
            made_up_id: its source has no ids, so that one was made of its time and amount. One that has a source's own
                id and no transaction is another payout than every one whose transaction is known.
        """
        by_transaction = self._by_transaction.get(_transaction(payout) or "", [])
        for known in (
            [one for one in self._by_id.get(payout.id, []) if _are_of_one_id(one, payout)],
            [one for one in by_transaction if (one.output is None) != (payout.output is None)],
        ):
            if free := self._free(known):
                return SamePayout(tuple(free), len(free) == 1 and free[0].amount == payout.amount)
        if payout.txid is None and not made_up_id:
            return None
        alike = self._by_amount.get((payout.asset, payout.wallet, payout.amount, payout.txid is None), [])
        free = self._free(_about(alike, payout.time))
        if not free and payout.txid is None:  # neither has one: over Lightning a pool's own answer tells an id, no file
            others = self._by_amount.get((payout.asset, payout.wallet, payout.amount, False), [])
            free = [one for one in self._free(_about(others, payout.time)) if _is_of_pools_own_id(one, payout)]
        free = [one for one in free if one.time == payout.time] or free
        nearest = sorted(free, key=lambda one: abs(one.time - payout.time))[:MOST_TOLD]
        return SamePayout(tuple(nearest), len(free) == 1) if free else None

    def _free(self, payouts: Iterable[Payout]) -> list[Payout]:
        return [payout for payout in payouts if payout.id not in self._taken]


def _are_of_one_id(one: Payout, other: Payout) -> bool:
    return (one.asset, one.wallet) == (other.asset, other.wallet) and (one.txid is None) != (other.txid is None)


def _is_of_pools_own_id(one: Payout, other: Payout) -> bool:
    """Whether the same pool told it with an id of its own, and not with one that was made of its time and amount."""
    made_up = f"{one.pool}/{one.asset}/{one.wallet}/"
    return one.pool == other.pool and one.id.startswith(f"{one.pool}/") and not one.id.startswith(made_up)


def _transaction(payout: Payout) -> str | None:
    """Without the output: of that one source tells, and another does not."""
    return None if payout.txid is None else transaction_fact(payout.asset, payout.txid, payout.wallet, None)


def _about(payouts: list[Payout], moment: datetime) -> list[Payout]:
    first = bisect_left(payouts, moment - APART_AT_MOST, key=_time)
    return payouts[first : bisect_right(payouts, moment + APART_AT_MOST, key=_time)]
