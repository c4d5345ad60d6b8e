"""minerstat, ``v2/coins``.

``reward`` is coins for one hash a second over an HOUR; -1 is not said. Rows of type ``pool`` are multi-pools, which
have no difficulty and pay in another coin: they are left out.
"""

from collections.abc import Mapping
from datetime import datetime

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from calculators.money import Money
from calculators.units import HOURS_PER_DAY
from miner_agent.market.feed import NO_PARAMETERS, Feed, FeedReading, FeedRequest, KeyPlace, SavedAnswer, always
from miner_agent.market.feed_payload import FeedDoc, json_of, refuse_error_body
from miner_agent.market.feeds.forms.gather import USD, Gathering

NOT_SAID = -1


def parse(
    raw: bytes, *, taken_at: datetime, coins: Mapping[str, Coin], parameters: Mapping[str, str] = NO_PARAMETERS
) -> FeedReading:
    gathering = Gathering(source="minerstat", coins=coins, taken_at=taken_at)
    answer = json_of(raw, "minerstat")
    refuse_error_body(answer)
    if not answer.is_list() or not answer.value:
        answer.expected("a list of coins")
    gathering.each(answer.items(), lambda row: _quote(row, gathering))
    return gathering.reading()


def _quote(row: FeedDoc, gathering: Gathering) -> Quote | None:
    if row.text_or_none("type") == "pool":
        return None
    ticker = row.text("coin")
    meant = gathering.meant(ticker, row.text("algorithm"))
    paid_in = row.text_or_none("reward_unit")
    if paid_in is not None and paid_in.upper() != ticker.upper():
        row.at("reward_unit").expected("the coin itself")
    an_hour = gathering.detail(lambda: _said(row, "reward"))
    price = gathering.detail(row.decimal_or_none, "price")
    volume = gathering.detail(row.decimal_or_none, "volume")
    return Quote(
        coin=meant.ticker,
        algorithm=meant.algorithm,
        source="minerstat",
        taken_at=gathering.when(row, "updated"),
        difficulty=_said(row, "difficulty"),
        hashes_per_difficulty=meant.hashes_per_difficulty,
        network_hashes_per_second=gathering.detail(lambda: _said(row, "network_hashrate")),
        block_reward_coins=gathering.detail(lambda: _said(row, "reward_block")),
        coins_per_hash_per_second_per_day=None if an_hour is None else an_hour * HOURS_PER_DAY,
        price=None if price is None or price == NOT_SAID else gathering.price(meant.ticker, Money(price, USD)),
        volume_per_day=None if volume is None or volume < 0 else Money(volume, USD),
    )


def _said(row: FeedDoc, name: str) -> float | None:
    return None if row.decimal_or_none(name) == NOT_SAID else row.positive_or_none(name)


def _recognises(seen: SavedAnswer) -> bool:
    if seen.json is None or not isinstance(seen.json.value, list):
        return False
    return any(
        isinstance(row, dict) and {"coin", "reward", "network_hashrate"} <= row.keys() for row in seen.json.value
    )


FEED = Feed(
    name="minerstat",
    title="minerstat",
    kind="market",
    gives="difficulty, network hashrate, block reward, yield, price in USD, volume",
    parse=parse,
    recognises=_recognises,
    requests=always(FeedRequest("/v2/coins")),
    base_url="https://api.minerstat.com",
    key=KeyPlace("header", "X-API-Key", needed=True),
    interval_seconds=900,
    terms="A subscription with a monthly quota, at most 12 requests a minute; name minerstat beside its figures.",
    documentation="https://api.minerstat.com/docs-coins/documentation",
)
