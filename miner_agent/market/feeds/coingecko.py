"""CoinGecko: prices, from ``coins/markets`` or ``simple/price``.

CoinGecko's tickers are shared by thousands of tokens, its ids are not. The ids in ``IDS`` and those of the parameter
``ids`` are sure. Of other coins the name is tried as the id, and a row of ``coins/markets`` counts where its ticker is
ours too; ``simple/price`` tells no ticker, so there such an id is left out. A price is a mean over many markets. The
answer of ``coins/markets`` does not say its currency: it is the one that was asked for; a saved one needs it told.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from calculators.money import Money
from miner_agent.errors import BadPayload
from miner_agent.market.feed import (
    NO_PARAMETERS,
    Feed,
    FeedReading,
    FeedRequest,
    KeyPlace,
    Parameter,
    SavedAnswer,
    in_path,
)
from miner_agent.market.feed_payload import FeedDoc, json_of, refuse_error_body
from miner_agent.market.feeds.forms.gather import Gathering, dashed

IDS = {
    "ALPH": "alephium",
    "BCH": "bitcoin-cash",
    "BSV": "bitcoin-cash-sv",
    "BTC": "bitcoin",
    "BTG": "bitcoin-gold",
    "CFX": "conflux-token",
    "CKB": "nervos-network",
    "DASH": "dash",
    "DGB": "digibyte",
    "DOGE": "dogecoin",
    "ERG": "ergo",
    "ETC": "ethereum-classic",
    "ETH": "ethereum",
    "ETHW": "ethereum-pow-iou",
    "FIRO": "zcoin",
    "FLUX": "zelcash",
    "GRIN": "grin",
    "KAS": "kaspa",
    "KDA": "kadena",
    "LTC": "litecoin",
    "QUAI": "quai-network",
    "RVN": "ravencoin",
    "VTC": "vertcoin",
    "XEC": "ecash",
    "XMR": "monero",
    "ZEC": "zcash",
    "ZEN": "zencash",
    "ZEPH": "zephyr-protocol",
}
"""By ticker, without the algorithm of a chain that has several. From CoinGecko's own list of coins."""
USUAL = "usd"
NO_CURRENCY = (
    "coingecko: the answer does not say which currency its prices are in; configure it as a feed, with its file and "
    'parameters = { currency = "eur" }, or whichever was asked for'
)
MOST_MARKETS = 250  # rows of one answer
_CODE = re.compile(r"[a-z]{3}", re.ASCII)  # of a currency: the other keys of a row are longer
_ID = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)


def parse(
    raw: bytes, *, taken_at: datetime, coins: Mapping[str, Coin], parameters: Mapping[str, str] = NO_PARAMETERS
) -> FeedReading:
    gathering = Gathering(source="coingecko", coins=coins, taken_at=taken_at)
    known = _ids(coins, parameters)
    answer = json_of(raw, "coingecko")
    refuse_error_body(answer)
    rows = list(_rows(answer))
    if not rows:
        answer.expected("a list of markets, or prices by the ids of coins")
    currency = (parameters.get("currency") or _currency_told(answer, rows)).lower()
    meant: list[tuple[Coin, FeedDoc]] = []
    for name, row in rows:
        coin_of_name = known.get(name, ())
        if not coin_of_name:
            gathering.problem(f"{name!a} is the id of no coin in the table; its price is left out")
        for coin in coin_of_name:
            if _is_sure(coin, name, row, parameters):
                meant.append((coin, row))
            else:
                gathering.problem(
                    f"{coin.ticker}: whether {name!a} is this coin is not sure; if so, set ids = {coin.ticker}={name}"
                )
    gathering.each(meant, lambda pair: _quote(pair[1], pair[0], currency, gathering))
    return gathering.reading()


def _rows(answer: FeedDoc) -> Iterator[tuple[str, FeedDoc]]:
    if answer.is_list():
        for market in answer.items():
            if market.is_list():  # one of several answers
                yield from _rows(market)
            else:
                yield market.text("id"), market
    else:
        yield from answer.entries()


def _currency_told(answer: FeedDoc, rows: Iterable[tuple[str, FeedDoc]]) -> str:
    """The currency that an answer tells itself: ``simple/price`` has its prices under their currencies' codes.

    Raises:
        BadPayload: it tells none, as ``coins/markets``.
    """
    codes: set[str] = set()
    if not answer.is_list():
        codes = {key for _, row in rows for key in row.keys() if _CODE.fullmatch(key)}  # noqa: SIM118 - no mapping
    if not codes:
        refusal = BadPayload("coingecko", "", "")
        refusal.args = (NO_CURRENCY,)
        raise refusal
    return USUAL if USUAL in codes else min(codes)


