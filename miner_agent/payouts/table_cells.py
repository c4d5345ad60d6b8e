"""Reads cells of tables that pools hand out: times with or without a zone, amounts, and what currency a column has."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from zoneinfo import ZoneInfo

from calculators.books.exact import EXACT
from miner_agent.bookkeeping.event_reader import EventRefused, read_amount
from miner_agent.market.feed_payload import MILLISECONDS_FROM

LONGEST_TIME = 40  # characters
NO_TIME = "is no time; write it as 2025-05-05 08:15:30"
EARLIEST_YEAR, LATEST_YEAR = 2009, 2200
_SINCE_1970 = re.compile(r"\d{9,13}(?:\.\d{1,6})?", re.ASCII)
_ZONE = re.compile(r"(?P<moment>.*?)\s*(?:GMT|UTC|Z)\s*(?P<offset>[+-]\d{1,2}(?::?\d{2})?)?", re.ASCII)
_IN_BRACKETS = re.compile(r"[(\[]\s*([A-Za-z]{3,5})\s*[)\]]")
_WORDS = re.compile(r"[A-Za-z]+")
FIAT = frozenset(
    {
        "AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EUR", "GBP", "HKD",
        "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KRW", "KZT", "MXN", "MYR", "NOK", "NZD", "PEN", "PHP", "PLN",
        "RON", "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "VND", "ZAR",
    }
)  # fmt: skip
"""Codes that name the currency of a column without brackets around them."""


def read_moment(text: str, zone: ZoneInfo | None) -> datetime:
    """A time as tables of pools have it: ISO 8601, with ``GMT`` or ``UTC`` behind it, or seconds since 1970.

    Args:
        text: the cell.
        zone: of a time that does not say its own; ``None``: such a one is refused.

    Raises:
        EventRefused: it is none, or its zone is not known.
    """
    told = text.strip().replace("/", "-")
    if len(told) > LONGEST_TIME or not told.isascii():
        raise EventRefused(NO_TIME)
    if _SINCE_1970.fullmatch(told):
        seconds = Decimal(told)
        if seconds >= MILLISECONDS_FROM:
            seconds /= 1000
        return _sensible(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(seconds * 1_000_000)))
    named = _ZONE.fullmatch(told)
    if named is not None:
        told = f"{named['moment']}{_offset(named['offset'])}"
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        raise EventRefused(NO_TIME) from None
    if moment.tzinfo is None:
        if zone is None:
            raise EventRefused("has no time zone; say whose clock it is: --time-zone UTC")
        moment = moment.replace(tzinfo=zone)
    return _sensible(moment)


def _offset(told: str | None) -> str:
    if told is None:
        return "+00:00"
    digits = told[1:].replace(":", "")
    return f"{told[0]}{digits[:-2] if len(digits) > 2 else digits:0>2}:{digits[-2:] if len(digits) > 2 else '00'}"


def _sensible(moment: datetime) -> datetime:
    try:
        found = moment.astimezone(UTC)
    except OverflowError:
        found = datetime.min.replace(tzinfo=UTC)
    if not EARLIEST_YEAR <= found.year < LATEST_YEAR:
        raise EventRefused(f"is no time between {EARLIEST_YEAR} and {LATEST_YEAR}")
    return found


def read_cell(text: str) -> Decimal:
    """An amount, whole and exact.

    Raises:
        EventRefused: it is none.
    """
    return read_amount(text.strip())


def whole_coins(units: Decimal, places: int) -> Decimal:
    """An amount that is told in the smallest unit of its coin.

    >>> whole_coins(Decimal("3003631965851380000"), 18)
    Decimal('3.003631965851380000')
    """
    with localcontext(EXACT):
        return units.scaleb(-places)


def currency_of_column(name: str) -> str | None:
    """The currency that a column's name says; ``None``: it says none.

    >>> currency_of_column("Amount (JPY)"), currency_of_column("value usd"), currency_of_column("Total value")
    ('JPY', 'USD', None)
    """
    if (found := _IN_BRACKETS.search(name)) is not None:
        return found[1].upper()
    return next((word.upper() for word in _WORDS.findall(name) if word.upper() in FIAT), None)
