"""A node of the Bitcoin family: ``getmininginfo``, ``getblockchaininfo``, ``getblocktemplate``.

The difficulty is in the node's own unit. ``getnetworkhashps`` is measured over the last 120 blocks. The reward is the
next block's, fees with it, as far as the template says who gets what; a template with a coinbase of its own
(``coinbasetxn``) does not, so the rule in the table of coins serves.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from miner_agent.market.feed import NO_PARAMETERS, Feed, FeedReading, FeedRequest, KeyPlace, SavedAnswer
from miner_agent.market.feed_payload import FeedDoc, json_of
from miner_agent.market.feeds.forms import rpc
from miner_agent.market.feeds.forms.block_template import reward_of
from miner_agent.market.feeds.forms.gather import Gathering, fits
from miner_agent.model.algorithms import Algorithms

BEHIND_BLOCKS = 1  # a header may be there before its block


def parse(
    raw: bytes, *, taken_at: datetime, coins: Mapping[str, Coin], parameters: Mapping[str, str] = NO_PARAMETERS
) -> FeedReading:
    answer = json_of(raw, "bitcoind")
    gathering = Gathering(source="node", coins=coins, taken_at=taken_at)
    problems: list[str] = []
    found = list(rpc.answers(answer, problems))
    ticker, coin = rpc.whose(found, coins, parameters, answer)
    for problem in problems:
        gathering.problem(f"{ticker}: {problem}")
    by_method = {name: one.result for one in found if (name := one.method or _method_of(one.result)) is not None}
    mining = by_method.get("getmininginfo") or by_method.get("getdifficulty")
    if mining is None:
        answer.expected("an answer to getmininginfo or getdifficulty")
    gathering.each([ticker], lambda ticker: _quote(ticker, coin, by_method, mining, gathering, taken_at))
    return gathering.reading()


def _quote(
    ticker: str,
    coin: Coin | None,
    by_method: Mapping[str, FeedDoc],
    mining: FeedDoc,
    gathering: Gathering,
    taken_at: datetime,
) -> Quote:
    meant = gathering.meant(ticker, None if coin is not None else "sha256d")
    chain = by_method.get("getblockchaininfo", mining)
    for place in (mining, chain):
        if place.is_object() and place.text_or_none("chain") not in {None, "main"}:
            place.at("chain").expected(f"{ticker}: the main chain")
    rate = by_method.get("getnetworkhashps")
    template = by_method.get("getblocktemplate")
    return Quote(
        coin=meant.ticker,
        algorithm=meant.algorithm,
        source="node",
        taken_at=taken_at,
        difficulty=_difficulty(mining, meant.algorithm, gathering.algorithms),
        hashes_per_difficulty=meant.hashes_per_difficulty,
        network_hashes_per_second=(
            gathering.detail(rate.positive_or_none)
            if rate is not None
            else gathering.detail(mining.positive_or_none, "networkhashps")
            if mining.is_object()
            else None
        ),
        block_reward_coins=None if template is None else gathering.detail(lambda: reward_of(template)),
        height=chain.count_or_none("blocks") if chain.is_object() else None,
        lagging=_is_behind(chain),
    )


def _difficulty(mining: FeedDoc, algorithm: str, algorithms: Algorithms) -> float | None:
    if not mining.is_object():
        return mining.positive_or_none()
    several = mining.at("difficulties")
    if several.value is None:
        return mining.positive_or_none("difficulty")
    own = next((place for name, place in several.entries() if fits(name, algorithm, algorithms)), None)
    if own is None:  # on a chain with several algorithms each has its own
        several.expected(f"a difficulty of {algorithm}")
    return own.positive_or_none()


def _is_behind(chain: FeedDoc) -> bool:
    if not chain.is_object():
        return False
    blocks, headers = chain.count_or_none("blocks"), chain.count_or_none("headers")
    return bool(chain.truth_or_none("initialblockdownload")) or (
        blocks is not None and headers is not None and headers > blocks + BEHIND_BLOCKS
    )


def _method_of(result: FeedDoc) -> str | None:
    """Which method a result without an id is of."""
    keys = result.keys()
    if {"difficulty", "networkhashps"} <= keys:
        return "getmininginfo"
    if {"bestblockhash", "chain", "blocks"} <= keys:
        return "getblockchaininfo"
    if "previousblockhash" in keys and keys & {"coinbasevalue", "coinbasetxn"}:
        return "getblocktemplate"
    return None


def requests(parameters: Mapping[str, str], *, now: datetime, coins: Mapping[str, Coin]) -> tuple[FeedRequest, ...]:
    calls: list[tuple[str, list[object]]] = [
        ("getmininginfo", []),
        ("getblockchaininfo", []),
        ("getblocktemplate", [{"rules": ["segwit"]}]),
    ]
    return (FeedRequest("/", rpc.body(rpc.ticker_of(parameters), calls, version="1.0")),)


def _recognises(seen: SavedAnswer) -> bool:
    """``getmininginfo`` is always among what was asked, and its names are nobody else's."""
    return seen.json is not None and re.search(rb'"networkhashps"\s*:', seen.raw) is not None


FEED = Feed(
    name="bitcoind",
    title="Bitcoin Core and its relatives",
    kind="market",
    gives="difficulty, network hashrate and next reward of one coin, from your own node",
    parse=parse,
    recognises=_recognises,
    requests=requests,
    parameters=(rpc.COIN,),
    key=KeyPlace("basic"),
    interval_seconds=300,
    terms="Your own node. Only methods that read are called.",
    documentation="https://developer.bitcoin.org/reference/rpc/getmininginfo.html",
)