def _is_sure(coin: Coin, name: str, row: FeedDoc, parameters: Mapping[str, str]) -> bool:
    base = _base(coin)
    if name in {IDS.get(base), _given(parameters).get(coin.ticker), _given(parameters).get(base)}:
        return True
    symbol = row.at("symbol").value if row.is_object() else None
    return isinstance(symbol, str) and symbol.upper() == base


def _quote(row: FeedDoc, coin: Coin, currency: str, gathering: Gathering) -> Quote | None:
    is_market = row.at("id").value is not None
    price = row.decimal_or_none("current_price" if is_market else currency)
    volume = gathering.detail(row.decimal_or_none, "total_volume" if is_market else f"{currency}_24h_vol")
    if price is None:
        gathering.problem(f"{coin.ticker}: no price in {currency.upper()} came")
        return None
    updated = gathering.when(row, "last_updated" if is_market else "last_updated_at")
    return Quote(
        coin=coin.ticker,
        algorithm=coin.algorithm,
        source="coingecko",
        taken_at=updated,
        price=gathering.price(coin.ticker, Money(price, currency.upper())),
        price_taken_at=updated,
        volume_per_day=None if volume is None or volume < 0 else Money(volume, currency.upper()),
    )


def _ids(coins: Mapping[str, Coin], parameters: Mapping[str, str]) -> dict[str, list[Coin]]:
    """Our coins by the id that each may have: every algorithm of a chain is one of ours."""
    given = _given(parameters)
    found: dict[str, list[Coin]] = {}
    for coin in coins.values():
        base = _base(coin)
        slug = dashed(coin.name)
        name = given.get(coin.ticker) or given.get(base) or IDS.get(base) or slug
        found.setdefault(name, []).append(coin)
    return found


def _given(parameters: Mapping[str, str]) -> dict[str, str]:
    """Ids by tickers, as the parameter has them."""
    given: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in parameters.get("ids", "").split(","))):
        ticker, _, name = pair.partition("=")
        if not _ID.fullmatch(name) or not ticker.strip():
            raise ValueError(f"ids has {pair[:60]!a}; write pairs such as KAS=kaspa,ERG=ergo")
        given[ticker.strip().upper()] = name
    return given


def _base(coin: Coin) -> str:
    return coin.ticker.partition("-")[0]


def requests(parameters: Mapping[str, str], *, now: datetime, coins: Mapping[str, Coin]) -> tuple[FeedRequest, ...]:
    names = sorted(_ids(coins, parameters))
    currency = in_path(parameters["currency"].lower())
    return tuple(
        FeedRequest(
            f"/coins/markets?vs_currency={currency}&per_page={MOST_MARKETS}"
            f"&ids={in_path(','.join(names[start : start + MOST_MARKETS]))}"
        )
        for start in range(0, len(names), MOST_MARKETS)
    )


def _recognises(seen: SavedAnswer) -> bool:
    if seen.json is None:
        return False
    value = seen.json.value
    if isinstance(value, list):
        return any(isinstance(row, dict) and {"id", "symbol", "current_price"} <= row.keys() for row in value)
    if not isinstance(value, dict):
        return False
    return any(
        isinstance(row, dict) and ("last_updated_at" in row or "usd" in row) and "ticker" not in row
        for row in value.values()
    )


FEED = Feed(
    name="coingecko",
    title="CoinGecko",
    kind="market",
    gives="price and traded volume of each coin in the table, a mean over many markets",
    parse=parse,
    recognises=_recognises,
    requests=requests,
    base_url="https://api.coingecko.com/api/v3",
    parameters=(
        Parameter(name="currency", meaning="in which the prices are asked for", default=USUAL, untold=True),
        Parameter(
            name="ids", meaning="ids of coins that CoinGecko calls otherwise than we do, such as XTM=tari", default=""
        ),
    ),
    key=KeyPlace("header", "x-cg-demo-api-key"),
    interval_seconds=900,
    terms="The demo plan allows 10,000 requests a month, about 30 a minute; name CoinGecko beside its figures.",
    documentation="https://docs.coingecko.com/reference/coins-markets",
)
