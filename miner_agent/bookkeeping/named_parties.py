"""Names of others stand outside the chain, which holds a random id of each: so they can be erased, and it verifies."""

from collections.abc import Iterable, Sequence

import msgspec

from miner_agent.bookkeeping.event_body import fact_of
from miner_agent.model.book.events import Amend, Event, MiningContract
from miner_agent.storage.ledger.ledger_file import LedgerFile
from miner_agent.storage.ledger.side_tables import id_of_name, name_of_id

PARTY = "party"
"""The kind of name, and the key of the event that holds one."""
MARK = "name:"
ERASED = "(erased)"


def with_ids(ledger: LedgerFile, book: str, events: Sequence[Event]) -> Sequence[Event]:
    """Events that are to be booked, with ids in the place of names."""
    if not any(isinstance(event, MiningContract | Amend) for event in events):
        return events
    return [_with_id(ledger, book, event) for event in events]


def _with_id(ledger: LedgerFile, book: str, event: Event) -> Event:
    told = event.party if isinstance(event, MiningContract) else None
    if isinstance(event, Amend) and isinstance(changed := event.changes.get(PARTY), str):
        told = changed
    if told is None or ledger.seq_of_fact(book, fact_of(event)) is not None:  # what is booked already adds no name
        return event
    named = f"{MARK}{id_of_name(ledger, PARTY, told)}"
    if isinstance(event, Amend):
        return msgspec.structs.replace(event, changes={**event.changes, PARTY: named})
    return msgspec.structs.replace(event, party=named)


def with_name(ledger: LedgerFile, event: Event) -> Event:
    """The event as people read it: with the name, as long as somebody knows it."""
    if not isinstance(event, MiningContract) or not event.party.startswith(MARK):
        return event
    name = name_of_id(ledger, event.party.removeprefix(MARK))
    return msgspec.structs.replace(event, party=name or ERASED)


def with_names(ledger: LedgerFile, events: Iterable[Event]) -> tuple[Event, ...]:
    """All of them so."""
    return tuple(with_name(ledger, event) for event in events)
