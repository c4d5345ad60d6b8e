"""WhatToMine: ``coins.json``, ``asic.json`` and the answers for single coins.

Every price is in Bitcoin, except Bitcoin's own, which is in USD though ``exchange_rate_curr`` says "BTC". Numbers come
as numbers or as text. Where a row has no present reward, its mean of 24 hours serves. NiceHash's rows are a market for
hashrate, with a difficulty and a reward of 1: no coins.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from calculators.money import Money
from miner_agent.errors import BadPayload
from miner_agent.market.feed import NO_PARAMETERS, Feed, FeedReading, FeedRequest, KeyPlace, Parameter, SavedAnswer
from miner_agent.market.feed_payload import FeedDoc, json_of, refuse_error_body
from miner_agent.market.feeds.forms.gather import BITCOIN, Gathering

NICEHASH = "NICEHASH"
LEAST_USD_A_BITCOIN = Decimal(100)  # below it the rate is in another unit
MOST_BITCOIN_A_COIN = Decimal(1)  # above it too: no mined coin is worth more than a Bitcoin
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./?&=%\[\]-]*", re.ASCII)


def parse(
    raw: bytes, *, taken_at: datetime, coins: Mapping[str, Coin], parameters: Mapping[str, str] = NO_PARAMETERS
) -> FeedReading:
    gathering = Gathering(source="whattomine", coins=coins, taken_at=taken_at)
    answer = json_of(raw, "whattomine")
    answers = list(answer.items()) if answer.is_list() else [answer]
    if not answers:
        answer.expected("coins")
    for one in answers:
        refuse_error_body(one)
        gathering.each(_rows(one), lambda row: _quote(row, gathering))
    return gathering.reading()


def _rows(answer: FeedDoc) -> Iterator[FeedDoc]:
    if answer.at("tag").value is not None:
        yield answer  # of a single coin
        return
    coins = answer.at("coins")
    if not coins.is_object() or not coins.value:
        coins.expected("coins")
    for _, row in coins.entries():
        yield row


def _quote(row: FeedDoc, gathering: Gathering) -> Quote | None:
    tag = row.text("tag")
    if tag.upper() == NICEHASH:
        return None
    meant = gathering.meant(tag, row.text("algorithm"))
    detail = gathering.detail
    volume = detail(row.decimal_or_none, "exchange_rate_vol")
    return Quote(
        coin=meant.ticker,
        algorithm=meant.algorithm,
        source="whattomine",
        taken_at=gathering.when(row, "timestamp"),
        difficulty=row.positive_or_none("difficulty"),
        hashes_per_difficulty=meant.hashes_per_difficulty,
        network_hashes_per_second=detail(row.positive_or_none, "nethash"),
        block_time_seconds=detail(row.positive_or_none, "block_time"),
        block_reward_coins=detail(row.positive_or_none, "block_reward")
        or detail(row.positive_or_none, "block_reward24"),
        price=detail(lambda: _price(row, tag.upper(), gathering)),
        volume_per_day=None if volume is None or volume < 0 else Money(volume, BITCOIN),
        height=detail(row.count_or_none, "last_block") or None,
        lagging=row.truth_or_none("lagging") or False,
    )


def _price(row: FeedDoc, ticker: str, gathering: Gathering) -> Money | None:
    amount = row.decimal_or_none("exchange_rate")
    if amount is None:
        return None
    currency = (row.text_or_none("exchange_rate_curr") or BITCOIN).upper()
    if ticker == BITCOIN:
        if 0 < amount < LEAST_USD_A_BITCOIN:
            gathering.problem(f"{ticker}: its price is {amount}, which is no price in USD; it has none here")
            return None
        currency = "USD"
    elif currency == BITCOIN and amount > MOST_BITCOIN_A_COIN:
        gathering.problem(f"{ticker}: its price is {amount} BTC; is it in another currency? It has none here")
        return None
    return gathering.price(ticker, Money(amount, currency))


def requests(
    parameters: Mapping[str, str],
    *,
    now: datetime,
    coins: Mapping[str, Coin],
) -> tuple[FeedRequest, ...]:
    paths = [path.strip() for path in parameters["paths"].split(",")]
    for path in paths:
        if not _PATH.fullmatch(path) or ".." in path:
            raise ValueError(f"whattomine: paths has {path[:60]!a}; write paths such as coins.json,coins/1.json")
    return tuple(FeedRequest(f"/{path}") for path in paths)


def _recognises(seen: SavedAnswer) -> bool:
    if seen.json is None:
        return False
    first = seen.json.at(0) if seen.json.is_list() else seen.json
    if not first.is_object():
        return False
    if isinstance(first.at("tag").value, str) and first.at("nethash").value is not None:
        return True
    try:
        rows = [row for _, row in first.entries("coins")]
    except BadPayload:
        return False
    return any(row.is_object() and isinstance(row.at("tag").value, str) for row in rows)


FEED = Feed(
    name="whattomine",
    title="WhatToMine",
    kind="market",
    gives="difficulty, network hashrate, block time and reward, price in Bitcoin; of Bitcoin, price in USD",
    parse=parse,
    recognises=_recognises,
    requests=requests,
    base_url="https://whattomine.com",
    parameters=(
        Parameter(
            name="paths",
            meaning="what to ask, with commas between; coins/1.json is Bitcoin alone",
            default="coins.json,asic.json",
        ),
    ),
    key=KeyPlace("header", "Authorization", prefix="Token "),
    interval_seconds=900,
    terms="Requests are limited by month and plan; its figures change every few minutes at most.",
    documentation="https://whattomine.com/api-docs",
)
