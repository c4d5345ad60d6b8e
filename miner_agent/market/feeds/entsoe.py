"""ENTSO-E Transparency Platform: day-ahead prices (document A44).

The price of the wholesale market, without fees and taxes. Resolutions of 15, 30 and 60 minutes; in curve type A03 a
position that is missing repeats the one before it, in A01 it is a hole. A zone may have several auctions in one answer,
in any order: the one with the lowest number in its classification sequence is the day-ahead market itself.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from xml.etree.ElementTree import Element

from calculators.chain.coin import Coin
from miner_agent.errors import BadPayload
from miner_agent.market.feed import (
    NO_PARAMETERS,
    Feed,
    FeedReading,
    FeedRequest,
    KeyPlace,
    Parameter,
    PriceSlot,
    SavedAnswer,
    in_path,
)
from miner_agent.market.feed_payload import FeedDoc, children, local_name, xml_doc, xml_of
from miner_agent.market.feeds.forms import price_slots

ROOT = "Publication_MarketDocument"
REFUSAL = "Acknowledgement_MarketDocument"
STEPS = {
    "PT15M": timedelta(minutes=15),
    "PT30M": timedelta(minutes=30),
    "PT60M": timedelta(hours=1),
    "PT1H": timedelta(hours=1),
}
SEQUENCE = "classificationSequence_AttributeInstanceComponent.position"
REPEATS = "A03"
ENERGY = {"MWH": "MWh", "KWH": "kWh"}
LONGEST_PERIOD = timedelta(days=400)
MOST_SLOTS = 100_000


def parse(
    raw: bytes, *, taken_at: datetime, coins: Mapping[str, Coin], parameters: Mapping[str, str] = NO_PARAMETERS
) -> FeedReading:
    root = xml_of(raw, "entsoe")
    if local_name(root) == REFUSAL:
        reasons = [xml_doc(reason, "entsoe.Reason").text_or_none("text") for reason in children(root, "Reason")]
        raise BadPayload("entsoe", "; ".join(filter(None, reasons)), "prices; look at the area and at the period")
    series = children(root, "TimeSeries")
    if local_name(root) != ROOT or not series:
        raise BadPayload("entsoe", local_name(root), f"a {ROOT} with a TimeSeries")
    auctions: dict[int, list[PriceSlot]] = {}
    problems: list[str] = []
    for number, one in enumerate(series, start=1):
        try:
            row = xml_doc(one, f"entsoe.TimeSeries[{number}]")
            slots = _slots_of(one, row)
            auctions.setdefault(row.count_or_none(SEQUENCE) or 0, []).extend(slots)
        except (BadPayload, ValueError) as error:
            problems.append(str(error))
    return price_slots.reading_of(auctions[min(auctions)] if auctions else (), problems)


def _slots_of(series: Element, row: FeedDoc) -> list[PriceSlot]:
    currency = row.text("currency_Unit.name")
    per = ENERGY.get(row.text("price_Measure_Unit.name").upper())
    if per is None:
        row.at("price_Measure_Unit.name").expected("MWH or KWH")
    repeats = row.text_or_none("curveType") == REPEATS
    slots: list[PriceSlot] = []
    for period in children(series, "Period"):
        for start, end, amount in _period(period, f"{row.path}.Period", repeats=repeats):
            slots.append(price_slots.slot(start, end, price_slots.price(amount, currency, per=per), row.path))
            if len(slots) > MOST_SLOTS:
                row.expected(f"at most {MOST_SLOTS:,} slots")
    if not slots:
        row.expected("a Period with prices")
    return slots


def _period(period: Element, path: str, *, repeats: bool) -> Iterator[tuple[datetime, datetime, Decimal]]:
    head = xml_doc(period, path)
    intervals = children(period, "timeInterval")
    if len(intervals) != 1:
        head.expected("one timeInterval")
    interval = xml_doc(intervals[0], f"{path}.timeInterval")
    start, end = interval.moment("start"), interval.moment("end")
    step = STEPS.get(head.text("resolution"))
    if step is None:
        head.at("resolution").expected(f"one of {', '.join(STEPS)}")
    if not timedelta(0) < end - start <= LONGEST_PERIOD:
        interval.expected("an end after its start, and no more than a year")
    last = (end - start) // step
    prices: dict[int, Decimal] = {}
    for point in children(period, "Point"):
        row = xml_doc(point, f"{path}.Point")
        position = row.count_or_none("position")
        if position is None or not 1 <= position <= last or position in prices:
            row.at("position").expected(f"each position from 1 to {last} once")
        prices[position] = row.decimal("price.amount")
    if repeats and prices and 1 not in prices:
        head.expected("a price at position 1; there is nothing before it to repeat")
    amount: Decimal | None = None
    for position in range(1, last + 1):
        amount = prices.get(position, amount if repeats else None)
        if amount is not None:
            yield start + (position - 1) * step, start + position * step, amount


def requests(parameters: Mapping[str, str], *, now: datetime, coins: Mapping[str, Coin]) -> tuple[FeedRequest, ...]:
    """Yesterday's, today's and tomorrow's prices: a day of the market begins at midnight of its own zone."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    area = in_path(parameters["area"])
    start, end = (f"{today + timedelta(days=days):%Y%m%d%H%M}" for days in (-1, 2))
    return (
        FeedRequest(f"/api?documentType=A44&in_Domain={area}&out_Domain={area}&periodStart={start}&periodEnd={end}"),
    )


def _recognises(seen: SavedAnswer) -> bool:
    return seen.xml_root in {ROOT, REFUSAL}


FEED = Feed(
    name="entsoe",
    title="ENTSO-E Transparency Platform",
    kind="tariff",
    gives="day-ahead prices of a bidding zone, without fees and taxes",
    parse=parse,
    recognises=_recognises,
    requests=requests,
    base_url="https://web-api.tp.entsoe.eu",
    parameters=(Parameter(name="area", meaning="EIC code of the bidding zone, such as 10Y1001A1001A82H (DE-LU)"),),
    key=KeyPlace("query", "securityToken", needed=True),
    interval_seconds=3600,
    terms="Free with a registered token, at most 400 requests a minute; the next day's prices come at about 13:00 CET.",
    documentation="https://transparency.entsoe.eu/content/static_content/Static%20content/web%20api/Guide.html",
)
