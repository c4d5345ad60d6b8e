"""Every pool that can be asked."""

from collections.abc import Mapping

from miner_agent.payouts.pool import Pool
from miner_agent.payouts.pool_answers import (
    bitcoind_payouts,
    braiins_payouts,
    cryptonote_payouts,
    f2pool_payouts,
    f2pool_v2_payouts,
    moneroocean_payouts,
    nanopool_payouts,
    ocean_payouts,
    p2pool_payouts,
    two_miners_payouts,
    unmineable_payouts,
)

POOLS: Mapping[str, Pool] = {
    module.POOL.name: module.POOL
    for module in (
        bitcoind_payouts,
        braiins_payouts,
        cryptonote_payouts,
        f2pool_payouts,
        f2pool_v2_payouts,
        moneroocean_payouts,
        nanopool_payouts,
        ocean_payouts,
        p2pool_payouts,
        two_miners_payouts,
        unmineable_payouts,
    )
}
