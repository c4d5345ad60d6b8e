"""hashrate.no, API version 2, ``coins``.

An object by ticker; numbers are text, and empty text is not said. ``yield`` is coins for one hash a second over a day.
Prices have three significant digits. Errors, such as a used up quota, come with status 200.
"""

from collections.abc import Mapping
from datetime import datetime

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from calculators.money import Money
from miner_agent.market.feed import NO_PARAMETERS, Feed, FeedReading, FeedRequest, KeyPlace, SavedAnswer, always
from miner_agent.market.feed_payload import FeedDoc, json_of, refuse_error_body
from miner_agent.market.feeds.forms.gather import USD, Gathering


def parse(
    raw: bytes, *, taken_at: datetime, coins: Mapping[str, Coin], parameters: Mapping[str, str] = NO_PARAMETERS
) -> FeedReading:
    gathering = Gathering(source="hashrate_no", coins=coins, taken_at=taken_at)
    answer = json_of(raw, "hashrate_no")
    refuse_error_body(answer)
    if not answer.is_object() or not answer.value:
        answer.expected("coins by their tickers")
    gathering.each((row for _, row in answer.entries()), lambda row: _quote(row, gathering, taken_at))
    return gathering.reading()


def _quote(row: FeedDoc, gathering: Gathering, taken_at: datetime) -> Quote:
    meant = gathering.meant(row.text("ticker"), row.text("algorithm"))
    detail = gathering.detail
    price = detail(row.decimal_or_none, "price", USD)
    volume = detail(row.decimal_or_none, "price", "volume")
    return Quote(
        coin=meant.ticker,
        algorithm=meant.algorithm,
        source="hashrate_no",
        taken_at=taken_at,
        difficulty=row.positive_or_none("network", "difficulty"),
        hashes_per_difficulty=meant.hashes_per_difficulty,
        network_hashes_per_second=detail(row.positive_or_none, "network", "hashrate"),
        block_time_seconds=detail(row.positive_or_none, "network", "blockTime"),
        block_reward_coins=detail(row.positive_or_none, "network", "blockReward"),
        coins_per_hash_per_second_per_day=detail(row.positive_or_none, "estimate", "yield"),
        price=gathering.price(meant.ticker, None if price is None else Money(price, USD)),
        volume_per_day=None if volume is None else Money(volume, USD),
    )


def _recognises(seen: SavedAnswer) -> bool:
    if seen.json is None or not isinstance(seen.json.value, dict):
        return False
    return any(isinstance(row, dict) and {"ticker", "network"} <= row.keys() for row in seen.json.value.values())


FEED = Feed(
    name="hashrate_no",
    title="hashrate.no",
    kind="market",
    gives="difficulty, network hashrate, block time and reward, yield, price in USD, volume",
    parse=parse,
    recognises=_recognises,
    requests=always(FeedRequest("/coins")),
    base_url="https://hashrate.no/api/v2",
    key=KeyPlace("query", "apiKey", needed=True),
    interval_seconds=1800,
    terms="A key has a quota of requests by month; each request counts, and this asks about 1,440 times a month.",
    documentation="https://www.hashrate.no/c/api",
)
