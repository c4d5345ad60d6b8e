"""``hours``: when a rig stands still, what that is worth, and that it is the same sum as ``profit``'s."""

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.profit_asked import FRESH, PRICE, RIG, answered, run, written

HOUR = timedelta(hours=1)
MINED = ("--hashrate", "etchash=1G", "--watts", "4168", "--coin", "ETC", "--pool-fee", "0")


pytestmark = pytest.mark.usefixtures("no_configuration")


def market(tmp_path: Path, revenue_per_day: str) -> str:
    """A coin of which a gigahash finds one a day."""
    head = "coin,algorithm,taken_at,coins_per_hash_per_second_per_day,price,currency"
    return written(tmp_path, "market.csv", f"{head}\nETC,etchash,{FRESH},1e-9,{revenue_per_day},USD\n")


def day_of(*prices: str) -> str:
    """24 hours from an hour ago on, in quarter-hours, repeated for a second day: hours of a price after each other."""
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - HOUR
    lines = ["start,end,price,currency"]
    for quarter in range(2 * 96):
        start = first + quarter * timedelta(minutes=15)
        price = prices[quarter % 96 * len(prices) // 96]
        lines.append(f"{start:%Y-%m-%dT%H:%M:%SZ},{start + timedelta(minutes=15):%Y-%m-%dT%H:%M:%SZ},{price},USD")
    return "\n".join(lines) + "\n"


M4 = (*["0.05"] * 8, *["-0.05"] * 6, *["0.05"] * 7, *["0.90"] * 3)
"""Six hours in which energy is paid for, fifteen that are nearly worth it, three of an evening."""


def amount(found: Any, name: str) -> float:
    return float(found[name]["amount"])


def test_a_day_that_loses_is_mined_in_its_cheap_hours(tmp_path: Path) -> None:
    """1 GH/s finds a coin of 3.9992 USD a day, on 4,168 W. By hand: 3.9992 - 4.168 * (15 * 0.05 - 6 * 0.05 + 3 * 0.90)
    is -9.13, and in the six hours 3.9992 / 4 + 4.168 * 6 * 0.05 are 2.2502. At 0.05 an hour loses 4 cents."""
    given = (*MINED, "--market", market(tmp_path, "3.9992"), "--tariff", written(tmp_path, "prices.csv", day_of(*M4)))
    found, profit = answered("hours", *given), answered("profit", *given)
    best = found["runs"][0]

    assert amount(best, "profit_always") == pytest.approx(-9.13, abs=1e-9)
    assert amount(best, "profit_planned") == pytest.approx(2.2502, abs=1e-9)
    assert amount(best, "worth_of_standing_still") == pytest.approx(11.3802, abs=1e-9)
    assert (best["running_hours"], best["hours"], best["starts"]) == (6, 24, 1)
    assert len(found["pauses"]) == 2
    assert sum(amount(pause, "loss") for pause in found["pauses"]) == pytest.approx(11.3802, abs=1e-9)
    assert amount(profit["ranking"][0], "profit_per_day") == pytest.approx(amount(best, "profit_always"), abs=1e-9)
    assert amount(profit["hours"], "profit_planned") == pytest.approx(2.2502, abs=1e-9)


def test_profit_says_what_standing_still_is_worth(tmp_path: Path) -> None:
    given = (*MINED, "--market", market(tmp_path, "3.9992"))
    dear = run("profit", *given, "--tariff", written(tmp_path, "prices.csv", day_of(*M4)))
    cheap = run("profit", *given, "--tariff", written(tmp_path, "cheap.csv", day_of("0.02", "0.01")))

    assert "stand still for 18 h of 24 h and 2.25 is left in place of -9.13: that is worth 11.38" in dear.stdout
    assert "stand still" not in cheap.stdout
    assert answered("profit", *given, "--kwh-price", "0.9")["hours"] is None


def test_a_start_that_costs_more_than_it_brings_is_not_made(tmp_path: Path) -> None:
    given = (*MINED, "--market", market(tmp_path, "3.9992"), "--tariff", written(tmp_path, "prices.csv", day_of(*M4)))
    cheap, dear = (answered("hours", *given, "--restart-cost", cost)["runs"][0] for cost in ("0.1", "0.4"))

    assert amount(cheap, "profit_planned") == pytest.approx(2.1502, abs=1e-9)
    assert dear["starts"] == 0  # it runs through the hours before them instead, at four cents each
    assert 1.9 < amount(dear, "profit_planned") < 2


def test_a_short_dear_time_is_run_through_where_a_start_costs_more(tmp_path: Path) -> None:
    """An hour at 0.06 loses 4.168 * 0.06 - 3.9992 / 24, 8.3 cents."""
    prices = written(tmp_path, "prices.csv", day_of(*["0.01"] * 12, "0.06", *["0.01"] * 11))
    given = (*MINED, "--market", market(tmp_path, "3.9992"), "--tariff", prices)
    stopped, through = (answered("hours", *given, "--restart-cost", cost)["runs"][0] for cost in ("0.08", "0.09"))

    assert (stopped["running_hours"], stopped["starts"]) == (23, 1)
    assert amount(stopped, "worth_of_standing_still") == pytest.approx(4.168 * 0.06 - 3.9992 / 24 - 0.08, abs=1e-9)
    assert (through["running_hours"], amount(through, "worth_of_standing_still")) == (24, 0)


def test_what_is_drawn_standing_still_is_paid_in_any_case(tmp_path: Path) -> None:
    """168 W in the hours in which it stands still: 0.168 * (15 * 0.05 + 3 * 0.90) are 0.5796 that no stop saves."""
    given = (*MINED, "--market", market(tmp_path, "3.9992"), "--tariff", written(tmp_path, "prices.csv", day_of(*M4)))
    best = answered("hours", *given, "--idle-watts", "168")["runs"][0]

    assert amount(best, "profit_always") == pytest.approx(-9.13, abs=1e-9)
    assert amount(best, "profit_planned") == pytest.approx(2.2502 - 0.5796, abs=1e-9)


def test_what_all_parts_draw_standing_still_is_what_is_said_of_the_rig() -> None:
    answer = answered(
        "hours", "--hardware", "6x rtx3080, 2x rx6800, 1x ryzen-5950x", "--kwh-price", "0.1", "--idle-watts", "90"
    )
    idle_watts = {(run["devices"], run["idle_watts"]) for run in answer["runs"]}

    assert sum(watts for _, watts in idle_watts) == pytest.approx(90)
    assert sorted(watts for _, watts in idle_watts) == pytest.approx([10, 20, 60])


def test_the_host_draws_on_while_the_cards_stand_still(tmp_path: Path) -> None:
    given = (*RIG, "--coin", "ETC", "--tariff", written(tmp_path, "prices.csv", day_of(*M4)))
    alone, beside = (answered("hours", *given, *more)["runs"][0] for more in ((), ("--host-watts", "100")))

    assert beside["idle_watts"] - alone["idle_watts"] == pytest.approx(100, abs=60)
    assert beside["idle_watts"] >= 100
    assert amount(beside, "worth_of_standing_still") == pytest.approx(
        amount(alone, "worth_of_standing_still"), abs=1e-9
    )


def test_blocks_of_consumption_stop_the_rig_where_the_next_one_loses(tmp_path: Path) -> None:
    """A kilowatt earns 0.25 a kWh: the block above 300 kWh, at 0.30, is not begun; the 100 kWh of the house come first."""
    tariff = written(
        tmp_path,
        "tiers.toml",
        '[tariff]\nkind = "tiers"\ncurrency = "USD"\nhousehold_kilowatt_hours_per_month = "100"\n'
        '[[tariff.tiers]]\nover_kilowatt_hours = "0"\nprice_per_kilowatt_hour = "0.10"\n'
        '[[tariff.tiers]]\nover_kilowatt_hours = "300"\nprice_per_kilowatt_hour = "0.30"\n',
    )
    given = ("--hashrate", "etchash=1G", "--watts", "1000", "--coin", "ETC", "--pool-fee", "0", "--tariff", tariff)
    best = answered("hours", *given, "--market", market(tmp_path, "6"))["runs"][0]

    assert best["running_hours"] == pytest.approx(200, abs=1e-6)
    assert amount(best, "profit_planned") == pytest.approx(200 * 0.25 - 200 * 0.10, abs=1e-6)
    assert best["starts"] == 1
    assert amount(best, "profit_always") == pytest.approx(best["hours"] * -0.05 + 200 * 0.20, abs=1e-6)


def test_where_no_price_is_known_the_mean_is_taken_as_profit_does(tmp_path: Path) -> None:
    rows = day_of(*M4).splitlines()
    prices = written(tmp_path, "prices.csv", "\n".join([*rows[:26], *rows[30:]]) + "\n")  # an hour is missing
    given = (*MINED, "--market", market(tmp_path, "3.9992"), "--tariff", prices)
    best, profit = answered("hours", *given)["runs"][0], answered("profit", *given)["ranking"][0]

    assert best["hours"] == 24
    assert amount(best, "profit_always") == pytest.approx(amount(profit, "profit_per_day"), abs=1e-6)
    assert amount(best, "profit_planned") == pytest.approx(2.2502, abs=1e-6)


def test_hours_and_seasons_are_planned_for_as_many_days_as_are_asked_for() -> None:
    folder = Path.cwd()
    tariff = written(
        folder,
        "bands.toml",
        '[tariff]\nkind = "time-of-use"\ncurrency = "USD"\nzone = "America/New_York"\n'
        '[[tariff.bands]]\nname = "off"\nprice_per_kilowatt_hour = "0.05"\ndays = ["saturday", "sunday"]\n'
        '[[tariff.bands]]\nname = "on"\nprice_per_kilowatt_hour = "0.50"\n'
        'days = ["monday", "tuesday", "wednesday", "thursday", "friday"]\n',
    )
    given = (*MINED, "--market", market(folder, "10"), "--tariff", tariff)
    best = answered("hours", *given, "--days", "7")["runs"][0]

    assert best["hours"] == 168
    assert best["running_hours"] == pytest.approx(48, abs=1)  # an hour more or less where the clock is changed
    assert amount(best, "profit_planned") == pytest.approx(2 * (10 - 24 * 4.168 * 0.05), rel=0.03)


def test_the_text_says_what_was_assumed_and_when_to_stand_still(tmp_path: Path) -> None:
    given = (*MINED, "--market", market(tmp_path, "3.9992"), "--tariff", written(tmp_path, "prices.csv", day_of(*M4)))
    *head, rest_of_it = run("hours", *given, "--zone", "Europe/Berlin").stdout.split("\n", 6)
    rest = rest_of_it.splitlines()

    assert [line.partition(":")[0] for line in head[:4]] == ["Market", "Rig", "Figures", "Confidence of ETC"]
    assert any("standing still draws 0 W; a start costs nothing" in line for line in head)
    pauses = [line for line in rest if line.startswith("  stand still ")]
    assert len(pauses) == 2
    assert all("+0100 to " in line or "+0200 to " in line for line in pauses)
    assert all("running would lose" in line for line in pauses)


def test_what_running_would_lose_is_what_standing_still_is_worth(tmp_path: Path) -> None:
    """Of a rig that never runs and would be a good part of its network."""
    head = "coin,difficulty,block_reward_coins,network_hashes_per_second,block_time_seconds,price,currency,taken_at"
    quotes = written(tmp_path, "market.csv", f"{head}\nETC,1.94e15,1.6384,1.49e14,13,12,USD,{FRESH}\n")
    rig = ("--hashrate", "etchash=20T", "--watts", "9MW", "--coin", "ETC")
    given = (*rig, "--market", quotes, "--kwh-price", "0.9")
    found = answered("hours", *given)
    rows = list(csv.DictReader(run("hours", *given, "--csv").stdout.splitlines()))
    (pause,) = found["pauses"]

    assert found["runs"][0]["running_hours"] == 0
    assert amount(pause, "loss") == pytest.approx(amount(found["together"], "worth_of_standing_still"), rel=1e-9)
    assert -sum(float(row["worth"]) for row in rows) == pytest.approx(amount(pause, "loss"), rel=1e-9)


def test_each_part_of_a_rig_stands_still_at_its_own_times(tmp_path: Path) -> None:
    prices = written(tmp_path, "prices.csv", day_of(*["0.05"] * 8, *["-0.05"] * 6, *["0.05"] * 7, *["0.90"] * 3))
    given = ("--coin", "BTC", "--tariff", prices)
    alone = [answered("hours", "--hardware", f"antminer-{name}", *given) for name in ("s21", "s9")]
    both = answered("hours", "--hardware", "1x antminer-s21, 1x antminer-s9", *given)
    profit = answered("profit", "--hardware", "1x antminer-s21, 1x antminer-s9", *given)
    hours = [each["runs"][0]["running_hours"] for each in alone]

    assert hours == [21, 6]
    assert [each["running_hours"] for each in both["together"]["parts"]] == hours
    for name in ("profit_always", "profit_planned", "worth_of_standing_still"):
        assert amount(both["together"], name) == pytest.approx(sum(amount(each["runs"][0], name) for each in alone))
    assert amount(both["together"], "profit_always") == pytest.approx(amount(profit["together"], "profit_per_day"))
    assert {each["devices"] for each in both["pauses"]} == {"1x Antminer S21", "1x Antminer S9"}


def test_a_part_that_never_runs_is_no_part_of_the_network_of_the_others() -> None:
    """On this price the S19 lose whatever else mines: the S21 are left with what they earn alone."""
    given = ("--coin", "XEC", "--kwh-price", "0.06")
    alone = answered("hours", "--hardware", "100x antminer-s21", *given)
    both = answered("hours", "--hardware", "100x antminer-s21, 100x antminer-s19", *given)
    profit = answered("profit", "--hardware", "100x antminer-s21, 100x antminer-s19", *given)

    assert [each["running_hours"] for each in both["together"]["parts"]] == [24, 0]
    assert amount(both["together"], "profit_planned") == pytest.approx(amount(alone["together"], "profit_planned"))
    assert amount(both["together"], "profit_always") == pytest.approx(amount(profit["together"], "profit_per_day"))
    assert "100x Antminer S19 never runs" in " ".join(both["notes"])

    dear = ("--coin", "XEC", "--kwh-price", "0.09")
    neither = answered("hours", "--hardware", "100x antminer-s21, 100x antminer-s19", *dear)
    assert amount(neither["together"], "profit_planned") == 0


def test_where_every_plan_stands_still_the_coin_that_loses_least_comes_first(tmp_path: Path) -> None:
    """A gigahash earns 1, 3 or 2 a day on energy of 100: nothing runs, and every plan leaves nothing."""
    earned = {"CLORE": 1, "GAEL": 3, "NEOX": 2}
    days = [f"{datetime.now(UTC) - timedelta(days=ago):%Y-%m-%d}" for ago in (2, 1)]
    market = [f"{coin},kawpow,{FRESH},1e-9,{price},USD" for coin, price in earned.items()]
    history = [f"{coin},{day},1e-9,{price},USD" for day in days for coin, price in earned.items()]
    figures = "coins_per_hash_per_second_per_day,price,currency"
    rig = ("--hashrate", "kawpow=1G", "--watts", "4168", "--kwh-price", "1")
    now = (
        *rig,
        "--market",
        written(tmp_path, "market.csv", "\n".join([f"coin,algorithm,taken_at,{figures}", *market, ""])),
    )
    was = ("--history", written(tmp_path, "history.csv", "\n".join([f"coin,date,{figures}", *history, ""])))
    found, profit = answered("hours", *now), answered("profit", *now)

    assert {amount(each, "profit_planned") for each in found["runs"]} == {0}
    assert [each["chains"] for each in found["runs"]] == [["GAEL"], ["NEOX"], ["CLORE"]]
    assert [each["chains"] for each in profit["ranking"]] == [["GAEL"], ["NEOX"], ["CLORE"]]
    assert found["together"]["parts"][0]["chains"] == ["GAEL"]
    assert "GAEL loses in every hour" in run("hours", *now).stdout
    assert ",GAEL,0," in run("hours", *now, "--csv").stdout
    assert [each["chains"] for each in answered("hours", *rig, *was)["runs"]] == [["GAEL"], ["NEOX"], ["CLORE"]]


def test_rows_add_up_to_the_plan(tmp_path: Path) -> None:
    given = (*MINED, "--market", market(tmp_path, "3.9992"), "--tariff", written(tmp_path, "prices.csv", day_of(*M4)))
    rows = list(csv.DictReader(run("hours", *given, "--csv").stdout.splitlines()))

    assert float(sum(Decimal(row["worth"]) for row in rows if row["run"] == "1")) == pytest.approx(2.2502, abs=1e-9)
    assert float(sum(Decimal(row["worth"]) for row in rows)) == pytest.approx(-9.13, abs=1e-9)


@pytest.mark.thorough
@pytest.mark.parametrize(("grid_fee", "always", "planned"), [("0.02", 108, 258), ("0.04", -212, 135)])
def test_a_past_of_real_prices_by_the_command_alone(
    captured: Path, tmp_path: Path, grid_fee: str, always: int, planned: int
) -> None:
    """An S9 (14 TH/s, 1,372 W) over 16 months from January 2020 on German day-ahead prices, a euro taken for a dollar."""
    with (captured / "market/btc/btc_hashrate_price_2019_2022.csv").open() as file:
        days = [row for row in csv.DictReader(file) if "2020" <= row["date"] < "2021-05"]
    history = ["date,coin,price,coins_per_hash_per_second_per_day,currency"]
    for row in days:
        subsidy = 12.5 if row["date"] < "2020-05-12" else 6.25
        history.append(
            f"{row['date']},BTC,{row['price_usd']},{144 * subsidy / (float(row['hashrate_TH_s']) * 1e12)},USD"
        )
    prices = ["start,end,price,currency"]
    with (captured / "market/power/de_day_ahead_hourly.csv").open() as file:
        for row in csv.DictReader(file):
            if "2020" <= row["utc"] < "2021-05":
                start = datetime.strptime(row["utc"], "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
                price = Decimal(row["eur_per_mwh"]) / 1000
                prices.append(f"{start:%Y-%m-%dT%H:%M:%SZ},{start + HOUR:%Y-%m-%dT%H:%M:%SZ},{price},USD")
    given = (
        *("--hashrate", "sha256d=14T", "--watts", "1372", "--pool-fee", "2%", "--coin", "BTC", "--grid-fee", grid_fee),
        *("--history", written(tmp_path, "history.csv", "\n".join(history) + "\n")),
        *("--tariff", written(tmp_path, "prices.csv", "\n".join(prices) + "\n")),
    )
    best = answered("hours", *given)["runs"][0]

    assert best["hours"] == 11_664
    assert (round(amount(best, "profit_always")), round(amount(best, "profit_planned"))) == (always, planned)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--difficulty-as", "node"), "--difficulty-as is of a --history; leave one away"),
        (("--history", "x.csv", "--days", "2"), "--days is of what is to come"),
        (("--history", "x.csv", "--zone", "UTC"), "--zone is of what is to come"),
        (("--restart-cost", "-1"), "below zero"),
    ],
)
def test_what_an_answer_would_not_go_by_is_refused(more: tuple[str, ...], said: str) -> None:
    result = run("hours", *RIG, *PRICE, *more)

    assert result.exit_code == 2
    assert said in result.stderr


