"""Every key of ``[profit]``, ``[power]``, ``[site]`` and ``[tariff]`` changes what the daemon says and what a command says."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from calculators.chain.quote import Quote
from calculators.exchange import Rate
from calculators.money import Money
from miner_agent import drivers
from miner_agent.cli.first_level import cli
from miner_agent.config import loading
from miner_agent.config.entries import FeedEntry
from miner_agent.config.profit_keys import PowerTable, ProfitTable, TariffTable
from miner_agent.config.shape import shape_of
from miner_agent.config.site_keys import SiteTable
from miner_agent.config.toml_text import written as toml
from miner_agent.economy.advice import Adviser
from miner_agent.economy.messages import Return
from miner_agent.economy.settings import Settings
from miner_agent.economy.sums import sum_up
from miner_agent.market import markets
from miner_agent.market.feed import FeedReading
from miner_agent.model.snapshot import RigSnapshot
from tests.cli.test_backtest_command import written as history_in
from tests.examples import few_and_all
from tests.log_ticks import device, miner_work, tick
from tests.quotes import PLAIN, usd

NOW = datetime.now(UTC).replace(microsecond=0)
TODAY = NOW.date()
HASHES_PER_SECOND, WATTS = 97.878e6, 224.0  # of the card of the table on etchash
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FLAT: dict[str, Any] = {"currency": "USD", "price_per_kilowatt_hour": "1.0"}
BASE: dict[str, Any] = {
    "profit": {"choose_by": "mean", "hysteresis_ratio": 0.0, "minimum_dwell_seconds": 0},
    "power": {},
    "tariff": FLAT,
}
Document = dict[str, Any]
MARKET = FeedEntry(feed="file", name="market", place="a test")
LABELS = {
    "tariff.bands.name": "a name for sentences about hours that are in two bands or in none",
    "tariff.holidays_of": "days that a library knows, and today is seldom one: tests/config/test_public_holidays.py",
}


def quotes() -> tuple[Quote, ...]:
    """Ravencoin leaves a little more than Ethereum Classic, from more revenue and dearer energy."""
    etc = replace(PLAIN, source="file", taken_at=NOW, height=25_432_100, block_reward_coins=1.68)  # 1.6384 by rule
    per_dollar = HASHES_PER_SECOND * 86_400 * 1.68 / 1.94e15
    rvn = replace(
        etc, coin="RVN", algorithm="kawpow", difficulty=70_000.0, hashes_per_difficulty=2.0**32, height=None,
        network_hashes_per_second=70_000 * 2.0**32 / 60, block_time_seconds=60.0, block_reward_coins=1250.0,
        price=usd(round(21.58 / (46.448e6 * 86_400 * 1250 / (70_000 * 2.0**32)), 6)),
    )  # fmt: skip
    third = replace(etc, coin="ETHW", price=usd(3), height=None)
    return replace(etc, price=usd(round(20 / per_dollar, 6))), rvn, third


def pair(key: str, one: Any, other: Any, **more: Any) -> tuple[Document, Document]:
    """The base, and what stands beside it, with one key in two ways."""
    table, name = key.split(".")
    found = []
    for value in (one, other):
        document = deepcopy(BASE) | deepcopy(more)
        document[table] = {**document.get(table, {}), name: value}
        found.append(document)
    return found[0], found[1]


def bands(*entries: Document, **more: Any) -> Document:
    """A tariff of hours."""
    tables = [{"name": f"b{number}", **entry} for number, entry in enumerate(entries)]
    return deepcopy(BASE) | {"tariff": {"kind": "time-of-use", "currency": "USD", "bands": tables, **more}}


def band(price: str, **more: Any) -> Document:
    return {"price_per_kilowatt_hour": price, **more}


def by_season(days_before: int, days_after: int) -> Document:
    first, last = TODAY + timedelta(days=days_before), TODAY + timedelta(days=days_after)
    after, before = last + timedelta(days=1), first - timedelta(days=1)
    return bands(
        band("0.5", first_day=f"{first:%m-%d}", last_day=f"{last:%m-%d}"),
        band("1.5", first_day=f"{after:%m-%d}", last_day=f"{before:%m-%d}"),
    )


def blocks(price: str = "2.0", over: str = "100", **more: Any) -> Document:
    tiers = [
        {"over_kilowatt_hours": "0", "price_per_kilowatt_hour": "1.0"},
        {"over_kilowatt_hours": over, "price_per_kilowatt_hour": price},
    ]
    return {"kind": "tiers", "currency": "USD", "tiers": tiers, **more}


HALVES = (band("0.5", end="12:00"), band("1.5", start="12:00"))
WORK, REST = list(DAYS[:5]), list(DAYS[5:])
WEEK = (band("0.5", days=WORK), band("1.5", days=REST))
FEEDS = [
    {"feed": "tariff_csv", "name": name, "file": f"{name}.csv", "parameters": {"currency": "USD"}}
    for name in ("dear", "cheap")
]
CASES: dict[str, tuple[Document, Document]] = {
    "profit.currency": pair("profit.currency", "EUR", "USD"),
    "profit.catalog_file": pair("profit.catalog_file", "none.toml", "mine.toml"),
    "profit.coins": pair("profit.coins", ["ETC"], ["RVN"]),
    "profit.pool_scheme": pair("profit.pool_scheme", "pplns", "pps"),
    "profit.pool_fee_ratio": pair("profit.pool_fee_ratio", 0.01, 0.02),
    "profit.dev_fee_ratio": pair("profit.dev_fee_ratio", 0.0, 0.02),
    "profit.stale_ratio": pair("profit.stale_ratio", 0.0, 0.02),
    "profit.uptime_ratio": pair("profit.uptime_ratio", 1.0, 0.9),
    "profit.exchange_fee_ratio": pair("profit.exchange_fee_ratio", 0.0, 0.01),
    "profit.fixed_cost_per_day": pair("profit.fixed_cost_per_day", "0", "1"),
    "profit.choose_by": pair("profit.choose_by", "mean", "cvar"),
    "profit.hysteresis_ratio": pair("profit.hysteresis_ratio", 0.0, 0.9),
    "profit.minimum_dwell_seconds": pair("profit.minimum_dwell_seconds", 0, 20 * 86_400),
    "profit.switch_cost": pair("profit.switch_cost", "0", "50"),
    "power.psu": pair("power.psu", "bronze", "none"),
    "power.psu_line": pair("power.psu_line", "115v", "230v-eu", power={"psu": "gold"}),
    "power.psu_rated_watts": pair("power.psu_rated_watts", 350, 3000, power={"psu": "gold"}),
    "power.host_watts": pair("power.host_watts", 0, 60),
    "power.cooling_factor": pair("power.cooling_factor", 1.0, 1.2),
    "site.standing_charge_per_day": pair("site.standing_charge_per_day", "0", "0.4"),
    "site.standing_charge_per_month": pair("site.standing_charge_per_month", "0", "12"),
    "site.demand_charge_per_kilowatt_per_month": pair("site.demand_charge_per_kilowatt_per_month", "0", "15"),
    "site.heat_useful_ratio": pair("site.heat_useful_ratio", 0.0, 0.5, site={"heat_price_per_kilowatt_hour": "0.1"}),
    "site.heat_price_per_kilowatt_hour": pair(
        "site.heat_price_per_kilowatt_hour", "0", "0.1", site={"heat_useful_ratio": 0.5}
    ),
    "site.heater_efficiency": pair(
        "site.heater_efficiency", 1.0, 3.5, site={"heat_useful_ratio": 0.5, "heat_price_per_kilowatt_hour": "0.1"}
    ),
    "site.surplus_watts": pair("site.surplus_watts", [], [100] * 24),
    "site.export_price_per_kilowatt_hour": pair(
        "site.export_price_per_kilowatt_hour", "0", "0.1", site={"surplus_watts": [100] * 24}
    ),
    "tariff.kind": (
        BASE | {"tariff": FLAT}, BASE | {"tariff": blocks()}
    ),
    "tariff.currency": pair("tariff.currency", "EUR", "USD", profit={"currency": "USD"}),
    "tariff.zone": (
        bands(*HALVES, zone="UTC"), bands(*HALVES, zone="Asia/Tokyo"),
    ),
    "tariff.price_per_kilowatt_hour": pair("tariff.price_per_kilowatt_hour", "1.0", "1.1"),
    "tariff.bands.price_per_kilowatt_hour": (bands(band("1.0")), bands(band("1.1"))),
    "tariff.bands.days": (bands(*WEEK), bands(band("0.5", days=REST), band("1.5", days=WORK))),
    "tariff.bands.start": (bands(*HALVES), bands(band("0.5", end="18:00"), band("1.5", start="18:00"))),
    "tariff.bands.end": (bands(*HALVES), bands(band("0.5", end="06:00"), band("1.5", start="06:00"))),
    "tariff.bands.first_day": (by_season(-10, 20), by_season(10, 20)),
    "tariff.bands.last_day": (by_season(-20, 10), by_season(-20, -10)),
    "tariff.holidays": (
        bands(band("0.5", days=list(DAYS[:6])), band("1.5", days=["sunday"])),
        bands(
            band("0.5", days=list(DAYS[:6])), band("1.5", days=["sunday"]),
            holidays=[TODAY + timedelta(days=day) for day in (-1, 0, 1, 2)],
        ),
    ),
    "tariff.tiers.over_kilowatt_hours": (BASE | {"tariff": blocks()}, BASE | {"tariff": blocks(over="50")}),
    "tariff.tiers.price_per_kilowatt_hour": (BASE | {"tariff": blocks()}, BASE | {"tariff": blocks("3.0")}),
    "tariff.household_kilowatt_hours_per_month": (
        BASE | {"tariff": blocks()}, BASE | {"tariff": blocks(household_kilowatt_hours_per_month="99")},
    ),
    "tariff.feed": pair("tariff.feed", "dear", "cheap", tariff={"kind": "dynamic", "currency": "USD"}, feeds=FEEDS),
    "tariff.grid_fee_per_kilowatt_hour": pair("tariff.grid_fee_per_kilowatt_hour", "0", "0.1", tariff=FLAT),
    "tariff.vat_ratio": pair("tariff.vat_ratio", "0", "0.19", tariff=FLAT),
}  # fmt: skip
"""Of each key two configurations that differ in it."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With everything that the configurations and commands name."""
    made = tmp_path_factory.mktemp("keys")
    rows = ["coin,difficulty,block_reward_coins,network_hashes_per_second,block_time_seconds,price,currency,taken_at"]
    rows += [
        f"{each.coin},{each.difficulty},{each.block_reward_coins},{each.network_hashes_per_second},"
        f"{each.block_time_seconds},{each.price.amount},USD,{NOW:%Y-%m-%dT%H:%M:%SZ}"
        for each in quotes()
        if each.price is not None
    ]
    (made / "market.csv").write_text("\n".join(rows) + "\n")
    first = NOW.replace(minute=0, second=0) - timedelta(hours=2)
    for name, price in (("dear", "0.9"), ("cheap", "0.3")):
        starts = [first + timedelta(hours=hour) for hour in range(40)]
        slots = [
            f"{one:%Y-%m-%dT%H:%M:%SZ},{one + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ},{price},USD" for one in starts
        ]
        (made / f"{name}.csv").write_text("\n".join(["start,end,price,currency", *slots]) + "\n")
    figure = '{ algorithm = "kawpow", hashes_per_second = 40e6, power_watts = 220, source = "own", dated = 2026-11-01 }'
    (made / "mine.toml").write_text(f'[[hardware]]\nslug = "rtx3080"\nbenchmarks = [{figure}]\n')
    (made / "none.toml").write_text("")
    history_in(made)
    return made


