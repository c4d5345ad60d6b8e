"""Reads a file of events: all of it, or one sentence about the first thing in it that cannot be booked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from calculators.local_time import zone_named
from calculators.money import CURRENCY
from miner_agent.bookkeeping.event_reader import EventRefused, WrittenNumber, read_event, shown
from miner_agent.errors import ConfigError
from miner_agent.model.book.events import Event
from miner_agent.text import clean_text

SETTINGS: Mapping[str, tuple[str, ...]] = {
    "time_zone": (),
    "country": ("US", "GB", "DE", "CA", "AU"),
    "method": ("fifo", "lifo", "hifo", "lofo", "specific", "average", "section104"),
    "scope": ("wallet", "universal"),
    "activity": ("business", "hobby"),
}
"""What a book has beside its currency, and the words for it."""
NOT_BOOKED = ("scenario", "note")
INTERNAL_KINDS = ("setting", "link", "year_closed", "year_reopened", "moved_to_book")
"""Written by commands of their own."""


class UnfitFile(ConfigError):
    """A file that cannot be booked: where in it, what stands there, what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsFile:
    """What a file says."""

    currency: str
    settings: Mapping[str, str]
    events: tuple[Event, ...]


def parse_events_file(raw: bytes, name: str) -> EventsFile:
    """Everything in a file.

    Args:
        raw: its bytes.
        name: what it is called in a sentence about it.

    Raises:
        UnfitFile: something in it cannot be booked.
    """
    document = _document(raw, name)
    for key in document:
        if key not in {"currency", "events", *SETTINGS, *NOT_BOOKED}:
            raise UnfitFile(f"{name}: key {shown(key)} is not known; leave it away, or look for a slip in it")
    if "currency" not in document:
        raise UnfitFile(f'{name}: key "currency" is missing; write the code of the money in it, such as "EUR"')
    currency = read_currency(document["currency"], name)
    settings = {key: read_setting(key, document[key], name) for key in SETTINGS if document.get(key) is not None}
    if not isinstance(document.get("events"), list):
        raise UnfitFile(f'{name}: key "events" has to be a list; it may be empty')
    return EventsFile(currency=currency, settings=settings, events=_events(document["events"], name))


def read_currency(value: object, name: str) -> str:
    """The code of a currency.

    Raises:
        UnfitFile: it is none.
    """
    if isinstance(value, str) and CURRENCY.fullmatch(value):
        return value
    raise UnfitFile(f'{name}: currency = {shown(value)} is no code of a currency; write it such as "EUR"')


def read_setting(key: str, value: object, name: str) -> str:
    """One of ``SETTINGS``.

    Raises:
        UnfitFile: it cannot have that value.
    """
    words = SETTINGS[key]
    if isinstance(value, str) and (value in words or (not words and _is_zone(value))):
        return value
    wanted = f"write one of {', '.join(words)}" if words else "write the IANA name of a zone, such as Europe/Berlin"
    raise UnfitFile(f"{name}: {key} = {shown(value)} is not known; {wanted}")


def _is_zone(name: str) -> bool:
    try:
        zone_named(name)
    except ValueError:
        return False
    return True


def _document(raw: bytes, name: str) -> dict[str, Any]:
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnfitFile(f"{name}: byte {error.start} is no UTF-8; save it as JSON in UTF-8") from None
    try:
        found = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=WrittenNumber,
            parse_int=WrittenNumber,
            parse_constant=WrittenNumber,
        )
    except _Twice as twice:
        raise UnfitFile(f"{name}: key {shown(twice.key)} stands twice in one object; keep one of them") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnfitFile(f"{name}: {where}: this is no JSON ({error.msg.lower()})") from None
    except RecursionError:
        raise UnfitFile(f"{name}: it is nested deeper than any file of events") from None
    if not isinstance(found, dict):
        raise UnfitFile(f'{name}: expected an object with "currency" and "events"')
    return found


def _events(raws: list[Any], name: str) -> tuple[Event, ...]:
    events: list[Event] = []
    ids: set[str] = set()
    for number, raw in enumerate(raws, start=1):
        try:
            event = _event(raw, ids)
        except EventRefused as refused:
            _refuse(name, number, raw, refused)
        ids.add(event.id)
        events.append(event)
    return tuple(events)


def _event(raw: Any, ids: set[str]) -> Event:
    if not isinstance(raw, dict):
        raise EventRefused(f"{shown(raw)} is no object")
    event = read_event(raw)
    if event.kind in INTERNAL_KINDS:
        raise EventRefused(f'kind = "{event.kind}" is not taken from a file')
    if event.id in ids:
        raise EventRefused("its id stands in an earlier event; every event has its own")
    return event


def _refuse(name: str, number: int, raw: object, refused: EventRefused) -> NoReturn:
    told = raw.get("id") if isinstance(raw, dict) else None
    who = f' "{clean_text(told)}"' if isinstance(told, str) else ""
    raise UnfitFile(f"{name}: event {number}{who}: {refused}") from None


class _Twice(Exception):
    def __init__(self, key: str) -> None:
        self.key = key


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Twice(key)
            seen.add(key)
    return found
