"""Which coins of a market a rig can mine, and that can be ranked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from calculators.chain.quote import Quote
from calculators.money import Money
from miner_agent.profit.asked_for import is_asked_for
from miner_agent.profit.quotes import Market
from miner_agent.profit.ranking_question import Question

Minable = Mapping[tuple[str, str], Sequence[Quote]]
"""By ticker and algorithm."""


def minable_of(asked: Question, problems: list[str]) -> dict[tuple[str, str], list[Quote]]:
    """Quotes of each coin that is asked for, can be mined, and has a price to convert; the rest are problems."""
    rig = asked.rig
    by_coin = _by_coin(asked.market.quotes)
    known = {ticker for ticker, _ in by_coin}
    problems += [f"{ticker}: no source tells anything of it" for ticker in asked.only if ticker not in known]
    unreachable = _unreachable(asked.market, asked.conditions.currency, asked.now)
    unpriced: dict[str, list[str]] = {}
    able, twofold = rig.algorithms, {each for work in rig.works if work.second for each in work.algorithms}
    found: dict[tuple[str, str], list[Quote]] = {}
    for (ticker, algorithm), quotes in by_coin.items():
        wanted = is_asked_for(ticker, only=asked.only, coins=asked.coins, merge=asked.merge)
        if algorithm not in able:
            if ticker in asked.only:
                problems.append(f"{ticker}: {rig.name} has no figure for {algorithm}")
            continue
        if not wanted and algorithm not in twofold:
            continue
        currencies = {quote.price.currency for quote in quotes if quote.price is not None}
        if currencies and currencies <= unreachable.keys():
            unpriced.setdefault(min(currencies), []).append(ticker)
            continue
        found[ticker, algorithm] = quotes
    for currency, tickers in unpriced.items():
        problems.append(f"{_listed(tickers)}: prices are in {currency}; {unreachable[currency]}")
    return found


def _by_coin(quotes: Sequence[Quote]) -> dict[tuple[str, str], list[Quote]]:
    by_coin: dict[tuple[str, str], list[Quote]] = {}
    for quote in quotes:
        by_coin.setdefault((quote.coin, quote.algorithm), []).append(quote)
    return by_coin


def _unreachable(market: Market, currency: str, now: datetime) -> dict[str, str]:
    """Currencies of prices from which no rate leads to the wanted one, and why."""
    found: dict[str, str] = {}
    exchange = market.exchange
    for other in {quote.price.currency for quote in market.quotes if quote.price is not None} - {currency}:
        try:
            exchange.convert(Money(Decimal(1), other), currency, now)
        except ValueError as error:
            found[other] = str(error)
    return found


def _listed(tickers: Sequence[str]) -> str:
    if len(tickers) <= 4:
        return ", ".join(tickers)
    return f"{', '.join(tickers[:3])} and {len(tickers) - 3} more"
