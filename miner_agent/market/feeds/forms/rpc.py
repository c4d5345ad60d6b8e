"""JSON-RPC of nodes: calls that read, and the answers to them, as they came or as ``bitcoin-cli`` prints them.

The id of a call is ``TICKER/method``. It comes back with the answer, so that a saved answer says whose it is.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from calculators.chain.coin import TICKER, Coin
from miner_agent.market.feed import Parameter
from miner_agent.market.feed_payload import FeedDoc

READ_ONLY = frozenset(
    {
        "eth_chainId",
        "eth_getBlockByNumber",
        "eth_syncing",
        "get_info",
        "get_last_block_header",
        "getblockchaininfo",
        "getblocktemplate",
        "getdifficulty",
        "getmininginfo",
        "getnetworkhashps",
    }
)
"""Every method that a node is ever asked. None of them changes anything."""

COIN = Parameter(name="coin", meaning="ticker of the coin whose node it is, such as BTC")
_ID = re.compile(rf"({TICKER.pattern})/([A-Za-z_]{{1,40}})")


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer. ``method`` and ``ticker`` stand in its id; ``None`` where it has none of ours."""

    result: FeedDoc
    method: str | None
    ticker: str | None


def body(ticker: str, calls: Sequence[tuple[str, Sequence[object]]], *, version: str = "2.0") -> bytes:
    """The calls as one POST: several of them are a batch.

    Raises:
        ValueError: a method is none of those that only read, or the ticker is none.
    """
    for method, _ in calls:
        if method not in READ_ONLY:
            raise ValueError(f"{method} is not among the methods that only read; a node is asked no other")
    if not TICKER.fullmatch(ticker):
        raise ValueError(f"{ticker[:24]!a} is not a coin's ticker; write it as BTC")
    batch = [
        {"jsonrpc": version, "id": f"{ticker}/{method}", "method": method, "params": list(parameters)}
        for method, parameters in calls
    ]
    return json.dumps(batch if len(batch) > 1 else batch[0], separators=(",", ":")).encode()


def ticker_of(parameters: Mapping[str, str]) -> str:
    return parameters["coin"].strip().upper()


def answers(document: FeedDoc, problems: list[str]) -> Iterator[Answered]:
    """The results in an answer, in a batch, or in a list of either. A call that failed is a problem."""
    for one in document.items() if document.is_list() else [document]:
        if one.is_list():
            yield from answers(one, problems)
            continue
        if not one.is_object():
            one.expected("an answer of JSON-RPC")
        identity = one.at("id").value
        found = _ID.fullmatch(identity) if isinstance(identity, str) else None
        ticker, method = (found[1], found[2]) if found else (None, None)
        if not one.keys() & {"result", "error"}:
            yield Answered(one, None, None)  # as a node's own command prints it
        elif one.at("error").value is None:
            yield Answered(one.at("result"), method, ticker)
        else:
            said = one.at("error", "message").value if one.at("error").is_object() else one.at("error").value
            problems.append(f"the node refused {method or 'a call'}: {said!a}")


def whose(
    found: Sequence[Answered], coins: Mapping[str, Coin], parameters: Mapping[str, str], place: FeedDoc
) -> tuple[str, Coin | None]:
    """The coin whose node answered: the one that is named, else the one in the ids, else the only one there is."""
    named = parameters.get("coin", "").strip().upper()
    in_ids = {answer.ticker for answer in found if answer.ticker is not None}
    if named and in_ids - {named}:
        place.expected(f"answers about {named}, not {', '.join(sorted(in_ids))}")
    if not named and len(in_ids) == 1:
        named = next(iter(in_ids))
    if not named and len(coins) == 1:
        named = next(iter(coins))
    if not named:
        place.expected("an answer that says whose coin it is about; name it with the parameter coin")
    return named, coins.get(named)
