"""Whether a payout is one that is booked already under another key.

A pool may know it by a number of its own before, or without, the transaction that the wallet knows it by.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from miner_agent.bookkeeping.event_body import transaction_fact
from miner_agent.model.book.events import Payout

APART_AT_MOST = timedelta(hours=6)
"""Between the time that a pool tells of a payout and the time that its chain does."""


@dataclass(frozen=True, slots=True)
class SamePayout:
    """Those that it may be. One: that it is, where it may be said; otherwise somebody has to decide."""

    seqs: tuple[int, ...]
    is_certain: bool


def same_payout(payout: Payout, booked: Iterable[tuple[int, Payout]], *, made_up_id: bool) -> SamePayout | None:
    """Which booked payout it is; ``None``: one that is not booked yet.

    It is one of them by itself only where no other could be meant, and the amounts are equal.

    Args:
        payout: its own fact is not booked.
        booked: with their seq, those that no other key stands for yet.
        made_up_id: its source has no ids, so that one was made of its time and amount. One that has a source's own id
            and no transaction is another payout than every one whose transaction is known.
    """
    there = [(seq, one) for seq, one in booked if one.asset == payout.asset and one.wallet == payout.wallet]
    for known in (
        [(seq, one) for seq, one in there if one.id == payout.id and (one.txid is None) != (payout.txid is None)],
        [(seq, one) for seq, one in there if _of_one_transaction(one, payout)],
    ):
        if known:
            (_, one), *others = known
            return SamePayout(tuple(seq for seq, _ in known), not others and one.amount == payout.amount)
    alike = [
        seq
        for seq, one in there
        if (one.txid is None if payout.txid is not None else made_up_id and one.txid is not None)
        and one.amount == payout.amount
        and abs(one.time - payout.time) <= APART_AT_MOST
    ]
    return SamePayout(tuple(alike), len(alike) == 1) if alike else None


def _of_one_transaction(one: Payout, other: Payout) -> bool:
    """Of which one source tells the outputs, and the other does not."""
    if one.txid is None or other.txid is None or (one.output is None) == (other.output is None):
        return False
    return transaction_fact("", one.txid, "", None) == transaction_fact("", other.txid, "", None)
