"""OCEAN. Payouts and earnings are in satoshis; its times are UTC without saying so."""

from collections.abc import Iterator
from datetime import UTC, datetime

from miner_agent.market.feed import FeedRequest, in_path
from miner_agent.market.feed_payload import FeedDoc, json_of
from miner_agent.payouts.found_payouts import FoundPayout
from miner_agent.payouts.pool import (
    DECIMALS,
    Asking,
    FoundCredit,
    Gathered,
    Pool,
    PoolAccount,
    everywhere,
    identity,
    identity_or_none,
    owed,
    units,
)

_SATOSHI_DECIMALS = DECIMALS["BTC"]
_FIRST_DAY = "2023-11-01"  # the pool is not older


def _earnpay(of: PoolAccount) -> FeedRequest:
    return FeedRequest(f"/v1/earnpay/{in_path(of.account)}/{_FIRST_DAY}/{of.now:%Y-%m-%d}")


def _rows(raw: bytes, kind: str) -> Iterator[FeedDoc]:
    rows = json_of(raw, "ocean").at("result", kind)
    if not rows.is_list():
        rows.expected(f"the list of {kind}")
    return rows.items()


def _payouts(of: PoolAccount, gathered: Gathered) -> Asking:
    for row in _rows((yield _earnpay(of)), "payouts"):
        if row.decimal("total_satoshis_net_paid") == 0:
            continue
        lightning = identity_or_none(row, "lightning_txid")
        gathered.add(
            FoundPayout(
                time=_moment(row),
                amount=units(row, "total_satoshis_net_paid", decimals=_SATOSHI_DECIMALS),
                txid=identity_or_none(row, "on_chain_txid"),
                own_id=None if lightning is None else f"lightning/{lightning}",
            )
        )


def _credits(of: PoolAccount, gathered: Gathered) -> Asking:
    for row in _rows((yield _earnpay(of)), "earnings"):
        if row.decimal("satoshis_net_earned") > 0:
            amount = units(row, "satoshis_net_earned", decimals=_SATOSHI_DECIMALS)
            credit = FoundCredit(time=_moment(row), amount=amount, own_id=f"block/{identity(row, 'block_hash')}")
            gathered.credits[credit] = None


def _moment(row: FeedDoc) -> datetime:
    told = row.wall_time_or_none("ts")
    return row.moment("ts") if told is None else told.replace(tzinfo=UTC)


def _unpaid(of: PoolAccount, gathered: Gathered) -> Asking:
    answer = json_of((yield FeedRequest(f"/v1/statsnap/{in_path(of.account)}")), "ocean")
    gathered.unpaid = owed(answer, "result", "unpaid")


POOL = Pool(
    name="ocean", base_url=everywhere("https://api.ocean.xyz"), payouts=_payouts, credits=_credits, unpaid=_unpaid
)
