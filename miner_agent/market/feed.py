"""The vocabulary of a feed: what to ask a source of prices, and how to read its answer.

A feed has the form of a driver: a raw answer, which can be saved and replayed, plus a pure ``parse``. One answer is one
block of bytes: where a feed takes several requests, it is the JSON list of their answers, in their order.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Protocol
from urllib.parse import quote, urlsplit

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from calculators.exchange import Rate
from calculators.money import Money
from miner_agent.market.feed_payload import FeedDoc
from miner_agent.text import clean_text

FeedKind = Literal["market", "rates", "tariff"]
NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})
SHORTEST_INTERVAL_SECONDS = 60.0
LONGEST_INTERVAL_SECONDS = 7 * 86_400.0
_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]+\]", re.ASCII)


@dataclass(frozen=True, slots=True)
class PriceSlot:
    """What a kilowatt-hour costs from ``start`` up to, not including, ``end``; both UTC. It may be below zero."""

    start: datetime
    end: datetime
    price: Money  # per kWh


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReading:
    """What one answer says. A row that cannot be believed is a sentence in ``problems``; the others stand."""

    quotes: tuple[Quote, ...] = ()
    rates: tuple[Rate, ...] = ()
    slots: tuple[PriceSlot, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """GET ``path`` below the feed's base address; with a body, which is JSON, POST it there."""

    path: str
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a feed's key goes. ``header`` and ``query`` name it; ``basic``: it is ``user:password``."""

    kind: Literal["header", "query", "basic"]
    name: str = ""
    prefix: str = ""  # before the key in its header
    needed: bool = False  # no answer without one


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A setting of one feed. ``default`` ``None``: it has to be given."""

    name: str
    meaning: str
    default: str | None = None
    untold: bool = False  # an answer does not tell what was asked for: with a file it has to be given


class Parse(Protocol):
    """Reads one answer: returns, or raises ``BadPayload``. ``taken_at`` is when the answer came."""

    def __call__(
        self,
        raw: bytes,
        *,
        taken_at: datetime,
        coins: Mapping[str, Coin],
        parameters: Mapping[str, str] = NO_PARAMETERS,
    ) -> FeedReading: ...


class Requests(Protocol):
    """What to ask, from the feed's own settings, the present moment and the coins that are known."""

    def __call__(
        self, parameters: Mapping[str, str], *, now: datetime, coins: Mapping[str, Coin]
    ) -> tuple[FeedRequest, ...]: ...