def configured(folder: Path, document: Document) -> Path:
    path = folder / "config.toml"
    path.write_text(toml({**document, "agent": {"state_directory": str(folder / "state")}}))
    return path


def look(minutes: int, coin: str) -> RigSnapshot:
    """A card that mines this coin, so many minutes from now."""
    card = device("GPU-a", power_watts=WATTS)
    card = replace(card, reading=replace(card.reading, name="GeForce RTX 3080"))
    work = miner_work("cards", "etchash", hashes_per_second=HASHES_PER_SECOND, coin=coin)
    return tick(60 * minutes, [card], [work], start=NOW)


def of_daemon(path: Path) -> object:
    """What it computes and advises while it mines one coin, and five minutes later another one."""
    settings = Settings.of(loading.load([path], environment={}, known_drivers=drivers.names()))
    rate = Rate(currency="EUR", worth=Money(Decimal("1.25"), "USD"), taken_at=NOW, source="ecb")
    returns = []
    for entry in settings.loaded.feeds:
        told = markets.of_feed(entry, coins=settings.coins, now=NOW, fetch=None, cache=None)  # type: ignore[arg-type]
        returns.append((entry, Return(name=entry.name, reading=told.reading, taken_at=NOW)))
    reading = FeedReading(quotes=quotes(), rates=(rate,))
    returns.append((MARKET, Return(name=MARKET.name, reading=reading, taken_at=NOW)))
    adviser, said = Adviser(), []
    for minutes, coin in ((0, "ETHW"), (5, "ETC")):
        now = NOW + timedelta(minutes=minutes)
        summed = sum_up(settings, returns, look(minutes, coin), now=now)
        assert summed.problems == ()
        advised = adviser.follow(summed, now=now)
        decisions = [(each.after, each.reason) for each in advised]
        said.append((summed.economy.candidates, summed.economy.tariff, decisions))
    return said


