"""What an amount is worth in another currency, on which day, and by which rates."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.exchange import Rate, Rates
from calculators.money import Money

THURSDAY = datetime(2026, 10, 29, tzinfo=UTC)
FRIDAY = datetime(2026, 10, 30, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 1, 15, tzinfo=UTC)


def rate(currency: str, worth: str, other: str, taken_at: datetime = FRIDAY, source: str = "ecb") -> Rate:
    return Rate(currency=currency, worth=Money(Decimal(worth), other), taken_at=taken_at, source=source)


EURO = (rate("EUR", "1.25", "USD", THURSDAY), rate("EUR", "1.16", "USD"), rate("EUR", "25", "CZK"))
BITCOIN = rate("BTC", "80000", "USD", SUNDAY - timedelta(minutes=5), "whattomine")


def test_a_weekend_has_fridays_rate_and_says_so() -> None:
    converted = Rates(EURO).convert(Money(Decimal(100), "EUR"), "USD", SUNDAY)

    assert converted.money == Money(Decimal(116), "USD")
    assert [(step.taken_at, step.source) for step in converted.steps] == [(FRIDAY, "ecb")]


def test_a_day_has_its_own_rate_and_not_a_later_one() -> None:
    converted = Rates(EURO).convert(Money(Decimal(100), "EUR"), "USD", THURSDAY + timedelta(hours=8))

    assert converted.money.amount == 125


def test_the_same_currency_needs_no_rate() -> None:
    converted = Rates().convert(Money(Decimal(1), "USD"), "USD", SUNDAY)

    assert (converted.money, converted.steps, converted.oldest) == (Money(Decimal(1), "USD"), (), None)


def test_a_coin_becomes_crowns_over_dollars_and_euros() -> None:
    converted = Rates([*EURO, BITCOIN]).convert(Money(Decimal("0.00000029"), "BTC"), "CZK", SUNDAY)

    assert converted.money.amount == Decimal("0.00000029") * 80000 * (1 / Decimal("1.16")) * 25
    assert [step.source for step in converted.steps] == ["whattomine", "ecb", "ecb"]
    assert converted.oldest == FRIDAY


def test_the_way_with_the_fewest_conversions_is_taken() -> None:
    direct = rate("BTC", "69000", "EUR", FRIDAY, "file")
    converted = Rates([*EURO, BITCOIN, direct]).convert(Money(Decimal(1), "BTC"), "EUR", SUNDAY)

    assert converted.steps == (direct,)


def test_the_latest_of_two_directions_holds() -> None:
    reverse = rate("USD", "0.9", "EUR", FRIDAY + timedelta(hours=20), "file")
    converted = Rates([*EURO, reverse]).convert(Money(Decimal(10), "USD"), "EUR", SUNDAY)

    assert converted.money.amount == 9


def test_a_moment_before_the_first_rate_is_refused_with_its_date() -> None:
    with pytest.raises(ValueError, match=r"no rate from EUR to USD on or before 2026-01-01.*2026-10-29"):
        Rates(EURO).convert(Money(Decimal(1), "EUR"), "USD", datetime(2026, 1, 1, tzinfo=UTC))


def test_a_currency_that_nothing_leads_to_is_refused_with_what_there_is() -> None:
    with pytest.raises(ValueError, match=r"from USD to CHF .*currencies with rates: CZK, EUR, USD\. Configure"):
        Rates(EURO).convert(Money(Decimal(1), "USD"), "CHF", SUNDAY)
    with pytest.raises(ValueError, match="currencies with rates: none"):
        Rates().convert(Money(Decimal(1), "USD"), "CHF", SUNDAY)


def test_a_chain_longer_than_anybody_needs_is_not_followed() -> None:
    chain = [rate(f"X{n}", "2", f"X{n + 1}") for n in range(5)]

    assert Rates(chain).convert(Money(Decimal(1), "X0"), "X3", SUNDAY).money.amount == 8
    with pytest.raises(ValueError, match="no rates lead"):
        Rates(chain).convert(Money(Decimal(1), "X0"), "X4", SUNDAY)


@pytest.mark.parametrize(
    ("currency", "worth", "other", "taken_at"),
    [("EUR", "0", "USD", FRIDAY), ("EUR", "-1", "USD", FRIDAY), ("EUR", "1", "EUR", FRIDAY), ("EUR", "1", "USD", FRIDAY.replace(tzinfo=None))],
)  # fmt: skip
def test_what_is_no_rate_is_refused(currency: str, worth: str, other: str, taken_at: datetime) -> None:
    with pytest.raises(ValueError, match=currency):
        rate(currency, worth, other, taken_at)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        Rates(EURO).convert(Money(Decimal(1), "EUR"), "USD", datetime(2026, 11, 1))  # noqa: DTZ001


AMOUNTS = st.decimals(min_value="-1e12", max_value="1e12", places=8)
WORTHS = st.decimals(min_value="0.0001", max_value="1e6", places=6)


@given(amount=AMOUNTS, worth=WORTHS)
def test_there_and_back_is_what_it_was(amount: Decimal, worth: Decimal) -> None:
    rates = Rates([rate("EUR", str(worth), "USD")])
    there = rates.convert(Money(amount, "EUR"), "USD", SUNDAY).money
    back = rates.convert(there, "EUR", SUNDAY).money

    assert back.currency == "EUR"
    assert abs(back.amount - amount) <= abs(amount) * Decimal("1e-25")


@given(one=AMOUNTS, other=AMOUNTS, worth=WORTHS)
def test_a_sum_converts_to_the_sum_of_what_its_parts_convert_to(one: Decimal, other: Decimal, worth: Decimal) -> None:
    rates = Rates([rate("EUR", str(worth), "USD")])
    first, second = (rates.convert(Money(amount, "EUR"), "USD", SUNDAY).money for amount in (one, other))

    whole = rates.convert(Money(one + other, "EUR"), "USD", SUNDAY).money
    assert abs((first + second - whole).amount) <= Decimal("1e-8")


def test_a_rate_that_nobody_dates_is_taken_where_there_is_no_other() -> None:
    now = datetime(2026, 1, 2, 12, tzinfo=UTC)
    dated = Rate(currency="EUR", worth=Money(Decimal("1.10"), "USD"), taken_at=now - timedelta(days=1), source="ecb")
    saved = Rate(currency="EUR", worth=Money(Decimal("2.20"), "USD"), taken_at=now, source="file", undated=True)
    one = Money(Decimal(1), "EUR")

    assert Rates([saved, dated]).convert(one, "USD", now).money.amount == Decimal("1.10")
    assert Rates([saved]).convert(one, "USD", now).money.amount == Decimal("2.20")
    assert (dated.told_at, saved.told_at) == (dated.taken_at, None)
