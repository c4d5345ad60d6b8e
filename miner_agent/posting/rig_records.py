"""Asks other rigs for their days: what each has, then the records that the book lacks. One that fails costs itself."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, TypeVar
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from calculators.local_time import day_bounds
from miner_agent.config.books_keys import BookRig
from miner_agent.config.named_files import read_secret, shown_file
from miner_agent.errors import (
    AgentError,
    AuthRefused,
    BadPayload,
    ConfigError,
    SourceError,
    Throttled,
    TimedOut,
    Unreachable,
)
from miner_agent.market.feed import FeedRequest, KeyPlace, check_base_url
from miner_agent.posting.day_record import LARGEST_RECORD_BYTES, DayRecord, read_day
from miner_agent.storage.telemetry.questions import calendar_periods
from miner_agent.text import clean_text
from miner_agent.transport import feed_requests

T = TypeVar("T")
DEADLINE_SECONDS = 20.0  # of one question
LONGEST_SECONDS = 120.0  # of all that one rig is asked for at once
RIGS_AT_ONCE = 8
MOST_DAYS_LISTED = 1000
_PASSWORD = KeyPlace("basic")
_ENDS_IT = (Unreachable, AuthRefused, Throttled)  # the next question to that rig would come to the same


class _Listed(Struct, frozen=True, kw_only=True):
    rig: str
    time_zone: str
    days: tuple[date, ...]


class AskRig(Protocol):
    """Asks a rig for the answer to a path."""

    def __call__(self, rig: BookRig, path: str, *, now: datetime) -> bytes: ...


def ask_rig(rig: BookRig, path: str, *, now: datetime) -> bytes:
    """What the agent of another rig answers.

    Raises:
        ConfigError: what is configured of it cannot be used.
        SourceError: there is no whole answer.
    """
    place = f"[[books.rigs]] {rig.name}"
    try:
        check_base_url(rig.base_url, rig.name, has_key=False)
    except ValueError as error:
        raise ConfigError(f"{place}: {error}") from None
    parts = urlsplit(rig.base_url)
    if parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise ConfigError(f"{place}: base_url is http, by which anybody on the way could tell other days; use https")
    if rig.ca_file is not None and not rig.ca_file.is_file():
        raise ConfigError(
            f"{place}: ca_file {shown_file(rig.ca_file)} is no file; write the certificate there that signs the rig's"
        )
    key = None
    if rig.key_file is not None:
        key = read_secret(rig.key_file, place=place, key="key_file", what="user and password")
    return feed_requests.fetch(
        (FeedRequest(path),),
        base_url=rig.base_url,
        now=now,
        deadline_seconds=DEADLINE_SECONDS,
        key=key,
        key_place=_PASSWORD,
        maximum_bytes=LARGEST_RECORD_BYTES,
        authorities=rig.ca_file,
    )


@dataclass(slots=True)
class RigRecords:
    """The other rigs of a book, for one posting."""

    rigs: Sequence[BookRig]
    now: datetime
    ask: AskRig = ask_rig
    monotonic: Callable[[], float] = time.monotonic
    problems: dict[str, str] = field(default_factory=dict)  # by the name of the rig: the first of each
    _given_up: set[str] = field(default_factory=set)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(rig.name for rig in self.rigs)

    def days(self, wanted: Mapping[str, tuple[date, date]], zone: ZoneInfo) -> dict[str, list[date]]:
        """Which days each rig has.

        Args:
            wanted: from which day up to which one, not included, by the name of the rig.
            zone: whose days.
        """

        def of(rig: BookRig) -> list[date]:
            path = _path("/-/days", rig, zone)
            try:
                listed = msgspec.json.decode(self.ask(rig, path, now=self.now), type=_Listed)
            except (msgspec.DecodeError, RecursionError, ValueError) as error:
                raise BadPayload("its days", clean_text(str(error)), "the list that an agent writes") from None
            if listed.rig != rig.name or listed.time_zone != zone.key:
                raise BadPayload("its days", f"{listed.rig} {listed.time_zone}", f"{rig.name} {zone.key}")
            if len(listed.days) > MOST_DAYS_LISTED:
                raise BadPayload("its days", str(len(listed.days)), f"at most {MOST_DAYS_LISTED}")
            first, over = wanted[rig.name]
            return sorted({day for day in listed.days if first <= day < over})

        return self._each(of)

    def records(self, days: Mapping[str, Iterable[date]], zone: ZoneInfo) -> dict[date, list[DayRecord]]:
        """The records of these days, as far as they can be had and are good."""

        def of(rig: BookRig) -> list[tuple[date, DayRecord]]:
            found, begun = [], self.monotonic()
            for day in days.get(rig.name, ()):
                try:
                    if self.monotonic() - begun > LONGEST_SECONDS:
                        raise TimedOut(f"not all of its days came within {LONGEST_SECONDS:g} s; the others come later")
                    raw = self.ask(rig, _path(f"/-/day/{day.isoformat()}", rig, zone), now=self.now)
                    periods = tuple(calendar_periods(*day_bounds(day, zone), "hour", zone))
                    found.append((day, read_day(raw, rig=rig.name, day=day, zone=zone, periods=periods)))
                except SourceError as error:
                    self.note(rig.name, error)
                    if isinstance(error, _ENDS_IT):
                        self._given_up.add(rig.name)
                        break
            return found

        by_day: dict[date, list[DayRecord]] = {}
        for told in self._each(of).values():
            for day, record in told:
                by_day.setdefault(day, []).append(record)
        return by_day

    def note(self, name: str, error: AgentError | str) -> None:
        """Say what is wrong with a rig."""
        self.problems.setdefault(name, f"the days of {name}: {error}")

    def _each(self, of: Callable[[BookRig], list[T]]) -> dict[str, list[T]]:
        """What comes of each rig that still answers."""

        def safely(rig: BookRig) -> list[T]:
            try:
                return of(rig)
            except AgentError as error:
                self.note(rig.name, error)
                self._given_up.add(rig.name)
                return []

        asked = [rig for rig in self.rigs if rig.name not in self._given_up]
        if not asked:
            return {}
        with ThreadPoolExecutor(RIGS_AT_ONCE, "rigs") as pool:
            return dict(zip((rig.name for rig in asked), pool.map(safely, asked), strict=True))


def _path(path: str, rig: BookRig, zone: ZoneInfo) -> str:
    return f"{path}?{urlencode({'rig': rig.name, 'time_zone': zone.key})}"
