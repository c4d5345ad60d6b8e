"""A node of the Monero family: ``get_info`` and ``get_last_block_header``.

The reward is the last block's, fees with it, and is taken of Monero alone: its relatives pay parts of theirs to others,
in units of their own, and the rule in the table of coins serves there.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from miner_agent.market.feed import NO_PARAMETERS, Feed, FeedReading, FeedRequest, SavedAnswer
from miner_agent.market.feed_payload import FeedDoc, json_of
from miner_agent.market.feeds.forms import rpc
from miner_agent.market.feeds.forms.gather import Gathering

MONERO = "XMR"
PICONERO_PER_MONERO = 1_000_000_000_000
BEHIND_BLOCKS = 2


def parse(
    raw: bytes, *, taken_at: datetime, coins: Mapping[str, Coin], parameters: Mapping[str, str] = NO_PARAMETERS
) -> FeedReading:
    answer = json_of(raw, "monerod")
    gathering = Gathering(source="node", coins=coins, taken_at=taken_at)
    problems: list[str] = []
    found = list(rpc.answers(answer, problems))
    results = [one.result for one in found if one.result.is_object()]
    info = next((result for result in results if result.at("target").value is not None), None)
    header = next((result.at("block_header") for result in results if result.at("block_header").is_object()), None)
    if info is None and header is None:
        answer.expected("an answer to get_info or get_last_block_header")
    ticker, coin = rpc.whose(found, coins, parameters, answer)
    for problem in problems:
        gathering.problem(f"{ticker}: {problem}")
    gathering.each([ticker], lambda ticker: _quote(ticker, coin, info, header, gathering, taken_at))
    return gathering.reading()


def _quote(
    ticker: str,
    coin: Coin | None,
    info: FeedDoc | None,
    header: FeedDoc | None,
    gathering: Gathering,
    taken_at: datetime,
) -> Quote:
    meant = gathering.meant(ticker, None if coin is not None else "randomx")
    if info is not None and info.text_or_none("nettype") not in {None, "mainnet"}:
        info.at("nettype").expected(f"{ticker}: the main network")
    reward = None if header is None or meant.ticker != MONERO else gathering.detail(header.positive_or_none, "reward")
    return Quote(
        coin=meant.ticker,
        algorithm=meant.algorithm,
        source="node",
        taken_at=taken_at,
        difficulty=next((_difficulty(place) for place in (info, header) if place is not None), None),
        hashes_per_difficulty=meant.hashes_per_difficulty,
        block_time_seconds=None if info is None else gathering.detail(info.positive_or_none, "target"),
        block_reward_coins=None if reward is None else reward / PICONERO_PER_MONERO,
        lagging=info is not None and _is_behind(info),
    )


def _difficulty(place: FeedDoc) -> float | None:
    """The whole difficulty: ``difficulty`` has only its lower 64 bits."""
    if place.at("wide_difficulty").value is not None:
        wide = place.hexadecimal("wide_difficulty")
        if wide == 0:
            place.at("wide_difficulty").expected("a number above zero")
        return float(wide)
    return place.positive_or_none("difficulty")


def _is_behind(info: FeedDoc) -> bool:
    height, target = info.count_or_none("height"), info.count_or_none("target_height")  # 0: it knows of no higher one
    return (
        info.truth_or_none("synchronized") is False
        or info.truth_or_none("offline") is True
        or (height is not None and target is not None and target > height + BEHIND_BLOCKS)
    )


def requests(parameters: Mapping[str, str], *, now: datetime, coins: Mapping[str, Coin]) -> tuple[FeedRequest, ...]:
    ticker = rpc.ticker_of(parameters)
    return tuple(
        FeedRequest("/json_rpc", rpc.body(ticker, [(method, [])])) for method in ("get_info", "get_last_block_header")
    )


def _recognises(seen: SavedAnswer) -> bool:
    if seen.json is None:
        return False
    return re.search(rb'"(?:wide_difficulty|block_header|top_block_hash)"\s*:', seen.raw) is not None


FEED = Feed(
    name="monerod",
    title="Monero's node and its relatives",
    kind="market",
    gives="difficulty and block time of one coin, of Monero the last reward too, from your own node",
    parse=parse,
    recognises=_recognises,
    requests=requests,
    parameters=(rpc.COIN,),
    interval_seconds=300,
    terms="Your own node, without a digest login (--rpc-login). Only methods that read are called.",
    documentation="https://docs.getmonero.org/rpc-library/monerod-rpc/",
)
