"""`mine-or-buy` asks what `profit` and `hours` ask: each part of a rig, each hour of a tariff, each chain's network."""

from pathlib import Path
from typing import Any

import pytest

from calculators.units import DAYS_PER_MONTH
from tests.cli.profit_asked import FRESH, answered, run, written

pytestmark = pytest.mark.usefixtures("no_configuration")
BANDS = """
[tariff]
kind = "time-of-use"
currency = "USD"
zone = "UTC"
[[tariff.bands]]
name = "night"
price_per_kilowatt_hour = "0.03"
start = "00:00"
end = "06:00"
[[tariff.bands]]
name = "day"
price_per_kilowatt_hour = "0.30"
start = "06:00"
end = "00:00"
"""
TIERS = """
[tariff]
kind = "tiers"
currency = "USD"
[[tariff.tiers]]
over_kilowatt_hours = "0"
price_per_kilowatt_hour = "0.03"
[[tariff.tiers]]
over_kilowatt_hours = "1000"
price_per_kilowatt_hour = "0.30"
"""
ONE_MONTH = ("--investment", "1000", "--months", "1")


def amount(found: Any, name: str) -> float:
    return float(found[name]["amount"])


def market(tmp_path: Path, *coins: tuple[str, str, str]) -> tuple[str, str]:
    """Coins of which a gigahash finds one a day."""
    head = "coin,algorithm,taken_at,coins_per_hash_per_second_per_day,price,currency"
    rows = (f"{coin},{algorithm},{FRESH},1e-9,{price},USD" for coin, algorithm, price in coins)
    return "--market", written(tmp_path, "market.csv", "\n".join([head, *rows, ""]))


@pytest.mark.thorough
def test_a_rig_stands_still_in_dear_hours_of_every_month_as_hours_plans_it(tmp_path: Path) -> None:
    """A kilowatt earns 0.10 an hour: six hours at 0.03 pay, eighteen at 0.30 do not."""
    rig = ("--hashrate", "etchash=1G", "--watts", "1000", "--coin", "ETC", "--pool-fee", "0")
    given = (*rig, *market(tmp_path, ("ETC", "etchash", "2.40")), "--tariff", written(tmp_path, "bands.toml", BANDS))
    (month,) = answered("mine-or-buy", *given, *ONE_MONTH)["months"]
    hours = answered("hours", *given)["runs"][0]

    assert month["running_ratio"] == pytest.approx(0.25)
    assert amount(month, "energy_cost") == pytest.approx(6 * 0.03 * DAYS_PER_MONTH)
    assert amount(month, "cash_flow") == pytest.approx(amount(hours, "profit_planned") * DAYS_PER_MONTH)
    stubborn = answered("mine-or-buy", *given, *ONE_MONTH, "--never-idle")["months"][0]
    assert amount(stubborn, "cash_flow") == pytest.approx(amount(hours, "profit_always") * DAYS_PER_MONTH)
    assert "stands still in these hours" in run("mine-or-buy", *given, *ONE_MONTH).stdout


def test_blocks_of_consumption_are_used_as_far_as_they_pay(tmp_path: Path) -> None:
    rig = ("--hashrate", "etchash=1G", "--watts", "2000", "--coin", "ETC", "--pool-fee", "0")
    given = (*rig, *market(tmp_path, ("ETC", "etchash", "4.80")), "--tariff", written(tmp_path, "tiers.toml", TIERS))
    (month,) = answered("mine-or-buy", *given, *ONE_MONTH)["months"]
    hours = answered("hours", *given)["runs"][0]

    assert 0 < month["running_ratio"] < 1
    assert month["running_ratio"] == pytest.approx(hours["running_hours"] / hours["hours"])
    a_day = amount(hours, "profit_planned") / hours["hours"] * 24
    assert amount(month, "cash_flow") == pytest.approx(a_day * DAYS_PER_MONTH)


