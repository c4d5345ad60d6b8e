"""Movements in the order in which they happened, and what to do where one moment holds several."""

from collections import deque
from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from calculators.books.movements import Disposal, Move, Movement, Receipt


class Holdings(Protocol):
    """What movements change."""

    def receive(self, receipt: Receipt) -> None:
        """Coins come in."""

    def dispose(self, disposal: Disposal) -> None:
        """Coins leave, as far as there are any."""

    def move(self, move: Move) -> None:
        """Coins change their wallet, as far as there are any."""

    def lack(self, movement: Disposal | Move) -> bool:
        """Whether there are too few for it."""


def replay(movements: Iterable[Movement], holdings: Holdings) -> None:
    """Every movement once, by its time; those of one moment as they stand in the list.

    One that finds too few coins waits for the others of its moment: what a file tells last may have come first.

    Args:
        movements: in the order of the chain.
        holdings: what they change.

    Raises:
        ValueError: an amount is not above zero.
    """
    movements = list(movements)
    for movement in movements:
        if not movement.amount > 0:
            raise ValueError(f"{movement.id}: an amount of {movement.amount} {movement.asset}; expected one above zero")
    for _, of_a_moment in groupby(sorted(movements, key=attrgetter("at")), key=attrgetter("at")):
        several = list(of_a_moment)
        if len(several) == 1:
            _apply(several[0], holdings)
            continue
        waiting = deque(several)
        put_off = 0
        while waiting:
            movement = waiting.popleft()
            if put_off < len(waiting) and not isinstance(movement, Receipt) and holdings.lack(movement):
                waiting.append(movement)
                put_off += 1
                continue
            _apply(movement, holdings)
            put_off = 0


def _apply(movement: Movement, holdings: Holdings) -> None:
    if isinstance(movement, Receipt):
        holdings.receive(movement)
    elif isinstance(movement, Disposal):
        holdings.dispose(movement)
    else:
        holdings.move(movement)
