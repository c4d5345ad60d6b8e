"""aWATTar: day-ahead prices of Germany or Austria, by the hour.

The price of the wholesale market, without fees and taxes. Times are in milliseconds.
"""

from collections.abc import Mapping
from datetime import datetime

from calculators.chain.coin import Coin
from miner_agent.errors import BadPayload
from miner_agent.market.feed import NO_PARAMETERS, Feed, FeedReading, FeedRequest, PriceSlot, SavedAnswer, always
from miner_agent.market.feed_payload import json_of, refuse_error_body
from miner_agent.market.feeds.forms import price_slots


def parse(
    raw: bytes, *, taken_at: datetime, coins: Mapping[str, Coin], parameters: Mapping[str, str] = NO_PARAMETERS
) -> FeedReading:
    answer = json_of(raw, "awattar")
    refuse_error_body(answer)
    data = answer.at("data")
    if not data.is_list() or not data.value:
        data.expected("a list of prices")
    slots: list[PriceSlot] = []
    problems: list[str] = []
    for row in data.items():
        try:
            currency, _, energy = row.text("unit").replace(" ", "").partition("/")
            if energy not in price_slots.PER:
                row.at("unit").expected("Eur/MWh")
            price = price_slots.price(row.decimal("marketprice"), currency.upper(), per=energy)
            slots.append(price_slots.slot(row.moment("start_timestamp"), row.moment("end_timestamp"), price, row.path))
        except (BadPayload, ValueError) as error:
            problems.append(str(error))
    return price_slots.reading_of(slots, problems)


def _recognises(seen: SavedAnswer) -> bool:
    if seen.json is None or not seen.json.is_object() or not seen.json.at("data").is_list():
        return False
    return any(row.is_object() and row.at("marketprice").value is not None for row in seen.json.items("data"))


FEED = Feed(
    name="awattar",
    title="aWATTar",
    kind="tariff",
    gives="day-ahead prices of Germany (or Austria: base_url https://api.awattar.at), without fees and taxes",
    parse=parse,
    recognises=_recognises,
    requests=always(FeedRequest("/v1/marketdata")),
    base_url="https://api.awattar.de",
    interval_seconds=3600,
    terms="Fair use: 100 requests a day, without a key; prices of the next day come at about 14:00.",
    documentation="https://www.awattar.de/services/api",
)
