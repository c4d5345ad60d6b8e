"""Braiins Pool. Payouts are in satoshis; one over Lightning has no transaction, and goes by its payment hash."""

import hashlib
import re

from miner_agent.market.feed import FeedRequest, KeyPlace
from miner_agent.market.feed_payload import FeedDoc, json_of
from miner_agent.payouts.found_payouts import FoundPayout
from miner_agent.payouts.pool import (
    DECIMALS,
    Asking,
    FoundCredit,
    Gathered,
    Pool,
    PoolAccount,
    coins,
    everywhere,
    identity,
    owed,
    units,
    units_or_none,
)

_PREIMAGE = re.compile(r"(?:[0-9a-fA-F]{2}){1,64}", re.ASCII)
_SATOSHI_DECIMALS = DECIMALS["BTC"]


def _payouts(of: PoolAccount, gathered: Gathered) -> Asking:  # noqa: ARG001 - the key says whose they are
    answer = json_of((yield FeedRequest("/accounts/payouts/json/btc")), "braiins")
    if not answer.at("onchain").is_list() and not answer.at("lightning").is_list():
        answer.at("onchain").expected("the list of payouts")
    for row in answer.items("onchain"):
        if row.text_or_none("status") == "confirmed":
            gathered.add(_payout(row, txid=identity(row, "tx_id"), own_id=None))
    for row in answer.items("lightning"):
        if row.text_or_none("status") == "confirmed":
            gathered.add(_payout(row, txid=None, own_id=_payment_hash(row)))


def _payout(row: FeedDoc, *, txid: str | None, own_id: str | None) -> FoundPayout:
    return FoundPayout(
        time=row.moment_or_none("resolved_at_ts") or row.moment("requested_at_ts"),
        amount=units(row, "amount_sats", decimals=_SATOSHI_DECIMALS),
        fee_amount=units_or_none(row, "fee_sats", decimals=_SATOSHI_DECIMALS),
        txid=txid,
        own_id=own_id,
    )


def _payment_hash(row: FeedDoc) -> str | None:
    preimage = row.value_at("preimage")
    if not isinstance(preimage, str) or not _PREIMAGE.fullmatch(preimage):
        return None
    return f"lightning/{hashlib.sha256(bytes.fromhex(preimage)).hexdigest()}"


def _credits(of: PoolAccount, gathered: Gathered) -> Asking:
    path = f"/accounts/rewards/json/btc?from=2010-12-01&to={of.now:%Y-%m-%d}"
    answer = json_of((yield FeedRequest(path)), "braiins")
    if not answer.at("btc", "daily_rewards").is_list():
        answer.at("btc", "daily_rewards").expected("the list of rewards")
    for row in answer.items("btc", "daily_rewards"):
        if row.decimal("total_reward") > 0:
            day = row.moment("date")
            credit = FoundCredit(time=day, amount=coins(row, "total_reward"), own_id=f"reward/{int(day.timestamp())}")
            gathered.credits[credit] = None


def _unpaid(of: PoolAccount, gathered: Gathered) -> Asking:  # noqa: ARG001
    answer = json_of((yield FeedRequest("/accounts/profile/json/btc")), "braiins")
    gathered.unpaid = owed(answer, "btc", "current_balance")


POOL = Pool(
    name="braiins",
    base_url=everywhere("https://pool.braiins.com"),
    payouts=_payouts,
    credits=_credits,
    unpaid=_unpaid,
    key=KeyPlace("header", "Pool-Auth-Token", needed=True),
)
