"""The tables of the configuration that profit is computed from: what they come to, and what is refused."""

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from calculators.electricity.tariff import FlatTariff, price_at
from calculators.electricity.tariff_slots import SummedTariff
from calculators.electricity.tariff_tiers import TieredTariff
from calculators.money import Money
from miner_agent import drivers
from miner_agent.assembly import configured
from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.config.named_files import SecretFile
from miner_agent.config.rendered import render
from miner_agent.config.tariff_terms import tariff_of
from miner_agent.errors import ConfigError
from miner_agent.market import markets
from tests.for_each import for_each

PAGE = Path(__file__).parents[2] / "docs" / "profit.md"
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = '[[tariff.bands]]\nname = "night"\nprice_per_kilowatt_hour = "0.10"\nstart = "22:00"\nend = "06:00"\n'
DAY = '[[tariff.bands]]\nname = "day"\nprice_per_kilowatt_hour = "0.30"\nstart = "06:00"\nend = "22:00"\n'
BANDS = f'[tariff]\nkind = "time-of-use"\ncurrency = "EUR"\nzone = "Europe/Berlin"\n{NIGHT}{DAY}'

FLAT = '[tariff]\ncurrency = "EUR"\nprice_per_kilowatt_hour = "0.20"\n'


def load(tmp_path: Path, text: str, **environment: str) -> Config:
    (tmp_path / "config.toml").write_text(text)
    return loading.load([tmp_path / "config.toml"], environment=environment, known_drivers=drivers.names())


def tariff(tmp_path: Path, text: str) -> Any:
    loaded = load(tmp_path, text)
    assert loaded.tariff is not None
    return tariff_of(loaded.profit, loaded.tariff, "config.toml")


def test_without_a_word_there_is_no_tariff_and_no_feed(tmp_path: Path) -> None:
    loaded = load(tmp_path, "")

    assert loaded.tariff is None
    assert loaded.feeds == ()
    assert loaded.profit.currency is None


def test_one_price(tmp_path: Path) -> None:
    text = '[profit]\ncurrency = "EUR"\n[tariff]\nprice_per_kilowatt_hour = "0.1626"'

    assert tariff(tmp_path, text) == FlatTariff(Money(Decimal("0.1626"), "EUR"))


def test_fees_and_tax_come_on_top_of_each_price(tmp_path: Path) -> None:
    found = tariff(
        tmp_path, BANDS.replace("[tariff]", '[tariff]\ngrid_fee_per_kilowatt_hour = "0.10"\nvat_ratio = "0.20"', 1)
    )

    assert isinstance(found, SummedTariff)
    assert price_at(tariff=found, when=datetime(2026, 1, 1, 12, tzinfo=BERLIN)).amount == Decimal("0.48")
    assert price_at(tariff=found, when=datetime(2026, 1, 1, 23, tzinfo=BERLIN)).amount == Decimal("0.24")


def test_bands_beside_one_price_are_fees_of_their_hours_on_top(tmp_path: Path) -> None:
    more = 'zone = "Europe/Berlin"\ngrid_fee_per_kilowatt_hour = "0.01"\nvat_ratio = "0.20"\n'
    found = tariff(tmp_path, FLAT + more + DAY)

    assert price_at(tariff=found, when=datetime(2026, 1, 1, 12, tzinfo=BERLIN)).amount == Decimal("0.612")
    assert price_at(tariff=found, when=datetime(2026, 1, 1, 23, tzinfo=BERLIN)).amount == Decimal("0.252")


def test_currencies_coins_and_days_are_written_in_any_case(tmp_path: Path) -> None:
    text = BANDS.replace("EUR", "eur").replace(
        'name = "day"', 'name = "day"\ndays = ["Mon", "TUESDAY", "we", "thu", "fr"]'
    )
    text += (
        NIGHT.replace("night", "weekend")
        .replace("22:00", "06:00")
        .replace("06:00", "22:00", 1)
        .replace('"22:00"', '"06:00"')
        .replace('end = "06:00"', 'end = "22:00"\ndays = ["Saturday", "sun."]')
    )
    loaded = load(tmp_path, f'[profit]\ncurrency = "usd"\ncoins = ["rvn", "Etc"]\n{text}')

    assert (loaded.profit.currency, loaded.profit.coins) == ("USD", ("RVN", "ETC"))
    assert loaded.tariff is not None
    assert loaded.tariff.currency == "EUR"
    assert loaded.tariff.bands[1].days == ("monday", "tuesday", "wednesday", "thursday", "friday")
    assert loaded.tariff.bands[2].days == ("saturday", "sunday")


