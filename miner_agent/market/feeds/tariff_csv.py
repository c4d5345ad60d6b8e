"""A CSV file of prices, such as a supplier's download: a line of names, then a slot a line.

Prices are taken as they stand: what is in them is in them.
"""

from collections.abc import Mapping
from datetime import datetime

from calculators.chain.coin import Coin
from miner_agent.market.feed import NO_PARAMETERS, Feed, FeedReading, SavedAnswer
from miner_agent.market.feed_payload import FeedDoc, csv_header, csv_rows
from miner_agent.market.feeds.forms import table

SHOWN_PRICE = "price_per_kilowatt_hour"  # as `miner-agent tariff show --csv` heads it


def parse(
    raw: bytes, *, taken_at: datetime, coins: Mapping[str, Coin], parameters: Mapping[str, str] = NO_PARAMETERS
) -> FeedReading:
    if "price" not in parameters and "price" not in (header := csv_header(raw)) and SHOWN_PRICE in header:
        parameters = {**parameters, "price": SHOWN_PRICE}
    columns = {
        name: told.strip().lower() if name in {"start", "end", "price"} else told for name, told in parameters.items()
    }
    return table.slots_of(list(csv_rows(raw, "tariff")), columns, FeedDoc.at)


def _recognises(seen: SavedAnswer) -> bool:
    header = set(csv_header(seen.raw))
    return seen.json is None and seen.xml_root is None and "start" in header and bool(header & {"price", SHOWN_PRICE})


FEED = Feed(
    name="tariff_csv",
    title="CSV of prices",
    kind="tariff",
    gives="price slots from your own file",
    parse=parse,
    recognises=_recognises,
    requests=None,
    parameters=table.PARAMETERS,
    interval_seconds=900,
    terms="Your own file.",
    documentation="docs/feeds.md",
)
