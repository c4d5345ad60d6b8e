"""What a place adds to the price of energy: charges, heat, own power, carbon dioxide; each by hand."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.profit_asked import FRESH, answered, run, written
from tests.for_each import for_each

pytestmark = pytest.mark.usefixtures("no_configuration")

MINES_ETC = ("--hashrate", "etchash=1G", "--watts", "1000", "--coin", "ETC")
RIG = (*MINES_ETC, "--pool-fee", "0")


@pytest.fixture
def market(tmp_path: Path) -> tuple[str, str]:
    """A gigahash finds a coin of 6 USD a day."""
    head = "coin,algorithm,taken_at,coins_per_hash_per_second_per_day,price,currency"
    return "--market", written(tmp_path, "market.csv", f"{head}\nETC,etchash,{FRESH},1e-9,6,USD\n")


def best(*words: str, price: str = "0.10") -> Any:
    return answered("profit", *RIG, "--kwh-price", price, *words)["ranking"][0]


def amount(found: Any, name: str) -> float:
    return float(found[name]["amount"])


def test_heat_is_worth_what_it_saves(market: tuple[str, str]) -> None:
    """24 kWh, of which a half replaces gas at 0.12 in a boiler of 0.9: 24 * 0.5 * 0.12 / 0.9 is 1.60."""
    cold = best(*market)
    warm = best(*market, "--heat-price", "0.12", "--heat-ratio", "50%", "--heater-efficiency", "0.9")

    assert amount(cold, "profit_per_day") == pytest.approx(6 - 2.40)
    assert amount(warm, "profit_per_day") == pytest.approx(6 - 2.40 + 1.60)
    assert amount(best(*market, "--heat-price", "0.12", "--heat-ratio", "0"), "profit_per_day") == pytest.approx(
        6 - 2.40
    )


def test_heat_of_own_power_is_worth_as_much(market: tuple[str, str]) -> None:
    heat = ("--heat-price", "0.12", "--heat-ratio", "0.5", "--heater-efficiency", "0.9")
    roof = ("--surplus", "0-24=600", "--export-price", "0.05")

    gained = amount(best(*market, *roof, *heat), "profit_per_day") - amount(best(*market, *roof), "profit_per_day")
    assert gained == pytest.approx(1.60)


def test_own_power_is_used_first_and_costs_what_feeding_in_would_have_brought(market: tuple[str, str]) -> None:
    """8 h of 600 W: 4.8 kWh at 0.05, and 19.2 kWh bought at 0.10."""
    found = best(*market, "--surplus", "9-17=600", "--export-price", "0.05")
    plenty = best(*market, "--surplus", "9-17=5000", "--export-price", "0.05")

    assert amount(found, "energy_cost_per_day") == pytest.approx(4.8 * 0.05 + 19.2 * 0.10)
    assert amount(plenty, "energy_cost_per_day") == pytest.approx(8 * 0.05 + 16 * 0.10)


def test_hours_run_in_the_sun(market: tuple[str, str]) -> None:
    """At 0.30 an hour on bought power loses 5 cents; on own power, which export would pay 0.08 for, it gains 17."""
    found = answered("hours", *RIG, *market, "--kwh-price", "0.30", "--surplus", "9-17=1000", "--export-price", "0.08")
    run_of = found["runs"][0]

    assert run_of["running_hours"] == pytest.approx(8, abs=1e-6)
    assert amount(run_of, "profit_planned") == pytest.approx(8 * 0.17)
    assert amount(run_of, "profit_always") == pytest.approx(8 * 0.17 - 16 * 0.05)


def test_charges_are_owed_beside_the_energy(market: tuple[str, str]) -> None:
    """A kilowatt's demand and the standing charge of a month are shared out over its days, 28 to 31."""
    plain = best(*market)
    found = best(*market, "--standing-charge", "30", "--demand-charge", "15")
    owed = amount(plain, "profit_per_day") - amount(found, "profit_per_day")

    assert any(owed == pytest.approx(45 / days, rel=0.04) for days in (28, 29, 30, 31))
    assert amount(found, "fixed_cost_per_day") == pytest.approx(owed)
    assert amount(best(*market, "--demand-charge", "15"), "fixed_cost_per_day") == pytest.approx(owed / 3)


def test_the_sum_tells_the_demand_charge_line_by_line(market: tuple[str, str]) -> None:
    said = run("profit", *RIG, *market, "--kwh-price", "0.10", "--demand-charge", "15", "--explain").stdout

    assert "= other_fixed_cost_per_day + demand_charge_per_kilowatt * peak_watts / 1000" in said
    assert "Assumed: the demand charge is that of a rig that lifts the site's peak by all of its power" in said