def asked(words: list[str], path: Path) -> Any:
    done = CliRunner().invoke(cli, [*words, "--config", str(path), "--json"])
    assert done.exit_code == 0, done.stderr or done.exception
    return json.loads(done.stdout)


def profit(path: Path) -> object:
    words = ["profit", "--hardware", "1x rtx3080", "--market", str(path.parent / "market.csv")]
    return asked(words, path)["ranking"]


def stress(path: Path) -> object:
    words = ["stress", "--hardware", "1x rtx3080", "--market", str(path.parent / "market.csv"), "--mining", "ETC"]
    found = asked([*words, "--paths", "2000", "--horizon-days", "5"], path)["paths"]
    return found["choice"]["after"], found["choice"]["reason"], found["coins"]


def backtest(path: Path) -> object:
    rig = ("--hashrate", "ethash=600M", "--hashrate", "sha256d=100T", "--watts", "1000", "--kwh-price", "0.1")
    return asked(["backtest", str(path.parent / "history.csv"), *rig, "--horizon-days", "5"], path)["runs"]


def shown(path: Path) -> object:
    return asked(["tariff", "show"], path)["slots"]


COMMANDS: dict[str, Callable[[Path], object]] = {
    "profit.choose_by": stress,
    "profit.hysteresis_ratio": backtest,
    "profit.minimum_dwell_seconds": backtest,
    "profit.switch_cost": stress,
    "tariff.zone": shown,
}
"""The command whose answer a key changes; of all others it is ``profit``."""


