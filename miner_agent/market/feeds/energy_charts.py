"""Energy-Charts (Fraunhofer ISE): day-ahead prices of a bidding zone.

The price of the wholesale market, without fees and taxes. Two lists side by side; a slot ends where the next one
begins, and a price of null is a hole.
"""

from collections.abc import Mapping
from datetime import datetime

from calculators.chain.coin import Coin
from miner_agent.market.feed import NO_PARAMETERS, Feed, FeedReading, FeedRequest, Parameter, SavedAnswer, in_path
from miner_agent.market.feed_payload import json_of, refuse_error_body
from miner_agent.market.feeds.forms import price_slots


def parse(
    raw: bytes, *, taken_at: datetime, coins: Mapping[str, Coin], parameters: Mapping[str, str] = NO_PARAMETERS
) -> FeedReading:
    answer = json_of(raw, "energy_charts")
    refuse_error_body(answer)
    currency, _, energy = answer.text("unit").replace(" ", "").partition("/")
    if energy not in price_slots.PER:
        answer.at("unit").expected("EUR / MWh")
    starts = list(answer.items("unix_seconds"))
    prices = list(answer.items("price"))
    if not starts or len(starts) != len(prices):
        answer.expected(f"as many prices as times, not {len(prices)} and {len(starts)}")
    slots = [
        price_slots.slot(start, end, price_slots.price(amount, currency, per=energy), price.path)
        for (start, end), price in zip(
            price_slots.ends_of([start.moment() for start in starts], "energy_charts"), prices, strict=True
        )
        if (amount := price.decimal_or_none()) is not None
    ]
    return price_slots.reading_of(slots)


def requests(parameters: Mapping[str, str], *, now: datetime, coins: Mapping[str, Coin]) -> tuple[FeedRequest, ...]:
    return (FeedRequest(f"/price?bzn={in_path(parameters['area'])}"),)


def _recognises(seen: SavedAnswer) -> bool:
    return seen.json is not None and seen.json.is_object() and seen.json.at("unix_seconds").value is not None


FEED = Feed(
    name="energy_charts",
    title="Energy-Charts",
    kind="tariff",
    gives="day-ahead prices of a bidding zone, without fees and taxes",
    parse=parse,
    recognises=_recognises,
    requests=requests,
    base_url="https://api.energy-charts.info",
    parameters=(Parameter(name="area", meaning="the bidding zone, such as DE-LU, AT, FR, NL", default="DE-LU"),),
    interval_seconds=3600,
    terms="The licence stands in each answer, CC BY 4.0 for most zones: name the source. No key.",
    documentation="https://api.energy-charts.info",
)