def test_the_part_that_loses_stands_still_and_the_other_mines_on() -> None:
    given = ("--coin", "BTC", "--kwh-price", "0.05", *ONE_MONTH)
    alone = answered("mine-or-buy", "--hardware", "1x antminer-s21", *given)["months"][0]
    both = answered("mine-or-buy", "--hardware", "1x antminer-s21, 1x antminer-s9", *given)["months"][0]

    assert amount(both, "cash_flow") == pytest.approx(amount(alone, "cash_flow"), rel=1e-6)
    assert (alone["running_ratio"], both["running_ratio"]) == (1, 0.5)


def test_the_coins_of_every_part_and_chain_are_told_each_by_itself() -> None:
    rig = ("--hardware", "1x antminer-s21, 1x antminer-l7", "--kwh-price", "0.03")
    found, profit = answered("mine-or-buy", *rig, *ONE_MONTH), answered("profit", *rig)
    best = {each["devices"]: each for each in reversed(profit["ranking"])}
    a_day = {coin: coins for each in best.values() for coin, coins in each["coins_per_day"].items()}

    assert len(a_day) > 2
    assert found["mined"] == pytest.approx({coin: coins * DAYS_PER_MONTH for coin, coins in a_day.items()})
    text = run("mine-or-buy", *rig, *ONE_MONTH).stdout
    assert "mined: " in text
    assert " LTC" in text


def test_a_large_part_of_a_network_shrinks_as_others_come() -> None:
    """Twice the difficulty of others after a month, as `what-if` has it today."""
    rig = ("--hardware", "200x antminer-s21", "--coin", "XEC", "--kwh-price", "0.01")
    harder = answered("what-if", *rig, "--set", "difficulty_ratio=2")
    today, then = (amount(harder[each], "revenue_per_day") for each in ("today", "then"))
    grown = ("--investment", "1", "--months", "2", "--difficulty-growth", "100%")
    first, second = (amount(month, "revenue") for month in answered("mine-or-buy", *rig, *grown)["months"])

    assert then / today > 0.51, "the rig is a large part of the network"
    assert second / first == pytest.approx(then / today)


def test_a_contract_for_a_large_part_of_a_network_shrinks_so_too() -> None:
    """After 1,461 days, 48 months, the others are twice as many, and the chain's reward has halved once."""
    order = ("--coin", "XEC", "--hashrate", "40000T", "--price", "1", "--pool-fee", "0", "--days")
    growth = ("--difficulty-growth", str(2 ** (1 / 48) - 1))
    before, after = (answered("cloud", *order, days, *growth) for days in ("1461", "1462"))
    first = amount(answered("cloud", *order, "1"), "received")
    harder = answered("what-if", "--hardware", "200x antminer-s21", "--coin", "XEC", "--kwh-price", "0",
                      "--pool-fee", "0", "--set", "difficulty_ratio=2")  # fmt: skip
    today, then = (amount(harder[each], "revenue_per_day") for each in ("today", "then"))

    last_day = amount(after, "received") - amount(before, "received")
    assert last_day / first == pytest.approx(then / today / 2, rel=1e-6)


def test_a_month_is_part_of_a_network_by_the_hours_that_it_runs_as_hours_says(tmp_path: Path) -> None:
    bands = written(tmp_path, "bands.toml", BANDS.replace("0.03", "0.01").replace("0.30", "0.90"))
    given = ("--hardware", "200x antminer-s21", "--coin", "XEC", "--tariff", bands)
    (month,) = answered("mine-or-buy", *given, *ONE_MONTH)["months"]
    hours = answered("hours", *given)["together"]

    assert month["running_ratio"] == pytest.approx(0.25)
    assert amount(month, "cash_flow") == pytest.approx(amount(hours, "profit_planned") * DAYS_PER_MONTH)


def test_a_part_that_never_runs_is_no_part_of_the_network_as_hours_says() -> None:
    given = ("--hardware", "100x antminer-s21, 100x antminer-s19", "--coin", "XEC", "--kwh-price", "0.06")
    (month,) = answered("mine-or-buy", *given, *ONE_MONTH)["months"]
    hours = answered("hours", *given)["together"]

    assert month["running_ratio"] == 0.5
    assert amount(month, "cash_flow") == pytest.approx(amount(hours, "profit_planned") * DAYS_PER_MONTH)
