"""One door to every method of matching disposals with what was acquired."""

from collections.abc import Sequence
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from calculators.books.average_cost import match_average
from calculators.books.lot_pile import LotMethod
from calculators.books.lots import Choices, Order, match_lots
from calculators.books.movements import Matching, Movement
from calculators.books.section_104 import match_section_104

MatchingMethod: TypeAlias = Literal["fifo", "lifo", "hifo", "lofo", "specific", "average", "section104"]
MatchingScope = Literal["wallet", "universal"]
POOLS = frozenset({"average", "section104"})
"""Methods that know no lots."""


def match(
    movements: Sequence[Movement],
    *,
    method: MatchingMethod,
    scope: MatchingScope,
    zone: ZoneInfo,
    country: str = "US",
    choices: Choices | None = None,
    orders: Sequence[Order] = (),
) -> Matching:
    """Which acquisitions each disposal takes, and what is held in the end.

    ``specific`` takes what was chosen, and the oldest for what was not. ``section104`` knows no wallets. With
    ``average`` in Canada superficial losses are denied.

    Args:
        movements: of any coins, in the order of the chain.
        method: which of them go.
        scope: whether each wallet has lots, or an average, of its own.
        zone: whose days count.
        country: whose law.
        choices: for single disposals and transfers, whatever the method of lots is.
        orders: methods of lots that hold from a moment on.

    Raises:
        ValueError: an amount is not above zero.
    """
    by_wallet = scope == "wallet"
    if method == "section104":
        return match_section_104(movements, zone=zone)
    if method == "average":
        return match_average(movements, by_wallet=by_wallet, zone=zone, superficial_losses=country == "CA")
    lots: LotMethod = "fifo" if method == "specific" else method
    return match_lots(movements, method=lots, by_wallet=by_wallet, choices=choices, orders=orders)
