"""The wallet's own view, by a node of the Bitcoin family: what it received, and what a reorganisation took back."""

import json

from miner_agent.market.feed import FeedRequest, KeyPlace
from miner_agent.market.feed_payload import FeedDoc, json_of
from miner_agent.payouts.found_payouts import FoundPayout
from miner_agent.payouts.pool import Asking, Gathered, Pool, PoolAccount, coins, identity, owed

ARRIVED = frozenset({"receive", "generate"})
LOST = frozenset({"orphan"})


def _call(method: str, *parameters: object) -> FeedRequest:
    body = {"jsonrpc": "1.0", "id": "miner-agent", "method": method, "params": list(parameters)}
    return FeedRequest("/", json.dumps(body).encode())


def _result(raw: bytes) -> FeedDoc:
    answer = json_of(raw, "bitcoind")
    if answer.value_at("error") is not None:
        answer.at("error", "message").expected("a result, not an error")
    return answer.at("result")


def _payouts(of: PoolAccount, gathered: Gathered) -> Asking:
    result = _result((yield _call("listsinceblock", "", 1, True, True)))
    if not result.at("transactions").is_list():
        result.at("transactions").expected("the list of transactions")
    back = set[tuple[str, int | None]]()
    for row in result.items("transactions"):
        if not _is_ours(row, of):
            continue
        category, depth = row.text("category"), row.decimal("confirmations")
        if category in ARRIVED and depth > 0:
            gathered.add(_payout(row))
        elif (category in ARRIVED and depth < 0) or category in LOST:
            back.add(_place(row))
    for row in result.items("removed"):
        if _is_ours(row, of) and row.text("category") in ARRIVED | LOST:
            back.add(_place(row))
    confirmed = {(one.txid, one.output) for one in gathered.payouts}
    gathered.taken_back += sorted(back - confirmed, key=str)


def _is_ours(row: FeedDoc, of: PoolAccount) -> bool:
    """Whether it came to the address, or to an address of the label, that the pool pays to."""
    return any(row.value_at(key) == of.account for key in ("address", "label"))


def _payout(row: FeedDoc) -> FoundPayout:
    txid, output = _place(row)
    time = row.moment_or_none("blocktime") or row.moment("time")
    return FoundPayout(time=time, amount=coins(row, "amount"), txid=txid, output=output)


def _place(row: FeedDoc) -> tuple[str, int | None]:
    return identity(row, "txid"), row.count_or_none("vout")


def _held(of: PoolAccount, gathered: Gathered) -> Asking:  # noqa: ARG001 - a wallet's balance is that of all addresses
    """What lies in the wallet, which is what its lots have to come to."""
    gathered.unpaid = owed(_result((yield _call("getbalance"))))


POOL = Pool(name="bitcoind", base_url=None, payouts=_payouts, unpaid=_held, key=KeyPlace("basic"))