def test_blocks_of_consumption(tmp_path: Path) -> None:
    text = (
        '[tariff]\nkind = "tiers"\ncurrency = "USD"\n[[tariff.tiers]]\nover_kilowatt_hours = "0"\n'
        'price_per_kilowatt_hour = "0.1"\n[[tariff.tiers]]\nover_kilowatt_hours = "500"\nprice_per_kilowatt_hour = "0.2"'
    )
    found = tariff(tmp_path, text)

    assert isinstance(found, TieredTariff)
    assert found.cost(energy_kilowatt_hours=Decimal(600)).amount == 70


def test_files_stand_beside_the_file_that_names_them(tmp_path: Path) -> None:
    text = '[profit]\ncatalog_file = "mine.toml"\n[[feeds]]\nfeed = "file"\nfile = "quotes.csv"\nkey_file = "key"'
    loaded = load(tmp_path, text)

    assert loaded.profit.catalog_file == tmp_path / "mine.toml"
    assert loaded.feeds[0].file == tmp_path / "quotes.csv"
    assert loaded.feeds[0].key_file == SecretFile(tmp_path / "key")
    assert loaded.feeds[0].name == "file"


def test_feeds_of_several_files_add_up(tmp_path: Path) -> None:
    for name, feed in (("a.toml", "ecb"), ("b.toml", "whattomine")):
        (tmp_path / name).write_text(f'[[feeds]]\nfeed = "{feed}"')
    loaded = loading.load([tmp_path / "a.toml", tmp_path / "b.toml"], environment={}, known_drivers=drivers.names())

    assert [feed.feed for feed in loaded.feeds] == ["ecb", "whattomine"]


def test_money_of_the_environment_stays_text(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        '[profit]\ncurrency = "EUR"',
        MINER_AGENT__TARIFF__PRICE_PER_KILOWATT_HOUR="0.30",
        MINER_AGENT__PROFIT__POOL_FEE_RATIO="0.02",
    )

    assert loaded.tariff is not None
    assert loaded.tariff.price_per_kilowatt_hour == Decimal("0.30")
    assert loaded.profit.pool_fee_ratio == 0.02


def test_what_is_in_force_can_be_loaded_again(tmp_path: Path) -> None:
    text = (
        BANDS
        + '[profit]\ncurrency = "EUR"\ncoins = ["RVN", "ETC"]\npool_fee_ratio = 0.02\n[power]\npsu = "platinum"\n'
        + 'host_watts = 60.0\n[[feeds]]\nfeed = "energy_charts"\nname = "spot"\nparameters = { area = "AT" }\n'
        + "interval_seconds = 1800.0\n"
    )
    loaded = load(tmp_path, text.replace("[tariff]\n", "[tariff]\nholidays = [2026-12-25]\n", 1))
    again = tmp_path / "again"
    again.mkdir()
    shown = load(again, render(loaded))

    assert shown.profit == loaded.profit
    assert shown.power == loaded.power
    assert shown.tariff == loaded.tariff
    assert [(feed.name, feed.feed, feed.parameters, feed.interval_seconds) for feed in shown.feeds] == [
        ("spot", "energy_charts", {"area": "AT"}, 1800)
    ]


