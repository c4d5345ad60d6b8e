"""P2Pool, by its observer: each payout is an output of a coinbase transaction, in atomic units."""

from miner_agent.market.feed import FeedRequest, in_path
from miner_agent.market.feed_payload import json_of
from miner_agent.payouts.found_payouts import FoundPayout
from miner_agent.payouts.pool import DECIMALS, Asking, Gathered, Pool, PoolAccount, everywhere, identity, units

_ATOMIC_DECIMALS = DECIMALS["XMR"]


def _payouts(of: PoolAccount, gathered: Gathered) -> Asking:
    answer = json_of((yield FeedRequest(f"/api/payouts/{in_path(of.account)}?search_limit=0")), "p2pool")
    if not answer.is_list():
        answer.expected("the list of payouts")
    for row in answer.items():
        gathered.add(
            FoundPayout(
                time=row.moment("timestamp"),
                amount=units(row, "coinbase_reward", decimals=_ATOMIC_DECIMALS),
                txid=identity(row, "coinbase_id"),
            )
        )


POOL = Pool(name="p2pool", base_url=everywhere("https://p2pool.observer"), payouts=_payouts)
