"""The European Central Bank's reference rates: ``eurofxref-daily.xml``, and the same for 90 days or since 1999.

The tables ``eurofxref.csv`` and ``eurofxref-hist.csv`` say the same: a column a currency, ``N/A`` where it has no rate.
Published on working days at about 16:00 in Frankfurt: what one euro is worth. A weekend and a holiday have the rate of
the last working day, under that day's date.
"""

from collections.abc import Mapping
from datetime import datetime
from xml.etree.ElementTree import Element

from calculators.chain.coin import Coin
from calculators.exchange import Rate
from calculators.money import Money
from miner_agent.errors import BadPayload
from miner_agent.market.feed import NO_PARAMETERS, Feed, FeedReading, FeedRequest, SavedAnswer, always
from miner_agent.market.feed_payload import FeedDoc, children, csv_header, csv_rows, local_name, xml_of
from miner_agent.market.feeds.forms.gather import PROBLEM_LENGTH, shortened
from miner_agent.sources.foreign_json import BYTE_ORDER_MARK
from miner_agent.text import clean_text

ROOT = "Envelope"
EURO = "EUR"
CODE_LENGTH = 3
NOT_SAID = frozenset({"", "N/A"})
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip


def parse(
    raw: bytes, *, taken_at: datetime, coins: Mapping[str, Coin], parameters: Mapping[str, str] = NO_PARAMETERS
) -> FeedReading:
    if not raw.removeprefix(BYTE_ORDER_MARK).lstrip().startswith(b"<"):
        return _of_table(raw)
    root = xml_of(raw, "ecb")
    days = [day for outer in children(root, "Cube") for day in children(outer, "Cube")]
    if local_name(root) != ROOT or not days:
        raise BadPayload("ecb", local_name(root), "the Envelope of the reference rates, with a Cube for each day")
    rates: dict[tuple[str, datetime], Rate] = {}
    problems: list[str] = []
    for day in days:
        try:
            _add(day, rates, problems)
        except BadPayload as error:
            problems.append(clean_text(str(error), length=PROBLEM_LENGTH))
    return FeedReading(rates=tuple(rates.values()), problems=shortened(problems))


def _of_table(raw: bytes) -> FeedReading:
    rates: list[Rate] = []
    problems: list[str] = []
    for row in csv_rows(raw, "ecb"):
        try:
            if not row.is_object():
                row.expected("as many values as there are names")
            taken_at = _day(row.at("date"))
            for currency, place in row.entries():
                if currency != "date" and place.value not in NOT_SAID:
                    worth = Money(place.decimal(), currency.upper())
                    rates.append(Rate(currency=EURO, worth=worth, taken_at=taken_at, source="ecb"))
        except (BadPayload, ValueError) as error:
            problems.append(clean_text(str(error), length=PROBLEM_LENGTH))
    if not rates and not problems:
        raise BadPayload("ecb", raw[:40], "a table with the column Date and a rate a currency")
    return FeedReading(rates=tuple(rates), problems=shortened(problems))


def _day(place: FeedDoc) -> datetime:
    """``27 November 2026`` of the daily table, ``2026-11-27`` of the long one."""
    number, _, rest = place.text().partition(" ")
    month, _, year = rest.partition(" ")
    if month not in MONTHS or not (number.isdecimal() and year.isdecimal()):
        return place.day()
    return FeedDoc(f"{year:0>4}-{MONTHS.index(month) + 1:02}-{number:0>2}", place.path).day()


def _add(day: Element, rates: dict[tuple[str, datetime], Rate], problems: list[str]) -> None:
    taken_at = FeedDoc(day.get("time"), "ecb.Cube.time").day()
    for cube in children(day, "Cube"):
        row = FeedDoc(dict(cube.attrib), f"ecb {taken_at:%Y-%m-%d} {clean_text(cube.get('currency') or '')}")
        try:
            currency = row.text("currency")
            if (currency, taken_at) in rates:
                row.at("currency").expected("each currency once a day")
            if row.decimal("rate") <= 0:
                row.at("rate").expected("a rate above zero")
            worth = Money(row.decimal("rate"), currency)
            rates[currency, taken_at] = Rate(currency=EURO, worth=worth, taken_at=taken_at, source="ecb")
        except (BadPayload, ValueError) as error:
            problems.append(clean_text(str(error), length=PROBLEM_LENGTH))


def _recognises(seen: SavedAnswer) -> bool:
    if seen.xml_root is not None or seen.json is not None:
        return seen.xml_root == ROOT
    first, *others = csv_header(seen.raw) or ("",)
    return first == "date" and "usd" in others and all(len(name) == CODE_LENGTH for name in others)


FEED = Feed(
    name="ecb",
    title="European Central Bank",
    kind="rates",
    gives="what one euro is worth in about 30 currencies, each working day",
    parse=parse,
    recognises=_recognises,
    requests=always(FeedRequest("/stats/eurofxref/eurofxref-daily.xml")),
    base_url="https://www.ecb.europa.eu",
    interval_seconds=6 * 3600,
    terms="Free to use with the source named; the rates are for information, once every working day.",
    documentation="https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html",
)
