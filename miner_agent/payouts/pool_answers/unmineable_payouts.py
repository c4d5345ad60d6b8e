"""unMineable, which pays in another coin than the one that is hashed. The time that it tells is that of the request."""

from miner_agent.market.feed import FeedRequest, in_path
from miner_agent.market.feed_payload import json_of
from miner_agent.payouts.found_payouts import FoundPayout
from miner_agent.payouts.pool import (
    MOST_PAGES,
    Asking,
    Gathered,
    Pool,
    PoolAccount,
    coins,
    everywhere,
    has_news,
    identity,
    identity_or_none,
)

PAID = "success"  # the others are on their way, or failed


def _payouts(of: PoolAccount, gathered: Gathered) -> Asking:
    seen = set[str]()
    for page in range(1, MOST_PAGES):
        path = f"/v4/account/{in_path(of.account)}/payments?page={page}"
        answer = json_of((yield FeedRequest(path)), f"unmineable page {page}")
        if answer.truth_or_none("success") is not True:
            answer.at("success").expected("true")
        if answer.text("data", "coin").upper() != of.coin:
            answer.at("data", "coin").expected(f"{of.coin}, as coin says in the configuration")
        if not answer.at("data", "list").is_list():
            answer.at("data", "list").expected("the list of payments")
        rows = tuple(answer.items("data", "list"))
        for row in rows:
            if row.text("status") == PAID:
                gathered.add(
                    FoundPayout(
                        time=row.moment("timestamp"),
                        amount=coins(row, "amount"),
                        txid=identity_or_none(row, "tx"),
                        own_id=identity(row, "id"),
                    )
                )
        if answer.truth_or_none("data", "has_next") is not True or not has_news(rows, seen):
            return


POOL = Pool(name="unmineable", base_url=everywhere("https://api.unmineable.com"), payouts=_payouts)