def test_carbon_dioxide_is_that_of_what_the_grid_delivers(market: tuple[str, str]) -> None:
    """24 kWh at 380 g are 9.12 kg for a coin a day; with 4.8 kWh of own power 7.296 kg."""
    grid = ("--kwh-price", "0.10", "--grid-co2", "380")
    found = answered("profit", *RIG, *market, *grid)["carbon"]["coins"][0]
    roof = answered("profit", *RIG, *market, *grid, "--surplus", "9-17=600")["carbon"]["coins"][0]
    row, *_ = csv.DictReader(run("profit", *RIG, *market, *grid, "--csv").stdout.splitlines())

    assert (found["grams_per_day"], found["grams_per_coin"]) == (pytest.approx(9120), pytest.approx(9120))
    assert roof["grams_per_day"] == pytest.approx(7296)
    half = answered("profit", *MINES_ETC, *market, *grid, "--pool-fee", "50%")["carbon"]["coins"][0]
    assert (half["grams_per_day"], half["grams_per_coin"]) == (pytest.approx(9120), pytest.approx(2 * 9120))
    assert float(row["grams_per_coin"]) == pytest.approx(9120)
    said = run("profit", *RIG, *market, *grid).stdout
    assert "Carbon dioxide: 9.12 kg a day, 9.12 kg a ETC; 380 g a kWh from the grid." in said
    assert answered("profit", *RIG, *market, "--kwh-price", "0.10")["carbon"] is None


@for_each(
    ("words", "said"),
    [
        (("--surplus", "17-9=600"), "no time of a day with its power; write 9-17=1200"),
        (("--surplus", "sun"), "no time of a day with its power"),
        (("--surplus", "9-25=1"), "no time of a day with its power"),
        (("--heater-efficiency", "0"), "no efficiency"),
        (("--grid-co2", "380000"), "no figure in grams a kilowatt-hour"),
        (("--standing-charge", "-5"), "'-5' is below zero; write 0 or more"),
        (("--demand-charge", "-5"), "'-5' is below zero"),
        (("--heat-price", "-0.1", "--heat-ratio", "0.5"), "'-0.1' is below zero"),
    ],
)
def test_what_cannot_be_is_refused(words: tuple[str, ...], said: str) -> None:
    result = run("profit", *RIG, "--kwh-price", "0.10", *words)

    assert result.exit_code == 2
    assert said in result.stderr


