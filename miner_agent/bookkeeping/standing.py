"""What holds of the entries of a chain after all that corrects them: what is amended, priced, cancelled, linked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import msgspec

from miner_agent.bookkeeping.event_body import LOOK, document_of, events_of
from miner_agent.bookkeeping.event_reader import EventRefused, read_event
from miner_agent.errors import StorageError
from miner_agent.model.book.events import (
    Amend,
    Cancel,
    Event,
    Link,
    MovedToBook,
    Payout,
    Valuation,
    ValuedEvent,
)

Row: TypeAlias = tuple[int, int | None, str]
"""Of an entry: its seq, the seq of the one that it replaces, its body."""
Status = Literal["booked", "amended", "cancelled"]


@dataclass(frozen=True, slots=True)
class EntryStanding:
    """An entry as it stands now."""

    seq: int
    event: Event
    status: Status = "booked"


@dataclass(slots=True)
class _Corrections:
    """Gathered from the last entry to the first: what is itself cancelled corrects nothing."""

    cancelled: set[int] = field(default_factory=set)
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)
    prices: dict[int, Valuation] = field(default_factory=dict)
    links: dict[int, Payout] = field(default_factory=dict)

    def gather(self, seq: int, of: int, event: Event) -> None:
        if seq in self.cancelled:
            return
        match event:
            case Cancel() | MovedToBook():
                self.cancelled.add(of)
            case Amend(changes=changes):
                self.changes[of] = {**changes, **self.changes.get(of, {})}
            case Valuation():
                self.prices[of] = event  # of several the first: what comes later finds it priced
            case Link(payout=payout):
                self.links[of] = payout
            case _:
                pass

    def corrected(self) -> set[int]:
        """Every entry that does not stand as it was written."""
        return self.cancelled | self.changes.keys() | self.prices.keys() | self.links.keys()


def as_they_stand(rows: Sequence[Row]) -> list[EntryStanding]:
    """Every entry of a chain, in its order.

    Args:
        rows: all of them.

    Raises:
        StorageError: one of them is not as any was written.
    """
    try:
        return _as_they_stand(rows)
    except EventRefused as refused:
        raise StorageError(f"the books hold a correction that was not written so: {refused}; {LOOK}") from None


def _as_they_stand(rows: Sequence[Row]) -> list[EntryStanding]:
    events = events_of(body for _, _, body in rows)
    corrections = _Corrections()
    for (seq, of, _), event in zip(reversed(rows), reversed(events), strict=True):
        if of is not None:
            amended = amended_by(event, corrections.changes[seq]) if seq in corrections.changes else event
            corrections.gather(seq, of, amended)
    corrected = corrections.corrected()
    return [
        _standing(seq, event, corrections) if seq in corrected else EntryStanding(seq, event)
        for (seq, _, _), event in zip(rows, events, strict=True)
    ]


def amended_by(event: Event, changes: Mapping[str, Any]) -> Event:
    """The event with the named keys replaced.

    Raises:
        EventRefused: it cannot have them.
    """
    return read_event({**document_of(event), **changes})


def _standing(seq: int, event: Event, corrections: _Corrections) -> EntryStanding:
    status: Status = "booked"
    if seq in corrections.prices and isinstance(event, ValuedEvent) and event.value is None:
        priced = corrections.prices[seq]
        event = msgspec.structs.replace(event, price=priced.price, value=priced.value)
    if seq in corrections.links and isinstance(event, Payout) and event.txid is None:
        known = corrections.links[seq]
        event = msgspec.structs.replace(event, txid=known.txid, output=known.output)
    if seq in corrections.changes:
        event, status = amended_by(event, corrections.changes[seq]), "amended"
    return EntryStanding(seq, event, "cancelled" if seq in corrections.cancelled else status)
