"""In which wallets the coins lie, where lots are not kept by wallet."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from calculators.books.exact import EXACT, NOTHING
from calculators.books.movements import Move, Movement, Receipt

What = TypeVar("What")


@dataclass(slots=True)
class Whereabouts:
    """How many coins each wallet holds in the end: by coin, then by wallet."""

    amounts: dict[str, dict[str, Decimal]]

    @classmethod
    def of(cls, movements: Iterable[Movement]) -> "Whereabouts":
        """What is left of all ins and outs."""
        amounts: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for movement in movements:
            wallets = amounts[movement.asset]
            change = EXACT.add if isinstance(movement, Receipt) else EXACT.subtract
            wallets[movement.wallet] = change(wallets[movement.wallet], movement.amount)
            if isinstance(movement, Move):
                wallets[movement.to_wallet] = EXACT.add(wallets[movement.to_wallet], movement.amount)
        return cls({asset: dict(wallets) for asset, wallets in amounts.items()})

    def places(self, asset: str, lots: Sequence[tuple[What, Decimal, str]]) -> list[tuple[What, Decimal, str]]:
        """Lots in the wallets that hold coins: each in its own as far as it can be, the rest where there is room.

        Args:
            asset: the coin.
            lots: what, how much of it, and the wallet that it came into.
        """
        room = {wallet: amount for wallet, amount in self.amounts.get(asset, {}).items() if amount > 0}
        placed: list[list[tuple[What, Decimal, str]]] = []
        homeless: list[tuple[int, What, Decimal, str]] = []
        for number, (lot, amount, wallet) in enumerate(lots):
            here = min(amount, room.get(wallet, NOTHING))
            placed.append([(lot, here, wallet)] if here else [])
            if here:
                room[wallet] = EXACT.subtract(room[wallet], here)
            if here < amount:
                homeless.append((number, lot, EXACT.subtract(amount, here), wallet))
        free = sorted((wallet, amount) for wallet, amount in room.items() if amount > 0)
        for number, lot, amount, wallet in homeless:
            missing = amount
            while missing and free:
                there, most = free.pop()
                part = min(missing, most)
                placed[number].append((lot, part, there))
                missing = EXACT.subtract(missing, part)
                if part < most:
                    free.append((there, EXACT.subtract(most, part)))
            if missing:  # more was sold than some wallet had: its lots stay where they came in
                placed[number].append((lot, missing, wallet))
        return [place for places in placed for place in places]
