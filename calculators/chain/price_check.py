"""What speaks against a price: its age, a thin market, sources that differ."""

from collections.abc import Sequence
from datetime import datetime

from calculators.chain.confidence import LOW_APART, OLD, REFUSED_APART, Finding, Level, aged, apart
from calculators.chain.quote import LARGEST, Quote
from calculators.money import Money
from calculators.told_figures import significant
from calculators.units import SECONDS_PER_DAY

PRICES_AGREE = 0.05
LARGE_SALE = 0.01
"""Of all that is traded in a day. Whoever sells more moves the price."""


def price_of(quote: Quote) -> Money:
    """The price of a quote.

    Raises:
        ValueError: it tells none, or none that a coin can have.

    >>> from datetime import UTC
    >>> from decimal import Decimal
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> quote = Quote(coin="ETC", algorithm="etchash", source="file", taken_at=noon, price=Money(Decimal(10), "USD"))
    >>> print(price_of(quote))
    10 USD
    """
    if quote.price is None:
        raise ValueError(f"{quote.coin}: {quote.source} tells no price; add a source of prices")
    if not _possible(quote.price):
        raise ValueError(f"{quote.coin}: {quote.source} gives a price of {quote.price.amount}; expected one above zero")
    return quote.price


def _possible(price: Money) -> bool:
    return 1 / LARGEST <= float(price) <= LARGEST


def price_taken_at(quote: Quote) -> datetime:
    """When the price of a quote was taken.

    >>> from datetime import UTC
    >>> noon, evening = datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1, 18, tzinfo=UTC)
    >>> quote = Quote(coin="ETC", algorithm="etchash", source="file", taken_at=evening, price_taken_at=noon)
    >>> price_taken_at(quote) == noon
    True
    """
    return quote.price_taken_at or quote.taken_at


def price_findings(
    *, quotes: Sequence[Quote], priced: Quote, now: datetime, coins_per_day: float | None = None
) -> list[Finding]:
    """What speaks against a price: its age, one thin source, sources that differ.

    Prices in other currencies than the used one are not compared, nor such as are a day older.

    Args:
        quotes: what the sources say of one coin.
        priced: the quote whose price is used.
        now: this moment, aware.
        coins_per_day: what would be sold a day. [coin] ``None``: not asked.

    Raises:
        ValueError: the price is missing, zero or less.

    Prices 30 % apart leave no trust:

    >>> from datetime import UTC
    >>> from decimal import Decimal
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> def told(source: str, price: int) -> Quote:
    ...     money = Money(Decimal(price), "USD")
    ...     return Quote(coin="ETC", algorithm="etchash", source=source, taken_at=noon, price=money)
    >>> [found.level for found in price_findings(quotes=[told("a", 10), told("b", 13)], priced=told("a", 10), now=noon)]
    ['refused']
    """
    price, taken_at = price_of(priced), price_taken_at(priced)
    findings = aged(what=f"{priced.coin}: {priced.source}'s price", taken_at=priced.price_told_at, now=now)
    others = [
        quote
        for quote in quotes
        if quote.source != priced.source
        and quote.price is not None
        and quote.price.currency == price.currency
        and _possible(quote.price)
        and price_taken_at(quote) >= taken_at - OLD
    ]
    for other in others:
        distance = apart(float(price), float(price_of(other)))
        if distance > PRICES_AGREE:
            level: Level = "refused" if distance > REFUSED_APART else "low" if distance > LOW_APART else "medium"
            reason = (
                f"{priced.coin}: prices are {distance * 100:.0f} % apart, {price} by "
                f"{priced.source} and {price_of(other).amount} by {other.source}"
            )
            findings.append(Finding(level=level, reason=reason, kind="price"))
    return findings if others else [*findings, *_thin(priced, coins_per_day)]


def _thin(priced: Quote, coins_per_day: float | None) -> list[Finding]:
    """Whether the only price is one that a sale of mined coins would move."""
    name, price, volume = priced.coin, price_of(priced), priced.volume_per_day
    if priced.markets == 1:
        return [Finding(level="low", reason=f"{name}: the price is of one source and one market", kind="price")]
    if volume is None or volume.currency != price.currency:
        if priced.markets is not None:
            return []
        reason = f"{name}: the price is of one source, {priced.source}, which does not tell how much is traded"
        return [Finding(level="medium", reason=reason, kind="price")]
    traded = float(volume) / float(price)
    told = significant(traded, count=4)
    if priced.block_reward_coins and priced.block_time_seconds:
        mined = priced.block_reward_coins * SECONDS_PER_DAY / priced.block_time_seconds
        if traded < mined:
            new = significant(mined, count=4)
            reason = f"{name}: the only price is of a thin market: {told} coins a day traded, {new} mined"
            return [Finding(level="low", reason=reason, kind="price")]
    if coins_per_day is not None and coins_per_day > traded * LARGE_SALE:
        yours = f"{significant(coins_per_day, count=4)} of {told} coins a day are yours"
        reason = f"{name}: the only price is of a thin market: {yours}"
        return [Finding(level="low", reason=reason, kind="price")]
    return []