def test_a_rig_is_part_of_a_network_by_the_hours_that_it_runs(tmp_path: Path) -> None:
    """Half a day at 0.01, half at 0.90: the network gets half of the hashrate in the mean, so each hash earns more."""
    prices = written(tmp_path, "prices.csv", day_of(*["0.01"] * 12, *["0.90"] * 12))
    given = ("--hardware", "200x antminer-s21", "--coin", "XEC", "--tariff", prices)
    found, profit = answered("hours", *given), answered("profit", *given, "--explain")
    (row,), best = profit["ranking"], found["runs"][0]
    own = next(float(line["value"]) for line in row["sum"] if line["name"] == "own_network_ratio")
    revenue = amount(row, "revenue_per_day") * (1 + own) / (1 + own / 2) / 2

    assert own > 0.2
    assert best["running_hours"] == 12
    assert amount(best, "profit_planned") == pytest.approx(revenue - row["power_watts"] / 1000 * 12 * 0.01, rel=1e-6)
    assert amount(best, "profit_always") == pytest.approx(amount(row, "profit_per_day"))


def test_a_coin_that_pays_only_while_it_is_hardly_mined_is_not_promised(tmp_path: Path) -> None:
    """At one price all day it pays with none of the own hashrate in its network, and loses with all of it."""
    given = ("--hardware", "200x antminer-s21", "--coin", "XEC")
    (row,) = answered("profit", *given, "--kwh-price", "0.01", "--explain")["ranking"]
    own = next(float(line["value"]) for line in row["sum"] if line["name"] == "own_network_ratio")
    even = amount(row, "revenue_per_day") / (row["power_watts"] / 1000 * 24)
    for part in (0.1, 0.2, 0.35, 0.6, 0.8):
        between = f"{even * (1 + own * part):.6f}"
        prices = written(tmp_path, "prices.csv", day_of(*[between] * 24))
        best = answered("hours", *given, "--tariff", prices)["runs"][0]

        assert best["running_hours"] == 0, part
        assert amount(best, "profit_planned") == 0
        assert amount(best, "profit_always") < 0


