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
    has_news,
    identity,
    identity_or_none,
    owed,
    units,
)

ROWS = 15  # a page, at most
_ATOMIC_DECIMALS = DECIMALS["XMR"]


def _pages(of: PoolAccount, what: str, read: Callable[[FeedDoc], None]) -> Asking:
    """Page by page, until one tells nothing new."""
    seen = set[str]()
    for page in range(MOST_PAGES):
        path = f"/miner/{in_path(of.account)}/{what}?page={page}&limit={ROWS}"
        answer = json_of((yield FeedRequest(path)), f"moneroocean page {page}")
        if not answer.is_list():
            answer.expected("a list")
        rows = tuple(answer.items())
        for row in rows:
            read(row)
        if not has_news(rows, seen):
            return


def _payouts(of: PoolAccount, gathered: Gathered) -> Asking:
    def read(row: FeedDoc) -> None:
        txid = identity_or_none(row, "txnHash")
        if txid is not None:  # without one it is on its way
            amount = units(row, "amount", decimals=_ATOMIC_DECIMALS)
            gathered.add(FoundPayout(time=row.moment("ts"), amount=amount, txid=txid))

    yield from _pages(of, "payments", read)


def _credits(of: PoolAccount, gathered: Gathered) -> Asking:
    def read(row: FeedDoc) -> None:
        if row.decimal("value") > 0:  # otherwise a block without a share of ours
            credit = FoundCredit(
                time=row.moment("ts"), amount=coins(row, "value"), own_id=f"block/{identity(row, 'hash')}"
            )
            gathered.credits[credit] = None

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
