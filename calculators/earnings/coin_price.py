"""The price that an estimate uses, in the currency of its costs, and what speaks against how it came about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from calculators.chain.confidence import STALE, Finding, aged
from calculators.chain.price_check import price_findings, price_of
from calculators.chain.quote import Quote
from calculators.earnings.sum_sheet import Sheet, identifier
from calculators.exchange import Converted, Rates
from calculators.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A quote whose price is used, and that price in the currency of the costs."""

    quote: Quote
    in_currency: Converted


def priced_in(
    quotes: Sequence[Quote], currency: str, rates: Rates | None, now: datetime
) -> tuple[Priced, list[Finding]]:
    """The first price of those that are as fresh as the freshest and lead to the currency, and why others did not.

    >>> from datetime import UTC
    >>> from decimal import Decimal
    >>> from calculators.exchange import Rate
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> quote = Quote(coin="ETC", algorithm="etchash", source="file", taken_at=noon, price=Money(Decimal(10), "USD"))
    >>> rates = Rates([Rate(currency="EUR", worth=Money(Decimal("1.25"), "USD"), taken_at=noon, source="a bank")])
    >>> priced, findings = priced_in([quote], "EUR", rates, noon)
    >>> print(priced.in_currency.money, findings)
    8.0 EUR []
    """
    with_price = [quote for quote in quotes if quote.price is not None]
    newest = max((min(told, now) for quote in with_price if (told := quote.price_told_at) is not None), default=now)
    with_price.sort(key=lambda quote: (told := quote.price_told_at) is None or told < newest - STALE)
    problems: list[str] = []
    for quote in with_price or quotes[:1]:
        try:
            converted = _converted(price_of(quote), currency, rates, now)
        except ValueError as error:
            sentence = str(error)
            problems.append(sentence if sentence.startswith(quote.coin) else f"{quote.coin}: {sentence}")
            continue
        findings = [Finding(level="medium", reason=problem, kind="price") for problem in problems]
        return Priced(quote=quote, in_currency=converted), findings
    raise ValueError("; ".join(problems))


def priced_findings(
    quotes: Sequence[Quote], priced: Priced, rates: Rates | None, now: datetime, *, coins_per_day: float
) -> list[Finding]:
    """What speaks against the price: the ages of the rates that led to it, and what it is itself.

    Args:
        quotes: what the sources say of the coin.
        priced: the price that is used.
        rates: of exchange.
        now: this moment, aware.
        coins_per_day: what would be sold a day. [coin/d]

    >>> from datetime import UTC, timedelta
    >>> from decimal import Decimal
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> quote = Quote(coin="ETC", algorithm="etchash", source="file", taken_at=noon, price=Money(Decimal(10), "USD"))
    >>> priced, _ = priced_in([quote], "USD", None, noon)
    >>> later = noon + timedelta(hours=3)
    >>> [found.reason for found in priced_findings([quote], priced, None, later, coins_per_day=1)]
    ["ETC: file's price is 3 h old", 'ETC: the price is of one source, file, which does not tell how much is traded']
    """
    alike = _priced_alike(quotes, priced.quote, rates, now)
    return [
        *_rate_findings(priced, now),
        *price_findings(quotes=alike, priced=priced.quote, now=now, coins_per_day=coins_per_day),
    ]


def _priced_alike(quotes: Sequence[Quote], priced: Quote, rates: Rates | None, now: datetime) -> list[Quote]:
    """The quotes with their prices in the currency of the one that is used, as far as rates lead there."""
    currency = price_of(priced).currency
    found: list[Quote] = []
    for quote in quotes:
        try:
            price = _converted(price_of(quote), currency, rates, now).money
        except ValueError:  # it has no price, or nothing leads from its currency
            found.append(quote)
        else:
            found.append(replace(quote, price=price))
    return found


def _converted(price: Money, currency: str, rates: Rates | None, now: datetime) -> Converted:
    if price.currency == currency:
        return Converted(money=price, steps=())
    if rates is None:
        raise ValueError(f"the price is in {price.currency}, costs are in {currency}; give rates of exchange")
    return rates.convert(price, currency, now)


def _rate_findings(priced: Priced, now: datetime) -> list[Finding]:
    """Ages of rates of exchange. Rates of a whole day hold over a long weekend; others age as prices do."""
    findings: list[Finding] = []
    for rate in priced.in_currency.steps:
        if rate.holds(now):
            continue
        what = f"{priced.quote.coin}: {rate.source}'s rate of {rate.currency} in {rate.worth.currency}"
        findings.extend(aged(what=what, taken_at=rate.told_at, now=now))
    return findings


def price_terms(sheet: Sheet, priced: Priced) -> Money:
    """The price, and the lines that lead to it.

    >>> from datetime import UTC
    >>> from decimal import Decimal
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> quote = Quote(coin="ETC", algorithm="etchash", source="file", taken_at=noon, price=Money(Decimal(10), "USD"))
    >>> priced, _ = priced_in([quote], "USD", None, noon)
    >>> sheet = Sheet(currency="USD")
    >>> print(price_terms(sheet, priced), [(term.name, term.unit) for term in sheet.terms])
    10 USD [('price', 'USD/ETC')]
    """
    quote, money = priced.quote, priced.in_currency.money
    listed = price_of(quote)
    unit = f"{sheet.currency}/{quote.coin}"
    if not priced.in_currency.steps:
        sheet.given("price", money, unit, quote.source, quote.price_told_at)
        return money
    sheet.given("listed_price", listed, f"{listed.currency}/{quote.coin}", quote.source, quote.price_told_at)
    formula, currency = "listed_price", listed.currency
    for rate in priced.in_currency.steps:
        name = f"rate_{identifier(rate.currency)}_in_{identifier(rate.worth.currency)}"
        sheet.given(name, rate.worth, f"{rate.worth.currency}/{rate.currency}", rate.source, rate.told_at)
        forward = rate.currency == currency
        formula += f" {'*' if forward else '/'} {name}"
        currency = rate.worth.currency if forward else rate.currency
    return sheet.computed_money("price", money, formula, unit)