def test_blocks_of_consumption_are_filled_by_what_earns_most_for_a_kilowatt_hour(tmp_path: Path) -> None:
    """The S21 runs all month wherever it stands in the rig; the S9 stops where the dear block begins."""
    tariff = written(
        tmp_path,
        "tiers.toml",
        '[tariff]\nkind = "tiers"\ncurrency = "USD"\n'
        '[[tariff.tiers]]\nover_kilowatt_hours = "0"\nprice_per_kilowatt_hour = "0.01"\n'
        '[[tariff.tiers]]\nover_kilowatt_hours = "3000"\nprice_per_kilowatt_hour = "0.05"\n',
    )
    given = ("--coin", "BTC", "--tariff", tariff)
    found = answered("hours", "--hardware", "1x antminer-s9, 1x antminer-s21", *given)
    turned = answered("hours", "--hardware", "1x antminer-s21, 1x antminer-s9", *given)
    profit = answered("profit", "--hardware", "1x antminer-s9, 1x antminer-s21", *given)
    s9, s21 = found["together"]["parts"]
    energy = s21["hours"] * 3.5, (3000 - s21["hours"] * 3.5) / 1.323

    assert s21["running_hours"] == s21["hours"]
    assert 0 < s9["running_hours"] < s9["hours"]
    assert s9["running_hours"] == pytest.approx(energy[1], rel=0.05)
    for name in ("profit_always", "profit_planned"):
        assert amount(found["together"], name) == pytest.approx(amount(turned["together"], name))
    days = s21["hours"] / 24
    assert amount(found["together"], "profit_always") == pytest.approx(
        amount(profit["together"], "profit_per_day") * days
    )


