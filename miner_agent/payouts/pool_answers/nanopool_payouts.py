"""Nanopool. Amounts are JSON numbers of whole coins; a payment that is not confirmed has not arrived."""

from miner_agent.market.feed import FeedRequest, in_path
from miner_agent.market.feed_payload import FeedDoc, json_of
from miner_agent.payouts.found_payouts import FoundPayout
from miner_agent.payouts.pool import Asking, Gathered, Pool, PoolAccount, coins, everywhere, identity, owed


def _data(raw: bytes) -> FeedDoc | None:
    answer = json_of(raw, "nanopool")
    if answer.truth_or_none("status") is not True:
        if "no data" in str(answer.value_at("error")).lower():
            return None  # nothing was paid yet
        answer.at("status").expected("true")
    return answer.at("data")


def _payouts(of: PoolAccount, gathered: Gathered) -> Asking:
    answer = _data((yield FeedRequest(f"/v1/{in_path(of.coin.lower())}/payments/{in_path(of.account)}")))
    if answer is None:
        return
    if not answer.is_list():
        answer.expected("the list of payments")
    for row in answer.items():
        if row.truth_or_none("confirmed") is not False:
            gathered.add(
                FoundPayout(time=row.moment("date"), amount=coins(row, "amount"), txid=identity(row, "txHash"))
            )


def _unpaid(of: PoolAccount, gathered: Gathered) -> Asking:
    answer = _data((yield FeedRequest(f"/v1/{in_path(of.coin.lower())}/balance/{in_path(of.account)}")))
    gathered.unpaid = None if answer is None else owed(answer)


POOL = Pool(name="nanopool", base_url=everywhere("https://api.nanopool.org"), payouts=_payouts, unpaid=_unpaid)
