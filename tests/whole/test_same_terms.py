"""A command and the daemon read one configuration: they compute with the same tariff, power supply, fees and rule."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import click
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calculators.horizon.choice import Rule, choose
from miner_agent import drivers
from miner_agent.cli.support.profit_inputs import question
from miner_agent.cli.support.profit_options import profit_options
from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.economy.advice import Adviser
from miner_agent.economy.messages import Return
from miner_agent.economy.overrides import Overrides
from miner_agent.economy.settings import Settings
from miner_agent.economy.sums import sum_up
from miner_agent.market import markets
from miner_agent.market.feed import FeedReading
from miner_agent.profit.ranking import rank
from miner_agent.profit.ranking_question import Conditions
from tests.log_ticks import device, miner_work, tick
from tests.quotes import quote

HOUR = timedelta(hours=1)
HOURS = '[[feeds]]\nfeed = "tariff_csv"\nname = "hours"\nfile = "hours.csv"\n'


def some(**strategies: st.SearchStrategy[object]) -> st.SearchStrategy[str]:
    """Lines of TOML: each key with one of its values, or left away."""
    keys = st.fixed_dictionaries({}, optional=strategies)
    return keys.map(lambda chosen: "".join(f"{key} = {_toml(value)}\n" for key, value in chosen.items()))


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def ratios() -> st.SearchStrategy[float]:
    return st.integers(0, 90).map(lambda percent: percent / 100)


def small_ratios() -> st.SearchStrategy[float]:
    return st.integers(0, 24).map(lambda percent: percent / 100)


def money(least: int = -50, most: int = 5000) -> st.SearchStrategy[str]:
    return st.integers(least, most).map(lambda cents: f"{cents / 100:.2f}")


profits = some(
    pool_scheme=st.sampled_from(["pps", "fpps", "pplns", "solo"]),
    pool_fee_ratio=small_ratios(),
    dev_fee_ratio=small_ratios(),
    stale_ratio=small_ratios(),
    uptime_ratio=ratios(),
    exchange_fee_ratio=small_ratios(),
    fixed_cost_per_day=money(),
    hysteresis_ratio=ratios(),
    minimum_dwell_seconds=st.integers(0, 30 * 86_400),
    choose_by=st.sampled_from(["mean", "cvar"]),
)
powers = some(
    psu=st.sampled_from(["none", "bronze", "gold", "titanium"]),
    psu_rated_watts=st.integers(1000, 5000),  # the rig of the test draws 900 W
    host_watts=st.integers(0, 500),
    cooling_factor=st.integers(100, 200).map(lambda percent: percent / 100),
)
sites = some(
    standing_charge_per_day=money(0),
    standing_charge_per_month=money(0),
    demand_charge_per_kilowatt_per_month=money(0),
    heat_useful_ratio=ratios(),
    heat_price_per_kilowatt_hour=money(0, 30),
    heater_efficiency=st.sampled_from([0.9, 3.5]),
    export_price_per_kilowatt_hour=money(-5, 20),
    surplus_watts=st.lists(st.sampled_from([0, 100, 600, 5000]), min_size=24, max_size=24),
)


def site_beside(tariff: str, site: str) -> str:
    """The lines of a site. Own power is told by hours, which blocks of consumption have not."""
    lines = [line for line in site.splitlines() if "tiers" not in tariff or "surplus" not in line]
    return "[site]\n" + "".join(f"{line}\n" for line in lines)


additions = some(grid_fee_per_kilowatt_hour=money(0, 30), vat_ratio=st.sampled_from(["0", "0.19"]))
bands = st.just(
    '[[tariff.bands]]\nname = "night"\nprice_per_kilowatt_hour = "0.1"\nend = "06:00"\n'
    '[[tariff.bands]]\nname = "day"\nprice_per_kilowatt_hour = "0.3"\nstart = "06:00"\n'
)
tiers = st.just(
    '[[tariff.tiers]]\nover_kilowatt_hours = "0"\nprice_per_kilowatt_hour = "0.1"\n'
    '[[tariff.tiers]]\nover_kilowatt_hours = "400"\nprice_per_kilowatt_hour = "0.2"\n'
)
fees_by_hour = st.sampled_from(
    ["", '[[tariff.bands]]\nname = "peak"\nprice_per_kilowatt_hour = "0.05"\nstart = "17:00"\nend = "20:30"\n']
)
tariffs = st.one_of(
    st.tuples(money().map('price_per_kilowatt_hour = "{}"\n'.format), additions, fees_by_hour).map("".join),
    st.tuples(st.just('kind = "time-of-use"\nzone = "Europe/Berlin"\n'), additions, bands).map("".join),
    st.tuples(money(0, 90_000).map('kind = "tiers"\nhousehold_kilowatt_hours_per_month = "{}"\n'.format), tiers).map(
        "".join
    ),
    st.tuples(additions.map('kind = "dynamic"\nfeed = "hours"\n{}'.format), fees_by_hour).map("".join),
)
configurations = st.tuples(profits, powers, tariffs, sites).map(
    lambda tables: (
        f'[profit]\n{tables[0]}[power]\n{tables[1]}{site_beside(tables[2], tables[3])}[tariff]\ncurrency = "USD"\n{tables[2]}{HOURS}'
    )
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Writes a configuration, with the prices of the day around now beside it."""
    folder = tmp_path_factory.mktemp("terms")
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - 2 * HOUR
    hours = [first + number * HOUR for number in range(40)]
    rows = [f"{start:%Y-%m-%dT%H:%M:%SZ},{start + HOUR:%Y-%m-%dT%H:%M:%SZ},0.{start.hour + 10},USD" for start in hours]
    (folder / "hours.csv").write_text("\n".join(["start,end,price,currency", *rows]) + "\n")

    def write(text: str) -> Path:
        path = folder / "config.toml"
        path.write_text(text)
        return path

    return write