@for_each(
    ("text", "sentence"),
    [
        ("[tariff]\nprice_per_kilowatt_hour = 0.3", "price_per_kilowatt_hour = 0.3 is not possible; expected text in quotes"),
        ('[tariff]\nprice_per_kilowatt_hour = "0.3"', '[tariff]: key "currency" is missing; write it, such as "EUR"'),
        ('[tariff]\ncurrency = "EUR"', '[tariff]: key "price_per_kilowatt_hour" is missing'),
        ('[tariff]\ncurrency = "EUR"\nprice_per_kilowatt_hour = "0,3"', 'price_per_kilowatt_hour = "0,3" is 0.3? Write it so'),
        ('[tariff]\ncurrency = "EUR"\nprice_per_kilowatt_hour = "x"', 'price_per_kilowatt_hour = "x" is not possible; write'),
        ("[profit]\npool_fee_ratio = 1", "pool_fee_ratio = 1 is not possible; expected a number < 0.25; write 0.01 for 1 %"),
        ('[tariff]\ncurrency = "EUR"\nprice_per_kilowatt_hour = "nan"', 'price_per_kilowatt_hour = "nan" is not possible'),
        ('[tariff]\ncurrency = "€"\nprice_per_kilowatt_hour = "0.3"', "currency = "),
        ('[tariff]\nkind = "spot"', '[tariff]: kind = "spot" is not known; known: dynamic, flat, tiers, time-of-use'),
        ('[tariff]\nkind = "dynamic"', '[tariff]: key "feed" is missing; name one of [[feeds]]'),
        ('[tariff]\nkind = "dynamic"\nfeed = "x"', '[tariff]: feed = "x" is none of [[feeds]]'),
        (BANDS.replace(DAY, ""), "[tariff]: Monday 06:00 to 22:00 in the season that holds 01-01 is in no band"),
        (BANDS.replace('end = "06:00"', 'end = "08:00"'), "Monday 06:00 to 08:00 in the season that holds 01-01 is in two bands"),
        (BANDS.replace('"22:00"', '"25:00"', 1), 'band 1 (night): start = "25:00" is not possible; write a time of day'),
        (BANDS.replace('name = "night"\n', 'name = "night"\nfirst_day = "13-01"\n'), "band night: month 13, day 1 is no day"),
        (BANDS.replace('name = "night"\n', 'name = "night"\nfirst_day = "1 May"\n'), 'first_day = "1 May" is not possible'),
        (BANDS.replace("Europe/Berlin", "Berlin"), "'Berlin' is no time zone"),
        (BANDS.replace('currency = "EUR"', 'currency = "EUR"\nvat_ratio = "19"'), 'vat_ratio = "19" is not possible; "0.19" is 19 %'),
        ('[tariff]\nkind = "tiers"\ncurrency = "EUR"', "the first block of a tiered tariff starts at 0 kWh"),
        ("[profit]\npool_fee_ratio = 2", "pool_fee_ratio = 2 is not possible"),
        ('[profit]\nswitch_cost = "-1"', '[profit]: switch_cost = "-1" is below zero; write 0 or more'),
        ('[profit]\ncoins = ["r n"]', '[profit]: coins has "r n"; write it as RVN'),
        (BANDS.replace('name = "day"', 'name = "day"\ndays = ["mond", "funday"]'), 'days has "funday"; did you mean "sunday"?'),
        ('[tariff]\ncurrency = "EUR"\n' + DAY, 'is missing; write it, such as "0.1626", or kind = "time-of-use" where the bands'),
        (BANDS.replace("[tariff]", '[tariff]\nprice_per_kilowatt_hour = "1"', 1), 'price_per_kilowatt_hour is not of kind = "time-of-use" but of "flat"; leave one away'),
        (BANDS.replace("time-of-use", "tiers"), '[tariff]: bands is not of kind = "tiers" but of "flat" or "time-of-use" or "dynamic"'),
        (FLAT + 'feed = "x"', 'feed is not of kind = "flat" but of "dynamic"'),
        (FLAT + 'household_kilowatt_hours_per_month = "5"', 'household_kilowatt_hours_per_month is not of kind = "flat" but of "tiers"'),
        (FLAT + "holidays = [2026-12-25]", "holidays are days of [[tariff.bands]], and there are none"),
        (FLAT + DAY + DAY, "Monday 06:00 to 22:00 in the season that holds 01-01 is in two bands"),
        ('[power]\npsu = "wood"', '[power]: psu = "wood" is not known; known: bronze, gold, none'),
        ('[power]\npsu = "white"\npsu_line = "230v-redundant"', 'psu = "white" is no class at 230v-redundant; known: bronze'),
        ("[power]\ncooling_factor = 0.5", "cooling_factor = 0.5 is not possible"),
        ('[[feeds]]\nname = "x"', 'feed 1 (x): key "feed" is missing'),
        ('[[feeds]]\nfeed = "ecb"\n[[feeds]]\nfeed = "ecb"', 'feed 2 (ecb): name "ecb" is taken by'),
        ('[[feeds]]\nfeed = "ecb"\nfile = "a\\u0000b"', "holds a NUL character"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_place_and_remedy(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        load(tmp_path, text)

    assert sentence in str(refusal.value)
    assert str(refusal.value).startswith(f"{tmp_path}/config.toml: ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[[feeds]]\nfeed = "whattomin"', 'feed 1 (whattomin): feed = "whattomin" is not known; did you mean "whattomine"?'),
        ('[[feeds]]\nfeed = "ecb"\ninterval_seconds = 1', "feed 1 (ecb): ecb: interval_seconds = 1 is not possible"),
        ('[[feeds]]\nfeed = "bitcoind"\nbase_url = "http://127.0.0.1"', "bitcoind: parameter coin is missing"),
        ('[[feeds]]\nfeed = "ecb"\nparameters = { x = "1" }', "parameter 'x' is not known"),
        ('[[feeds]]\nfeed = "hashrate_no"', "it answers nobody without a key; set key_file"),
        ('[[feeds]]\nfeed = "ecb"\nbase_url = "ftp://x"', "base_url begins with neither https:// nor http://"),
    ],
)  # fmt: skip
def test_a_feed_that_cannot_be_asked_is_refused_when_the_agent_starts(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(ConfigError) as refusal:
        configured.load_config(tmp_path / "config.toml", {})

    assert sentence in str(refusal.value)


def test_the_configurations_of_the_page_are_good_ones(tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(examples) == 3
    for text in examples:
        loaded = load(tmp_path, text)
        for entry in loaded.feeds:
            markets.settings_of(entry)