def always(*requests: FeedRequest) -> Requests:
    """For a feed that is asked the same every time."""

    def ask(
        parameters: Mapping[str, str],  # noqa: ARG001 - the signature of every feed
        *,
        now: datetime,  # noqa: ARG001
        coins: Mapping[str, Coin],  # noqa: ARG001
    ) -> tuple[FeedRequest, ...]:
        return requests

    return ask


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedAnswer:
    """An answer as far as it could be read without knowing whose it is: what feeds are recognised by."""

    raw: bytes
    json: FeedDoc | None = None
    xml_root: str | None = None  # name of the root element, without its namespace


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """How one source is asked and understood. ``name`` is the name of its file."""

    name: str
    title: str
    kind: FeedKind
    gives: str
    also_rates: bool = False  # beside what its kind tells, rates of exchange between any currencies
    parse: Parse = field(repr=False)
    recognises: Callable[[SavedAnswer], bool] = field(repr=False)
    requests: Requests | None = field(repr=False)  # None: it is read from a file alone
    base_url: str | None = None  # None: everybody's own
    parameters: tuple[Parameter, ...] = ()
    key: KeyPlace | None = None
    interval_seconds: float  # by default; the source's terms and the pace of its data allow it
    terms: str
    documentation: str

    def settings(
        self,
        *,
        name: str | None = None,
        base_url: str | None = None,
        file: Path | None = None,
        parameters: Mapping[str, str] = NO_PARAMETERS,
        key_file: Path | None = None,
        interval_seconds: float | None = None,
        deadline_seconds: float = 20.0,
    ) -> "FeedSettings":
        """Its settings, from what the user says and its own defaults.

        Raises:
            ValueError: something is unknown, missing or impossible; the sentence says what to write.
        """
        known = {parameter.name: parameter.default for parameter in self.parameters}
        for given in parameters:
            if given not in known:
                names = ", ".join(known) or "none"
                raise ValueError(f"{self.name}: parameter {clean_text(given)!r} is not known; known: {names}")
        filled = {key: value for key, value in {**known, **parameters}.items() if value is not None}
        lacking = sorted(known.keys() - filled.keys())
        if lacking:
            raise ValueError(f"{self.name}: parameter {lacking[0]} is missing; {self._meaning(lacking[0])}")
        untold = [each for each in self.parameters if each.untold and each.name not in parameters]
        if file is not None and untold:
            name = untold[0].name
            raise ValueError(f"{self.name}: a saved answer does not tell its {name}; set it: {untold[0].meaning}")
        if file is None and self.requests is None:
            raise ValueError(f"{self.name}: it is read from a file; set file")
        if file is None and base_url is None and self.base_url is None:
            raise ValueError(f"{self.name}: base_url is missing; set it to the address of your own")
        if file is None and key_file is None and self.key is not None and self.key.needed:
            raise ValueError(f"{self.name}: it answers nobody without a key; set key_file to the file that holds yours")
        if key_file is not None and self.key is None:
            raise ValueError(f"{self.name}: it takes no key; leave key_file away")
        return FeedSettings(
            name=name or self.name,
            feed=self.name,
            base_url=None if file is not None else (base_url or self.base_url),
            file=file,
            parameters=MappingProxyType(filled),
            key_file=key_file,
            interval_seconds=self.interval_seconds if interval_seconds is None else interval_seconds,
            deadline_seconds=deadline_seconds,
        )

    def _meaning(self, name: str) -> str:
        return next(parameter.meaning for parameter in self.parameters if parameter.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSettings:
    """One configured feed: an address or a file, its own settings, and how often it is asked."""

    name: str  # of this configuration; its cache is called so
    feed: str
    base_url: str | None
    file: Path | None
    parameters: Mapping[str, str]
    key_file: Path | None
    interval_seconds: float
    deadline_seconds: float  # over all of its requests: names, connections, whole answers

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"{clean_text(self.name)!r} is no name for a feed; use up to 64 small letters, digits, dashes and "
                "underscores"
            )
        if not SHORTEST_INTERVAL_SECONDS <= self.interval_seconds <= LONGEST_INTERVAL_SECONDS:
            raise ValueError(
                f"{self.name}: interval_seconds = {self.interval_seconds:g} is not possible; "
                f"from {SHORTEST_INTERVAL_SECONDS:g} to {LONGEST_INTERVAL_SECONDS:g}"
            )
        if not (math.isfinite(self.deadline_seconds) and 1 <= self.deadline_seconds <= 120):
            raise ValueError(f"{self.name}: deadline_seconds = {self.deadline_seconds:g} is not possible; 1 to 120")
        if self.base_url is not None:
            check_base_url(self.base_url, self.name, has_key=self.key_file is not None)


def in_path(text: str) -> str:
    """``text`` as one part of a path or one value of a query."""
    return quote(text, safe="")


def check_base_url(url: str, name: str, *, has_key: bool) -> None:
    """Refuse an address that cannot be asked safely. No sentence shows a user, a password or a query."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(f"{name}: base_url is no address; write https://HOST or https://HOST:PORT") from None
    if parts.scheme not in {"http", "https"}:
        raise ValueError(f"{name}: base_url begins with neither https:// nor http://")
    if "@" in parts.netloc:
        raise ValueError(f"{name}: base_url takes no user and no password; put them into a file and set key_file")
    host = parts.netloc if port is None else parts.netloc.rpartition(":")[0]
    if not _HOST.fullmatch(host) or parts.query or parts.fragment or re.search(r"[\x00-\x20\x7f\\]|[^\x00-\x7f]", url):
        raise ValueError(f"{name}: base_url is more than scheme, host, port and path; write https://HOST/PATH")
    if has_key and parts.scheme == "http" and not _is_private(parts.hostname or ""):
        raise ValueError(
            f"{name}: a key would cross the network in the clear; use https, or the private IP address of a machine "
            "of yours"
        )


def _is_private(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return host == "localhost"