def of_command(path: Path, now: datetime) -> Conditions:
    """What ``profit`` would compute with at that moment, if nothing but the configuration were named.

    A part of a day that is in the next month has another part of that month's charge.
    """
    found: list[Conditions] = []

    def ask(config_path: Path | None, said: Overrides) -> None:
        found.append(question(config_path, said).conditions)

    group = click.Group("miner-agent", commands={"profit": click.command("profit")(profit_options(ask))})
    with patch("miner_agent.cli.support.profit_inputs.datetime", wraps=datetime) as clock:
        clock.now.return_value = now
        group.main(["profit", "--config", str(path), "--hardware", "1x rtx3080"], standalone_mode=False)
    return found[0]


def of_daemon(loaded: Config, now: datetime) -> tuple[Conditions, Rule]:
    """What the daemon computes and chooses with, in a tick of a rig whose market is known."""
    known = Settings.of(loaded)
    (hours,) = loaded.feeds
    told = markets.of_feed(hours, coins=known.coins, now=now, fetch=None, cache=None)  # type: ignore[arg-type]
    market = FeedReading(quotes=(quote(taken_at=now),))
    returns = [
        (hours, Return(name=hours.name, reading=told.reading, taken_at=told.taken_at)),
        (
            msgspec.structs.replace(hours, feed="file", name="market"),
            Return(name="market", reading=market, taken_at=now),
        ),
    ]
    works = [miner_work("cards", "etchash", hashes_per_second=600e6, coin="ETC")]
    snapshot = tick(0, [device("GPU-a", power_watts=900.0)], works, start=now)
    ranking = patch("miner_agent.economy.sums.rank", side_effect=rank)
    choosing = patch("miner_agent.economy.advice.choose", side_effect=choose)
    with ranking as ranked, choosing as chosen:
        Adviser().follow(sum_up(known, returns, snapshot, now=now), now=now)
    return ranked.call_args[0][0].conditions, chosen.call_args.kwargs["rule"]


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=configurations)
def test_a_command_and_the_daemon_compute_with_the_same_terms(written: Callable[[str], Path], text: str) -> None:
    compare(written(text))


@pytest.mark.thorough
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=configurations)
def test_they_do_so_with_many_more_configurations(written: Callable[[str], Path], text: str) -> None:
    compare(written(text))


def compare(path: Path) -> None:
    loaded = loading.load([path], environment={}, known_drivers=drivers.names())
    now = datetime.now(UTC)
    conditions, rule = of_daemon(loaded, now)

    assert of_command(path, now) == conditions
    told = conditions.rule
    assert (told.hysteresis_ratio, told.minimum_dwell) == (rule.hysteresis_ratio, rule.minimum_dwell)
