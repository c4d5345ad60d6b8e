"""How the book agrees with pools and wallets, for people and for programs."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from calculators.books.exact import EXACT, plain
from calculators.told_figures import counted
from miner_agent.errors import AgentError
from miner_agent.model.book.whole_book import Book
from miner_agent.payouts.reconciling import PoolReconciled, WalletReconciled
from miner_agent.text import clean_text


def reconciled_lines(book: Book, pools: Sequence[PoolReconciled], wallets: Sequence[WalletReconciled]) -> list[str]:
    """A line for each that was asked, and for each thing that is open."""
    lines = [*map(_pool_line, pools), *map(_wallet_line, wallets)]
    lines += [f"{item.id}: {item.sentence}" for item in book.open_items]
    if book.unpriced:
        lines.append(
            f"{counted(len(book.unpriced), 'entry', 'entries')} without a price: miner-agent prices import FILE"
        )
    if not book.open_items and not book.unpriced:
        lines.append("nothing is open in the book" if lines else "nothing is open in the book; no pool is configured")
    return [clean_text(line, length=500) for line in lines]


def _pool_line(one: PoolReconciled) -> str:
    known = {"credited": one.credited, "paid": one.paid, "unpaid as it says": one.unpaid}
    told = [f"{what} {plain(amount)}" for what, amount in known.items() if amount is not None]
    if one.expected_unpaid is not None and one.unpaid is not None:
        told.append(_difference(one.unpaid, one.expected_unpaid, "credits less payouts"))
    if one.not_booked:
        told.append(f"{one.not_booked} not booked yet: miner-agent payouts sync")
    return f"{one.name}: {one.coin}: {'; '.join(told) or 'it told nothing'}"


def _wallet_line(one: WalletReconciled) -> str:
    held = "unknown" if one.held is None else plain(one.held)
    told = [f"lots {plain(one.lots)}", f"in the wallet {held}"]
    if one.held is not None:
        told.append(_difference(one.held, one.lots, "lots"))
    return f"{one.wallet}: {one.coin}: {'; '.join(told)}"


def _difference(told: Decimal, expected: Decimal, what: str) -> str:
    if told == expected:
        return f"agrees with {what}"
    apart = EXACT.subtract(told, expected)
    return f"differs from {what} by {plain(apart)}"


def reconciled_document(
    book: Book, pools: Iterable[PoolReconciled], wallets: Iterable[WalletReconciled], errors: Iterable[AgentError]
) -> dict[str, Any]:
    """The same for programs."""
    return {
        "book": book.name,
        "pools": [
            {
                "name": one.name,
                "pool": one.pool,
                "coin": one.coin,
                "credited": _text(one.credited),
                "paid": _text(one.paid),
                "unpaid": _text(one.unpaid),
                "expected_unpaid": _text(one.expected_unpaid),
                "not_booked": one.not_booked,
                "agrees": one.agrees,
            }
            for one in pools
        ],
        "wallets": [
            {
                "wallet": one.wallet,
                "coin": one.coin,
                "lots": plain(one.lots),
                "held": _text(one.held),
                "agrees": one.agrees,
            }
            for one in wallets
        ],
        "open_items": [{"id": item.id, "sentence": item.sentence} for item in book.open_items],
        "unpriced": list(book.unpriced),
        "errors": [{"kind": error.kind, "sentence": str(error)} for error in errors],
    }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)
