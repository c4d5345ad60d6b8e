"""Public holidays of a place, by a library that is an extra: they are priced like Sundays."""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

from calculators.electricity.tariff import price_at
from miner_agent.config.loading import load
from miner_agent.config.public_holidays import EXTRA, YEARS, public_holidays
from miner_agent.economy.terms import Terms
from miner_agent.errors import ConfigError
from tests.requires import require_library

TARIFF = (
    '[tariff]\nkind = "time-of-use"\ncurrency = "EUR"\nzone = "Europe/Berlin"\n{more}'
    '[[tariff.bands]]\nname = "work"\nprice_per_kilowatt_hour = "0.30"\n'
    'days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]\n'
    '[[tariff.bands]]\nname = "rest"\nprice_per_kilowatt_hour = "0.10"\ndays = ["Sunday"]\n'
)
UNITY_DAY, CHRISTMAS, WOMENS_DAY = date(2025, 10, 3), date(2025, 12, 25), date(2025, 3, 8)


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    public_holidays.cache_clear()
    yield
    public_holidays.cache_clear()


def price_on(day: date, folder: Path, more: str) -> str:
    path = folder / "config.toml"
    path.write_text(TARIFF.format(more=more))
    energy = Terms.of(load([path], environment={}, known_drivers=())).energy
    assert energy is not None
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return str(price_at(tariff=energy.tariff, when=noon).amount)  # type: ignore[arg-type]


def library(days: set[date], places: dict[str, str | None]) -> ModuleType:
    """What stands for the library: it knows one place."""
    module = ModuleType("holidays")

    def country_holidays(country: str, *, subdiv: str | None, years: range) -> dict[date, str]:
        if places.get(country, "none") != subdiv:
            raise NotImplementedError
        return {day: "a day" for day in days if day.year in years}

    module.country_holidays = country_holidays  # type: ignore[attr-defined]
    return module


def test_holidays_of_a_place_are_priced_like_sundays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", library({WOMENS_DAY, CHRISTMAS}, {"DE": "BE"}))
    own = CHRISTMAS - timedelta(days=1)

    assert price_on(CHRISTMAS, tmp_path, "") == "0.30"
    assert price_on(CHRISTMAS, tmp_path, 'holidays_of = "de-be"\n') == "0.10"
    assert price_on(own, tmp_path, 'holidays_of = "DE-BE"\n') == "0.30"
    assert price_on(own, tmp_path, f'holidays_of = "DE-BE"\nholidays = [{own}]\n') == "0.10"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("Germany", 'is no place; write a country, or a part of it: "DE", "DE-BE"'),
        ("XX", "is no place that the library knows; write holidays = [2026-12-25]"),
        ("DE-QQ", "is no place that the library knows"),
    ],
)
def test_a_place_that_is_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, said: str
) -> None:
    monkeypatch.setitem(sys.modules, "holidays", library(set(), {"DE": "BE"}))
    with pytest.raises(ConfigError) as refused:
        price_on(CHRISTMAS, tmp_path, f'holidays_of = "{place}"\n')

    assert said in str(refused.value)


def test_without_the_library_the_sentence_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(ConfigError) as refused:
        price_on(CHRISTMAS, tmp_path, 'holidays_of = "DE"\n')

    assert EXTRA in str(refused.value)


def test_what_the_library_knows() -> None:
    """German Unity Day is one of all of Germany since 1990; Women's Day one of Berlin alone, since 2019."""
    require_library("holidays", extra=EXTRA)

    assert {UNITY_DAY, CHRISTMAS} <= public_holidays("DE")
    assert WOMENS_DAY in public_holidays("DE-BE") - public_holidays("DE")
    assert {day.year for day in public_holidays("DE")} == set(YEARS)
