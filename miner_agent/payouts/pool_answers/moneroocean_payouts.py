"""MoneroOcean. Payments are in atomic units, fifteen a page; the credit of each block is in whole coins."""

from collections.abc import Callable

from miner_agent.market.feed import FeedRequest, in_path
from miner_agent.market.feed_payload import FeedDoc, json_of
from miner_agent.payouts.found_payouts import FoundPayout
from miner_agent.payouts.pool import (
    DECIMALS,
    MOST_PAGES,
    Asking,
    FoundCredit,
    Gathered,
    Pool,
    PoolAccount,
    coins,
    everywhere,
    identity,
    identity_or_none,
    owed,
    units,
)

ROWS = 15  # a page, at most
_ATOMIC_DECIMALS = DECIMALS["XMR"]


def _pages(of: PoolAccount, what: str, read: Callable[[FeedDoc], bool]) -> Asking:
    """Page by page, until one tells nothing new."""
    for page in range(MOST_PAGES):
        path = f"/miner/{in_path(of.account)}/{what}?page={page}&limit={ROWS}"
        answer = json_of((yield FeedRequest(path)), f"moneroocean page {page}")
        if not answer.is_list():
            answer.expected("a list")
        news = [read(row) for row in answer.items()]
        if not any(news):
            return


def _payouts(of: PoolAccount, gathered: Gathered) -> Asking:
    def read(row: FeedDoc) -> bool:
        txid = identity_or_none(row, "txnHash")
        if txid is None:
            return True  # on its way
        before = len(gathered.payouts)
        amount = units(row, "amount", decimals=_ATOMIC_DECIMALS)
        gathered.add(FoundPayout(time=row.moment("ts"), amount=amount, txid=txid))
        return len(gathered.payouts) > before

    yield from _pages(of, "payments", read)


def _credits(of: PoolAccount, gathered: Gathered) -> Asking:
    def read(row: FeedDoc) -> bool:
        before = len(gathered.credits)
        if row.decimal("value") > 0:
            credit = FoundCredit(
                time=row.moment("ts"), amount=coins(row, "value"), own_id=f"block/{identity(row, 'hash')}"
            )
            gathered.credits[credit] = None
            return len(gathered.credits) > before
        return True  # a block without a share of ours

    yield from _pages(of, "block_payments", read)


def _unpaid(of: PoolAccount, gathered: Gathered) -> Asking:
    answer = json_of((yield FeedRequest(f"/miner/{in_path(of.account)}/stats")), "moneroocean")
    gathered.unpaid = owed(answer, "amtDue", decimals=_ATOMIC_DECIMALS)


POOL = Pool(
    name="moneroocean",
    base_url=everywhere("https://api.moneroocean.stream"),
    payouts=_payouts,
    credits=_credits,
    unpaid=_unpaid,
)
