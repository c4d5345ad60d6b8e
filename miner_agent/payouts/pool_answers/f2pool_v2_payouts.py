"""F2Pool's second API: bills, asked for by POST, which changes nothing there. The key goes into a header of its own."""

import json
from datetime import UTC, datetime

from miner_agent.market.feed import FeedRequest, KeyPlace
from miner_agent.market.feed_payload import json_of
from miner_agent.payouts.found_payouts import FoundPayout
from miner_agent.payouts.pool import (
    Asking,
    FoundCredit,
    Gathered,
    Pool,
    PoolAccount,
    coins,
    everywhere,
    identity,
    identity_or_none,
)
from miner_agent.payouts.pool_answers.f2pool_payouts import word_of_coin

FIRST_BILL = datetime(2013, 1, 1, tzinfo=UTC)  # the pool is not older


def _bills(of: PoolAccount, kind: str) -> FeedRequest:
    body = {
        "currency": word_of_coin(of.coin),
        "mining_user_name": of.account,
        "type": kind,
        "start_time": int(FIRST_BILL.timestamp()),
        "end_time": int(of.now.timestamp()),
    }
    return FeedRequest("/v2/assets/transactions/list", json.dumps(body).encode())


def _payouts(of: PoolAccount, gathered: Gathered) -> Asking:
    answer = json_of((yield _bills(of, "payout")), "f2pool_v2")
    if not answer.at("transactions").is_list():
        answer.at("transactions").expected("the list of bills")
    for row in answer.items("transactions"):
        paid = row.at("payout_extra")
        txid = identity_or_none(paid, "tx_id") if paid.is_object() else None
        if txid is not None:  # without one it is another bill, or on its way
            time = paid.moment_or_none("paid_time") or row.moment("created_at")
            gathered.add(FoundPayout(time=time, amount=coins(paid, "value"), txid=txid, own_id=identity(row, "id")))


def _credits(of: PoolAccount, gathered: Gathered) -> Asking:
    answer = json_of((yield _bills(of, "revenue")), "f2pool_v2")
    if not answer.at("transactions").is_list():
        answer.at("transactions").expected("the list of bills")
    for row in answer.items("transactions"):
        if row.decimal("changed_balance") > 0:
            credit = FoundCredit(
                time=row.moment("created_at"), amount=coins(row, "changed_balance"), own_id=identity(row, "id")
            )
            gathered.credits[credit] = None


POOL = Pool(
    name="f2pool_v2",
    base_url=everywhere("https://api.f2pool.com"),
    payouts=_payouts,
    credits=_credits,
    key=KeyPlace("header", "F2P-API-SECRET", needed=True),
)
