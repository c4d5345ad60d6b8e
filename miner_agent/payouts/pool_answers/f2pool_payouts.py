"""F2Pool's first API: the history of payouts stands in the page of the user, as lists of time, transaction, amount."""

from collections.abc import Mapping

from miner_agent.market.feed import FeedRequest, in_path
from miner_agent.market.feed_payload import FeedDoc, json_of, refuse_error_body
from miner_agent.payouts.found_payouts import FoundPayout
from miner_agent.payouts.pool import Asking, Gathered, Pool, PoolAccount, coins, everywhere, identity_or_none, owed

COIN_WORDS: Mapping[str, str] = {
    "BCH": "bitcoin-cash",
    "BTC": "bitcoin",
    "CKB": "nervos",
    "DASH": "dash",
    "ETC": "etc",
    "ETH": "eth",
    "KAS": "kaspa",
    "LTC": "litecoin",
    "RVN": "ravencoin",
    "XMR": "monero",
    "ZEC": "zec",
}


def word_of_coin(ticker: str) -> str:
    """What F2Pool calls a coin."""
    return COIN_WORDS.get(ticker, ticker.lower())


def _page(of: PoolAccount) -> FeedRequest:
    return FeedRequest(f"/{in_path(word_of_coin(of.coin))}/{in_path(of.account)}")


def _read(raw: bytes) -> FeedDoc:
    answer = json_of(raw, "f2pool")
    refuse_error_body(answer)
    return answer


def _payouts(of: PoolAccount, gathered: Gathered) -> Asking:
    answer = _read((yield _page(of)))
    if not answer.at("payout_history").is_list():
        answer.at("payout_history").expected("the list of payouts")
    for row in answer.items("payout_history"):
        txid = identity_or_none(row, 1)
        if txid is not None:  # without one it is on its way
            gathered.add(FoundPayout(time=row.moment(0), amount=coins(row, 2), txid=txid))


def _unpaid(of: PoolAccount, gathered: Gathered) -> Asking:
    gathered.unpaid = owed(_read((yield _page(of))), "balance")


POOL = Pool(name="f2pool", base_url=everywhere("https://api.f2pool.com"), payouts=_payouts, unpaid=_unpaid)
