"""A node of the Ethereum family that is still mined: ``eth_getBlockByNumber``, ``eth_chainId``, ``eth_syncing``.

Numbers are hexadecimal text. A block does not say its reward: the rule in the table of coins does.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from miner_agent.market.feed import NO_PARAMETERS, Feed, FeedReading, FeedRequest, SavedAnswer
from miner_agent.market.feed_payload import LAST_MOMENT, FeedDoc, json_of
from miner_agent.market.feeds.forms import rpc
from miner_agent.market.feeds.forms.gather import Gathering

CHAINS = {1: "ETH", 61: "ETC", 10001: "ETHW", 800001: "OCTA"}
"""Chain ids, as https://chainlist.org has them."""
LAGGING_AFTER = timedelta(minutes=30)


def parse(
    raw: bytes, *, taken_at: datetime, coins: Mapping[str, Coin], parameters: Mapping[str, str] = NO_PARAMETERS
) -> FeedReading:
    answer = json_of(raw, "geth")
    gathering = Gathering(source="node", coins=coins, taken_at=taken_at)
    problems: list[str] = []
    found = list(rpc.answers(answer, problems))
    block = next((one.result for one in found if one.result.is_object() and _is_block(one.result)), None)
    if block is None:
        answer.expected("an answer to eth_getBlockByNumber")
    chain = next((one.result.hexadecimal() for one in found if one.method == "eth_chainId"), None)
    if chain in CHAINS and not parameters.get("coin"):
        parameters = {"coin": CHAINS[chain]}
    ticker, coin = rpc.whose(found, coins, parameters, answer)
    if chain is not None and chain in CHAINS and CHAINS[chain] != ticker:
        answer.expected(f"a node of {ticker}; this one is of {CHAINS[chain]} (chain {chain})")
    for problem in problems:
        gathering.problem(f"{ticker}: {problem}")
    syncing = any(one.method == "eth_syncing" and one.result.is_object() for one in found)
    gathering.each([ticker], lambda ticker: _quote(ticker, coin, block, gathering, taken_at, syncing=syncing))
    return gathering.reading()


def _quote(
    ticker: str,
    coin: Coin | None,
    block: FeedDoc,
    gathering: Gathering,
    taken_at: datetime,
    *,
    syncing: bool,
) -> Quote:
    meant = gathering.meant(ticker, None if coin is not None else "etchash")
    difficulty = block.hexadecimal("difficulty")
    if difficulty == 0:
        block.at("difficulty").expected(f"{ticker}: a difficulty above zero; a chain without one is not mined")
    seconds = block.hexadecimal("timestamp")
    if seconds >= LAST_MOMENT.timestamp():
        block.at("timestamp").expected("a time in seconds since 1970")
    made_at = datetime.fromtimestamp(seconds, UTC)
    return Quote(
        coin=meant.ticker,
        algorithm=meant.algorithm,
        source="node",
        taken_at=min(taken_at, made_at),
        difficulty=float(difficulty),
        hashes_per_difficulty=meant.hashes_per_difficulty,
        height=None if block.at("number").value is None else gathering.detail(block.hexadecimal, "number"),
        lagging=syncing or taken_at - made_at > LAGGING_AFTER,
    )


def _is_block(result: FeedDoc) -> bool:
    return result.at("difficulty").value is not None and result.at("timestamp").value is not None


def requests(parameters: Mapping[str, str], *, now: datetime, coins: Mapping[str, Coin]) -> tuple[FeedRequest, ...]:
    calls: list[tuple[str, list[object]]] = [
        ("eth_getBlockByNumber", ["latest", False]),
        ("eth_chainId", []),
        ("eth_syncing", []),
    ]
    return (FeedRequest("/", rpc.body(rpc.ticker_of(parameters), calls)),)


def _recognises(seen: SavedAnswer) -> bool:
    if seen.json is None:
        return False
    return re.search(rb'"difficulty"\s*:\s*"0x', seen.raw) is not None


FEED = Feed(
    name="geth",
    title="Geth, core-geth and their relatives",
    kind="market",
    gives="difficulty of one coin that is mined with Ethash or a relative, from your own node",
    parse=parse,
    recognises=_recognises,
    requests=requests,
    parameters=(rpc.COIN,),
    interval_seconds=300,
    terms="Your own node. Only methods that read are called.",
    documentation="https://ethereum.org/en/developers/docs/apis/json-rpc/",
)
