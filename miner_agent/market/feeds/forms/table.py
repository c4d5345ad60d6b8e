"""Price slots in rows of anybody's making: settings say where start, end and price stand."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from calculators.money import Money
from miner_agent.errors import BadPayload, Unquoted
from miner_agent.market.feed import FeedReading, Parameter, PriceSlot
from miner_agent.market.feed_payload import FeedDoc
from miner_agent.market.feeds.forms import price_slots

PARAMETERS = (
    Parameter(name="start", meaning="where the start of a slot stands", default="start"),
    Parameter(
        name="end",
        meaning="where its end stands; where there is none, a slot ends with the next one's start",
        default="end",
    ),
    Parameter(name="price", meaning="where its price stands", default="price"),
    Parameter(name="currency", meaning="code of the currency, where no `currency` stands in the data", default=""),
    Parameter(name="per", meaning="`kWh` or `MWh`: what a price is for", default="kWh"),
    Parameter(name="parts", meaning="`100` where prices are in cents or pence", default="1"),
    Parameter(name="zone", meaning="time zone of times without one, such as Europe/Berlin", default=""),
)
UNSAID = (
    "a code such as EUR in each row's currency, or from --currency EUR beside a file, "
    'or from parameters = { currency = "EUR" } of a configured feed'
)
_DEFAULTS = {parameter.name: parameter.default or "" for parameter in PARAMETERS}

At = Callable[[FeedDoc, str], FeedDoc]
_Row = tuple[FeedDoc, datetime, datetime | None, Money]


def slots_of(rows: Sequence[FeedDoc], parameters: Mapping[str, str], at: At) -> FeedReading:
    """The slots of ``rows``. ``at`` finds a place in a row by its name in the settings."""
    settings = {**_DEFAULTS, **parameters}
    if not rows:
        raise BadPayload("tariff", "no row", "a slot")
    if not settings["currency"] and not any(row.is_object() and at(row, "currency").value for row in rows):
        raise BadPayload("tariff.currency", Unquoted("told nowhere"), UNSAID)
    unit, zone = _unit(settings), price_slots.zone_of(settings)
    found: list[_Row] = []
    problems: list[str] = []
    for row in rows:
        try:
            if not row.is_object():
                row.expected("as many values as there are names")
            end = at(row, settings["end"])
            price = Money(at(row, settings["price"]).decimal() / unit, _currency(at(row, "currency"), settings))
            found.append(
                (
                    row,
                    price_slots.moment_in(at(row, settings["start"]), zone),
                    price_slots.moment_in(end, zone) if end.value else None,
                    price,
                )
            )
        except (BadPayload, ValueError) as error:
            problems.append(str(error))
    return price_slots.reading_of(_with_ends(found, problems) if found else (), problems)


def _with_ends(found: list[_Row], problems: list[str]) -> list[PriceSlot]:
    if all(end is None for _, _, end, _ in found):
        ends = dict(price_slots.ends_of([start for _, start, _, _ in found], "tariff"))
        found = [(row, start, ends[start], price) for row, start, _, price in found]
    elif all(end is not None for _, _, end, _ in found):
        meant = price_slots.meant_ends([(start, end) for _, start, end, _ in found if end is not None])
        found = [(row, start, end, price) for (row, start, _, price), end in zip(found, meant, strict=True)]
    slots: list[PriceSlot] = []
    for row, start, end, price in found:
        try:
            if end is None:
                row.expected("an end, as the other slots have")
            slots.append(price_slots.slot(start, end, price, row.path))
        except BadPayload as error:
            problems.append(str(error))
    return slots


def _unit(settings: Mapping[str, str]) -> Decimal:
    """How many of a price's units one currency unit a kilowatt-hour is."""
    per = price_slots.PER.get(settings["per"])
    if per is None:
        raise BadPayload("tariff.per", settings["per"], "kWh or MWh")
    try:
        parts = Decimal(settings["parts"])
    except InvalidOperation:
        parts = Decimal(0)
    if not (parts.is_finite() and parts > 0):
        raise BadPayload("tariff.parts", settings["parts"], "1, or 100 for cents and pence")
    return per * parts


def _currency(place: FeedDoc, settings: Mapping[str, str]) -> str:
    said = place.text_or_none() or settings["currency"]
    if not said:
        place.expected("the code of a currency, as other slots have")
    return said.upper()