def test_own_power_goes_to_what_earns_most_for_a_kilowatt_hour(tmp_path: Path) -> None:
    given = ("--coin", "BTC", "--kwh-price", "0.30", "--surplus", "8-16=3500", "--export-price", "0.01")
    found = answered("hours", "--hardware", "1x antminer-s9, 1x antminer-s21", *given)["together"]
    alone = answered("hours", "--hardware", "1x antminer-s21", *given)["together"]

    assert [part["running_hours"] for part in found["parts"]] == [0, 8]
    assert amount(found, "profit_planned") == pytest.approx(amount(alone, "profit_planned"))


def test_a_month_that_is_not_begun_owes_nothing_for_its_peak(tmp_path: Path) -> None:
    """24 hours of the built-in day bring less than a day's part of 300 a kilowatt and month."""
    given = (*MINED, "--market", market(tmp_path, "9"), "--kwh-price", "0.05")
    plain, charged, dear = (answered("hours", *given, *more)["runs"][0] for more in (
        (), ("--demand-charge", "5"), ("--demand-charge", "300")))  # fmt: skip
    a_day = amount(plain, "profit_planned") - amount(charged, "profit_planned")

    assert charged["running_hours"] == 24
    assert 4.168 * 5 / 31.001 < a_day < 4.168 * 5 / 27.999  # of two months where the day lies in both
    assert dear["running_hours"] == 0
    assert amount(dear, "profit_planned") == 0
    assert amount(dear, "profit_always") == pytest.approx(amount(plain, "profit_always") - 60 * a_day)


def test_of_a_past_the_months_that_do_not_pay_for_their_peak_are_left_out(tmp_path: Path) -> None:
    """January brings 24 a day, February 0.24: 4.168 kW at 30 a month cost 125.04 and February's 28 days bring less."""
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(59)]
    rows = [f"ETC,{day},1e-9,{24 if day.month == 1 else 0.24},USD" for day in days]
    history = written(
        tmp_path, "history.csv", "\n".join(["coin,date,coins_per_hash_per_second_per_day,price,currency", *rows, ""])
    )
    given = (*MINED, "--history", history, "--kwh-price", "0")
    plain, charged = (answered("hours", *given, *more)["runs"][0] for more in ((), ("--demand-charge", "30")))

    assert (plain["running_hours"], charged["running_hours"]) == (59 * 24, 31 * 24)
    owed = 31 * 24 - amount(charged, "profit_planned")
    assert owed == pytest.approx(31 * 4.168 * 30 / 30, rel=0.1)
    assert amount(charged, "profit_always") == pytest.approx(31 * 24 + 28 * 0.24 - owed * 59 / 31)
