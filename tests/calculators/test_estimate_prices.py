"""The price that an estimate reckons with: which one, in which currency, at which rate."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from calculators.exchange import Rate, Rates
from calculators.money import Money
from tests.calculators.earning_rig import RATES, earn
from tests.quotes import NOON, quote, usd


def test_a_price_is_converted_at_dated_rates_only() -> None:
    listed = quote(price=Money(Decimal("0.0001037"), "BTC"))
    found = earn(listed, energy=Money(Decimal(5), "EUR"), rates=RATES)
    assert float(found.price) == pytest.approx(0.0001037 * 85_218 / 1.1742)
    assert found.profit_per_day.currency == "EUR"

    with pytest.raises(ValueError, match="ETC: the price is in BTC, costs are in USD; give rates of exchange"):
        earn(listed)
    with pytest.raises(ValueError, match=r"ETC: .*CHF"):
        earn(listed, energy=Money(Decimal(5), "CHF"), rates=RATES)


@pytest.mark.parametrize(
    ("taken_at", "words"),
    [
        (NOON.replace(hour=0) - timedelta(days=4), None),  # a central bank's, before Easter
        (NOON.replace(hour=0) - timedelta(days=6), "ETC: ecb's rate of EUR in USD is 6 days old"),
        (NOON - timedelta(minutes=29), None),
        (NOON - timedelta(hours=3), "ETC: ecb's rate of EUR in USD is 3 h old"),
    ],
)
def test_an_old_rate_of_exchange_is_named(taken_at: datetime, words: str | None) -> None:
    rates = Rates([Rate(currency="EUR", worth=usd("1.1742"), taken_at=taken_at, source="ecb")])
    found = earn(energy=Money(Decimal(5), "EUR"), rates=rates)

    assert found.confidence.reasons == ((words,) if words else ())


@pytest.mark.parametrize(("in_bitcoin", "level"), [("0.000104", "high"), ("0.000130", "low"), ("0.104", "refused")])
def test_prices_in_two_currencies_are_compared_where_rates_lead_from_one_to_the_other(
    in_bitcoin: str, level: str
) -> None:
    bitcoin = Rate(currency="BTC", worth=usd(85_000), taken_at=NOON, source="coingecko")
    dollars = quote(source="coingecko", price=usd("8.84"))
    other = quote(price=Money(Decimal(in_bitcoin), "BTC"))

    for market in ((dollars, other), (other, dollars)):
        found = earn(*market, rates=Rates([bitcoin]))
        assert found.confidence.level == level
        assert any("prices are" in reason for reason in found.confidence.reasons) == (level != "high")
    assert earn(dollars, other).confidence.level == "high"  # no rate, nothing to compare


def test_money_of_two_currencies_is_never_added() -> None:
    with pytest.raises(ValueError, match="ETC: energy is paid in USD and fixed cost in EUR"):
        earn(fixed_cost_per_day=Money(Decimal(1), "EUR"))


def test_the_first_price_that_can_be_used_is_used() -> None:
    sources = (
        quote(source="a", price=None),
        quote(source="b", price=usd(0)),
        quote(source="c", price=Money(Decimal("0.0001"), "BTC")),
        quote(source="d", price=usd("8.80"), price_taken_at=NOON - timedelta(hours=9)),
        quote(source="e", price=usd("8.90")),
    )
    found = earn(*sources)

    assert found.price == usd("8.90")
    assert "ETC: b gives a price of 0; expected one above zero" in found.confidence.reasons
    assert any("the price is in BTC" in reason for reason in found.confidence.reasons)


@pytest.mark.parametrize("amount", ["0", "-4"])
def test_a_price_that_no_coin_has_is_a_sentence(amount: str) -> None:
    with pytest.raises(ValueError, match=f"ETC: whattomine gives a price of {amount}; expected one above zero"):
        earn(quote(price=usd(amount)))
    with pytest.raises(ValueError, match="ETC: whattomine tells no price; add a source of prices"):
        earn(quote(price=None))
