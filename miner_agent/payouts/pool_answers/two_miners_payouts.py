"""2Miners. It lists the newest payments only and says how many there were; its unit is the pool's, not the coin's."""

from collections.abc import Mapping

from miner_agent.market.feed import FeedRequest, in_path
from miner_agent.market.feed_payload import json_of
from miner_agent.payouts.found_payouts import FoundPayout
from miner_agent.payouts.pool import Asking, Gathered, Pool, PoolAccount, identity_or_none, owed, units, units_or_none

IN_BILLIONTHS = ("CLO", "CTXC", "ERG", "ETC", "ETH", "ETP", "ETHW", "EXP", "GRIN", "MWC", "PIRL")
POOL_DECIMALS: Mapping[str, int] = {"XMR": 12, **dict.fromkeys(IN_BILLIONTHS, 9)}
USUAL_DECIMALS = 8


def _account(of: PoolAccount) -> FeedRequest:
    return FeedRequest(f"/api/accounts/{in_path(of.account)}")


def _decimals(of: PoolAccount) -> int:
    return POOL_DECIMALS.get(of.coin, USUAL_DECIMALS)


def _payouts(of: PoolAccount, gathered: Gathered) -> Asking:
    answer = json_of((yield _account(of)), "2miners")
    if not answer.is_object():
        answer.expected("an account")
    payments = answer.at("payments")
    if payments.value is not None and not payments.is_list():
        payments.expected("the list of payments")
    for row in payments.items():
        txid = identity_or_none(row, "tx")
        if txid is not None:  # without one it is on its way
            gathered.add(
                FoundPayout(
                    time=row.moment("timestamp"),
                    amount=units(row, "amount", decimals=_decimals(of)),
                    txid=txid,
                    fee_amount=units_or_none(row, "txFee", decimals=_decimals(of)),
                )
            )
    gathered.told_total = answer.count_or_none("paymentsTotal")


def _unpaid(of: PoolAccount, gathered: Gathered) -> Asking:
    answer = json_of((yield _account(of)), "2miners")
    gathered.unpaid = owed(answer, "stats", "balance", decimals=_decimals(of))


def _address(coin: str) -> str:
    return f"https://{in_path(coin.lower())}.2miners.com"


POOL = Pool(name="2miners", base_url=_address, payouts=_payouts, unpaid=_unpaid)