def declared() -> set[str]:
    tables = {"profit": ProfitTable, "power": PowerTable, "site": SiteTable, "tariff": TariffTable}
    return {key for name, table in tables.items() for key in shape_of(table).every_key(f"{name}.")}


def test_every_declared_key_has_two_configurations() -> None:
    assert declared() - LABELS.keys() == set(CASES)


def of_key(document: Document, key: str) -> list[Any]:
    """What a key says in a document; in each table of a list."""
    found: list[Any] = [document]
    for step in key.split("."):
        inner = [each.get(step) for each in found if isinstance(each, dict)]
        tables = step != key.rpartition(".")[2]
        found = [one for each in inner for one in (each if tables and isinstance(each, list) else [each])]
    return found


@pytest.mark.parametrize("key", few_and_all(list(CASES), few=14))
def test_a_key_changes_what_the_daemon_says_and_what_a_command_says(key: str, folder: Path) -> None:
    documents = CASES[key]
    assert of_key(documents[0], key) != of_key(documents[1], key), "the two are about another key"
    answers = []
    for document in documents:
        path = configured(folder, document)
        answers.append((of_daemon(path), COMMANDS.get(key, profit)(path)))

    (daemon, command), (other_daemon, other_command) = answers
    assert daemon != other_daemon, "the daemon does not go by it"
    assert command != other_command, "no command goes by it"
