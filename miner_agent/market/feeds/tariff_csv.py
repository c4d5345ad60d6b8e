"""A CSV file of prices, such as a supplier's download: a line of names, then a slot a line.

Prices are taken as they stand: what is in them is in them.
"""

from collections.abc import Mapping
from datetime import datetime

from calculators.chain.coin import Coin
from miner_agent.market.feed import NO_PARAMETERS, Feed, FeedReading, SavedAnswer
from miner_agent.market.feed_payload import FeedDoc, csv_header, csv_rows
from miner_agent.market.feeds.forms import table


def parse(
    raw: bytes, *, taken_at: datetime, coins: Mapping[str, Coin], parameters: Mapping[str, str] = NO_PARAMETERS
) -> FeedReading:
    return table.slots_of(list(csv_rows(raw, "tariff")), parameters, _column)


def _column(row: FeedDoc, name: str) -> FeedDoc:
    return row.at(name.strip().lower())


def _recognises(seen: SavedAnswer) -> bool:
    return seen.json is None and seen.xml_root is None and {"start", "price"} <= set(csv_header(seen.raw))


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
