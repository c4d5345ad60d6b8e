"""A JSON answer or file of prices in anybody's form: settings say by path where its slots and their parts stand.

A path is keys with dots between, and numbers for places in a list: ``data.viewer.prices.0.today``.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from calculators.chain.coin import Coin
from miner_agent.market.feed import NO_PARAMETERS, Feed, FeedReading, FeedRequest, KeyPlace, Parameter, SavedAnswer
from miner_agent.market.feed_payload import FeedDoc, json_of
from miner_agent.market.feeds.forms import table

_PATH = re.compile(r"/?[A-Za-z0-9_./?&=%:,+~\[\]-]*", re.ASCII)


def parse(
    raw: bytes, *, taken_at: datetime, coins: Mapping[str, Coin], parameters: Mapping[str, str] = NO_PARAMETERS
) -> FeedReading:
    answer = json_of(raw, "tariff")
    rows: list[FeedDoc] = []
    paths = parameters.get("list", "").split(",")
    for path in paths:
        place = _at(answer, path)
        if place.value is None and len(paths) > 1:
            continue  # tomorrow's prices, until they come
        if not place.is_list():
            place.expected("a list of slots; say where it stands with the parameter list")
        rows += place.items()
    return table.slots_of(rows, parameters, _at)


def _at(place: FeedDoc, path: str) -> FeedDoc:
    steps = [int(step) if step.isdecimal() and len(step) < 7 else step for step in path.strip().split(".") if step]
    return place.at(*steps)


def requests(parameters: Mapping[str, str], *, now: datetime, coins: Mapping[str, Coin]) -> tuple[FeedRequest, ...]:
    path = parameters["path"]
    if not _PATH.fullmatch(path) or ".." in path:
        raise ValueError(f"tariff_json: path = {path[:60]!a} is not possible; write it as /v1/prices?zone=DE")
    return (FeedRequest(f"/{path.removeprefix('/')}"),)


def _recognises(seen: SavedAnswer) -> bool:
    """Never by itself: nothing but its settings says what its numbers are."""
    return False


FEED = Feed(
    name="tariff_json",
    title="JSON of prices, by path",
    kind="tariff",
    gives="price slots from a supplier's answer or your own file",
    parse=parse,
    recognises=_recognises,
    requests=requests,
    parameters=(
        Parameter(name="path", meaning="what to ask below base_url, such as /v1/prices", default=""),
        Parameter(name="list", meaning="where the list of slots stands; several with commas between", default=""),
        *table.PARAMETERS,
    ),
    key=KeyPlace("header", "Authorization", prefix="Bearer "),
    interval_seconds=3600,
    terms="Your supplier's; look up how often it may be asked.",
    documentation="docs/feeds.md",
)
