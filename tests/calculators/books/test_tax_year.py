"""Tax years of five countries, and how long something was held."""

import calendar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.books.holding import long_from, term
from calculators.books.tax_year import (
    ALL,
    FIRST_DAY,
    day_of,
    quarter_of,
    tax_year_from,
    tax_year_named,
    tax_year_of,
    tax_years,
)
from tests.for_each import for_each

days = st.dates(date(1990, 1, 1), date(2120, 12, 31))
countries = st.sampled_from(sorted(FIRST_DAY))


@given(days, countries)
def test_each_day_lies_in_one_tax_year_which_is_read_again_as_it_is_named(day: date, country: str) -> None:
    year = tax_year_of(day, country=country)

    assert day in year
    assert tax_year_named(year.name, country=country) == year
    following = tax_year_of(year.last + timedelta(days=1), country=country)
    assert following.first == year.last + timedelta(days=1)
    assert 0 <= quarter_of(day, country=country) <= 3
    assert quarter_of(year.first, country=country) == 0
    assert quarter_of(year.last, country=country) == 3


@for_each(
    ("country", "text", "sentence"),
    [
        ("GB", "2025", "'2025' is no tax year of GB; write 2025/26 for 6 April 2025 to 5 April 2026"),
        ("AU", "2025/27", "'2025/27' is no tax year of AU; write 2025/26 for 1 July 2025 to 30 June 2026"),
        ("US", "2025/26", "'2025/26' is no tax year of US; write 2025 for 1 January 2025 to 31 December 2025"),
        ("GB", "2025/2126", "'2025/2126' is no tax year of GB; write 2025/26 for 6 April 2025 to 5 April 2026"),
        ("DE", "this", "'this' is no tax year; write one such as 2025, or all"),
        ("GB", "25/26", "'25/26' is no tax year; write one such as 2025/26, or all"),
        ("US", "٢٠٢٥", "'٢٠٢٥' is no tax year; write one such as 2025, or all"),
        ("US", "0000", "0 is no tax year"),
        ("FR", "2025", "the tax year of 'FR' is not known; known are US, DE, CA, GB, AU"),
    ],
)
def test_a_year_that_is_none_of_the_country_says_how_to_write_it(country: str, text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as raised:
        tax_year_named(text, country=country)

    assert str(raised.value) == sentence


def test_a_year_may_be_written_out_and_over_a_century() -> None:
    assert tax_year_named("2025/2026", country="GB").name == "2025/26"
    assert tax_year_named("1999/00", country="AU").last == date(2000, 6, 30)
    assert tax_year_named("all", country="GB") is ALL
    assert date(1, 1, 1) in ALL
    assert ALL.whole


def test_the_years_between_two_days_are_all_told() -> None:
    names = [year.name for year in tax_years(date(2024, 4, 5), date(2025, 4, 6), country="GB")]

    assert names == ["2023/24", "2024/25", "2025/26"]
    assert tax_year_from(2024, country="US").last == date(2024, 12, 31)


def test_the_year_goes_by_the_wall_clock_of_the_user() -> None:
    at = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)

    assert tax_year_of(day_of(at, ZoneInfo("UTC")), country="DE").name == "2025"
    assert tax_year_of(day_of(at, ZoneInfo("Europe/Berlin")), country="DE").name == "2026"


@given(days, st.sampled_from(["US", "AU", "DE"]))
def test_more_than_a_year_is_counted_by_the_calendar(acquired: date, country: str) -> None:
    first = long_from(acquired, country=country)

    assert term(acquired, first, country=country) == "long"
    assert term(acquired, first - timedelta(days=1), country=country) == "short"
    leap = any(
        calendar.isleap(year) and acquired < date(year, 2, 29) < first for year in (acquired.year, acquired.year + 1)
    )
    assert (first - acquired).days == 366 + leap


def test_a_leap_day_is_long_from_the_first_of_march() -> None:
    assert term(date(2024, 2, 29), date(2025, 2, 28)) == "short"
    assert term(date(2024, 2, 29), date(2025, 3, 1)) == "long"
    assert term(date(2025, 5, 5), date(2026, 5, 5)) == "short"


def test_what_was_acquired_at_the_end_of_the_calendar_has_no_year_after_it() -> None:
    with pytest.raises(ValueError, match="too late"):
        long_from(date(9999, 1, 1))
