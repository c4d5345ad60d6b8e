"""Pools that run cryptonote-nodejs-pool: payments as text with colons, each followed by its time, newest first."""

from collections.abc import Iterator

from miner_agent.market.feed import FeedRequest, in_path
from miner_agent.market.feed_payload import FeedDoc, json_of
from miner_agent.payouts.found_payouts import FoundPayout
from miner_agent.payouts.pool import DECIMALS, MOST_PAGES, Asking, Gathered, Pool, PoolAccount, identity, owed, units

NAME = "cryptonote"


def _payouts(of: PoolAccount, gathered: Gathered) -> Asking:
    decimals = DECIMALS.get(of.coin)
    if decimals is None:
        decimals = _decimals(json_of((yield FeedRequest("/stats")), NAME))
    answer = json_of((yield _account(of)), NAME)
    if answer.value_at("error") is not None:
        if "not found" in str(answer.value_at("error")).lower():
            return  # nobody mined for it yet
        answer.at("error").expected("data, not an error")
    rows = list(_rows(answer.at("payments"), decimals))
    for row in rows:
        gathered.add(row)
    for _ in range(MOST_PAGES):
        if not rows:
            return
        oldest = int(min(row.time for row in rows).timestamp())
        before = len(gathered.payouts)  # asked from a second later on: twins of one second may be on two pages
        path = f"/get_payments?time={oldest + 1}&address={in_path(of.account)}"
        rows = list(_rows(json_of((yield FeedRequest(path)), NAME), decimals))
        for row in rows:
            gathered.add(row)
        if len(gathered.payouts) == before:
            return


def _account(of: PoolAccount) -> FeedRequest:
    return FeedRequest(f"/stats_address?address={in_path(of.account)}&longpoll=false")


def _decimals(stats: FeedDoc) -> int:
    told = stats.decimal("config", "coinUnits")
    digits = f"{told:f}"
    if not digits.startswith("1") or digits.strip("0") != "1" or len(digits) > 19:
        stats.at("config", "coinUnits").expected("a power of ten")
    return len(digits) - 1


def _rows(told: FeedDoc, decimals: int) -> Iterator[FoundPayout]:
    cells = list(told.items())
    if not told.is_list() or len(cells) % 2:
        told.expected("payments, each with its time behind it")
    for payment, time in zip(cells[::2], cells[1::2], strict=True):
        parts = payment.text().split(":")
        if len(parts) < 2:
            payment.expected("transaction, amount, fee and mixin with colons between them")
        row = FeedDoc({"transaction": parts[0], "amount": parts[1]}, payment.path)
        yield FoundPayout(
            time=time.moment(),
            amount=units(row, "amount", decimals=decimals),
            txid=identity(row, "transaction"),
        )


def _unpaid(of: PoolAccount, gathered: Gathered) -> Asking:
    decimals = DECIMALS.get(of.coin)
    if decimals is None:
        decimals = _decimals(json_of((yield FeedRequest("/stats")), NAME))
    answer = json_of((yield _account(of)), NAME)
    gathered.unpaid = owed(answer, "stats", "balance", decimals=decimals)


POOL = Pool(name=NAME, base_url=None, payouts=_payouts, unpaid=_unpaid)