def test_a_configuration_that_tells_other_than_24_hours_is_refused(
    tmp_path: Path, market: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINER_AGENT_CONFIG", written(tmp_path, "own.toml", "[site]\nsurplus_watts = [1, 2]\n"))
    result = run("profit", *RIG, *market, "--kwh-price", "0.10")

    assert result.exit_code == 78
    assert "[site]: surplus_watts has 2 numbers; write 24, one for each hour of a day" in result.stderr


def test_own_power_beside_blocks_of_consumption_is_refused(tmp_path: Path, market: tuple[str, str]) -> None:
    blocks = '[[tariff.tiers]]\nover_kilowatt_hours = "0"\nprice_per_kilowatt_hour = "0.1"\n'
    tariff = written(tmp_path, "tiers.toml", f'[tariff]\nkind = "tiers"\ncurrency = "USD"\n{blocks}')
    result = run("profit", *RIG, *market, "--tariff", tariff, "--surplus", "9-17=600")

    assert result.exit_code == 69
    assert "blocks of consumption have no hours, and own power is told by hours" in result.stderr


def test_parts_of_a_rig_share_own_power() -> None:
    """Two kinds of card on a roof of 500 W, the first one first: together they use no more than there is."""
    rig = ("profit", "--hardware", "1x rtx3080, 1x rx6800", "--kwh-price", "0.30", "--host-watts", "0")
    dark, sunny = (answered(*rig, *more) for more in ((), ("--surplus", "0-24=500", "--export-price", "0.10")))
    drawn = dark["together"]["power_watts"]
    saved = amount(dark["together"], "energy_cost_per_day") - amount(sunny["together"], "energy_cost_per_day")

    assert dark["together"]["power_watts"] == sunny["together"]["power_watts"]
    assert saved == pytest.approx(min(drawn, 500) / 1000 * 24 * 0.20)


def test_days_of_a_history_were_paid_for_and_their_heat_was_worth_as_much(
    tmp_path: Path, market: tuple[str, str]
) -> None:
    """A year of days at 0.30 is a tariff of 0.30, with heat as without it."""
    days = [date(2025, 1, 1) + timedelta(days=day) for day in range(365)]
    rows = "".join(f"{day},ETC,6,USD,1e-9,0.30\n" for day in days)
    head = "date,coin,price,currency,coins_per_hash_per_second_per_day,tariff"
    history = written(tmp_path, "history.csv", f"{head}\n{rows}")
    begins = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    ends = begins + timedelta(hours=36)
    hours = written(tmp_path, "hours.csv", f"start,end,price,currency\n{begins:%FT%TZ},{ends:%FT%TZ},0.9,USD\n")
    heat = ("--heat-price", "0.12", "--heat-ratio", "0.75", "--heater-efficiency", "0.9")

    def of_a_year(*words: str) -> float:
        told = answered("mine-or-buy", *RIG, *market, *words, "--investment", "1000", "--months", "1")
        return amount(told["estimate"], "energy_cost_per_day")

    assert of_a_year("--tariff", hours, "--history", history) == pytest.approx(24 * 0.30)
    assert of_a_year("--tariff", hours, "--history", history, *heat) == pytest.approx(24 * 0.20)
    assert of_a_year("--kwh-price", "0.30", *heat) == pytest.approx(24 * 0.20)


def test_a_year_does_not_forget_when_the_sun_shines(tmp_path: Path, market: tuple[str, str]) -> None:
    """Energy is dear by day, when there is own power: 12 h of it at 0.05, and 12 h bought at 0.10."""
    bands = "".join(
        f'[[tariff.bands]]\nname = "{name}"\nprice_per_kilowatt_hour = "{price}"\nstart = "{start}"\nend = "{end}"\n'
        for name, price, start, end in (("day", "0.40", "06:00", "18:00"), ("night", "0.10", "18:00", "06:00"))
    )
    tariff = written(tmp_path, "bands.toml", f'[tariff]\nkind = "time-of-use"\ncurrency = "USD"\n{bands}')
    given = (*RIG, *market, "--tariff", tariff, "--surplus", "6-18=1000", "--export-price", "0.05")
    today = answered("profit", *given)["ranking"][0]
    venture = answered("mine-or-buy", *given, "--investment", "1000", "--months", "1")

    assert amount(today, "energy_cost_per_day") == pytest.approx(12 * 0.05 + 12 * 0.10)
    assert amount(venture["estimate"], "energy_cost_per_day") == pytest.approx(12 * 0.05 + 12 * 0.10)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ('heat_price_per_kilowatt_hour = "0.12"', "heat is worth nothing here: what of it is used is not told"),
        ("heat_useful_ratio = 0.5", "heat is worth nothing here: what it saves is not told"),
        ('export_price_per_kilowatt_hour = "0.08"', "the price of energy fed in changes nothing: no own power is told"),
    ],
)
def test_a_half_in_the_configuration_that_changes_nothing_is_said(
    tmp_path: Path, market: tuple[str, str], key: str, said: str
) -> None:
    config = ("--config", written(tmp_path, "own.toml", f"[site]\n{key}\n"))

    assert f"Assumed: {said}" in run("profit", *RIG, *market, "--kwh-price", "0.10", *config).stdout


HALVES = [
    (("--heat-price", "0.12"), "--heat-ratio 50% says what of the heat is used", "heat_useful_ratio = 0.5"),
    (("--heat-ratio", "0.5"), "--heat-price says what a kilowatt-hour", 'heat_price_per_kilowatt_hour = "0.1"'),
    (
        ("--heater-efficiency", "0.9"),
        "it is of --heat-price and --heat-ratio",
        'heat_useful_ratio = 0.5\nheat_price_per_kilowatt_hour = "0.1"',
    ),
    (("--export-price", "0.08"), "--surplus 9-17=1200 says when", f"surplus_watts = {[100] * 24}"),
]


@pytest.mark.parametrize("command", [("profit",), ("hours",), ("stress", "--paths", "0"), ("what-if",)])
@pytest.mark.parametrize(("words", "said", "other"), HALVES, ids=[half[0][0] for half in HALVES])
def test_half_of_what_is_needed_is_refused_with_the_name_of_the_other(
    tmp_path: Path, market: tuple[str, str], command: tuple[str, ...], words: tuple[str, ...], said: str, other: str
) -> None:
    asked = (*command, *RIG, *market, "--kwh-price", "0.10", *words)
    config = written(tmp_path, "own.toml", f"[site]\n{other}\n")
    refused = run(*asked)

    assert refused.exit_code == 2
    assert f"{words[0]} alone changes nothing: {said}" in refused.stderr
    assert run(*asked, "--config", config).exit_code == 0
