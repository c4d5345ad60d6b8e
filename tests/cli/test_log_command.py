"""`miner-agent log`: what it prints of a log that is known, and what it says of one that is not there."""

import csv
import io
import json
import os
import pwd
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from calculators.money import Money
from miner_agent.assembly import configured, unsaid
from miner_agent.model.devices import DeviceKind, DeviceReading
from miner_agent.model.finances import Economy, MarketNote
from miner_agent.model.snapshot import Device, DeviceEnergy, RigSnapshot
from miner_agent.storage.telemetry.log import TelemetryLog
from tests import databases, log_ticks
from tests.cli.every_command import Done, ended
from tests.for_each import for_each
from tests.log_ticks import RIG, START, full_tick, tick
from tests.ordinary_user import told

DAY_OF_START = ("--since", START.isoformat(), "--until", (START + timedelta(hours=1)).isoformat())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of half an hour of two cards, ten seconds apart, and the configuration that leads to it."""
    folder = tmp_path_factory.mktemp("log")
    log = TelemetryLog.open(databases.empty_log(folder), now=START)
    for number in range(180):
        log.append(full_tick(number, cards=2))
    for number in range(0, 180, 3):
        log.append_rigs([replace(full_tick(number, cards=2), rig="asic-7")])
    log.close()
    (folder / "config.toml").write_text(f'[agent]\nrig = "{RIG}"\nstate_directory = "{folder}"\n')
    return folder


def asked(folder: Path, *arguments: str) -> Done:
    return ended("log", *arguments, "--config", str(folder / "config.toml"))


def test_stats_sum_up_each_device_and_each_algorithm(folder: Path) -> None:
    done = asked(folder, "stats", *DAY_OF_START, "--rig", RIG, "--json")

    assert done.returncode == 0, done.stderr
    (period,) = json.loads(done.stdout)
    assert len(period["devices"]) == 2
    for device in period["devices"]:
        assert device["uptime_ratio"] == pytest.approx(0.5, abs=0.01)
        assert device["power_watts_min"] <= device["power_watts_mean"] <= device["power_watts_max"]
        assert device["energy_joules"] > 0
    assert {work["algorithm"] for work in period["works"]}
    assert all(work["hashes_per_second_mean"] > 0 for work in period["works"])


def test_a_rig_behind_the_gateway_is_asked_for_by_its_name(folder: Path) -> None:
    everything = json.loads(asked(folder, "stats", *DAY_OF_START, "--json").stdout)[0]
    (period,) = json.loads(asked(folder, "stats", *DAY_OF_START, "--rig", "asic-7", "--json").stdout)
    device = period["devices"][0]
    course = [
        json.loads(asked(folder, "show", device["device"], *DAY_OF_START, "--json", *rig).stdout)
        for rig in ((), ("--rig", "asic-7"))
    ]

    assert {found["rig"] for found in everything["devices"]} == {RIG, "asic-7"}
    assert device["uptime_ratio"] == pytest.approx(0.5 / 3, abs=0.01)
    assert {work["rig"] for work in period["works"]} == {"asic-7"}
    assert course[0][0]["uptime_ratio"] > 2 * course[1][0]["uptime_ratio"] > 0


MONTH = ("--month", f"{START:%Y-%m}")


def test_the_bill_of_a_month_is_what_the_stats_say_times_the_price(folder: Path) -> None:
    month = ("--since", "2026-01-01", "--until", "2026-02-01")
    (period,) = json.loads(asked(folder, "stats", *month, "--json").stdout)
    joules = sum(device["energy_joules"] for device in period["devices"])
    bill = json.loads(asked(folder, "cost", *MONTH, "--kwh-price", "0.25", "--currency", "EUR", "--json").stdout)
    total = bill["lines"][-1]

    assert total["kind"] == "all"
    assert float(total["kilowatt_hours"]) == pytest.approx(joules / 3.6e6)
    assert float(total["cost"]["amount"]) == pytest.approx(joules / 3.6e6 * 0.25)
    assert {line["rig"] for line in bill["lines"] if line["kind"] == "rig"} == {RIG, "asic-7"}


def test_the_bill_of_one_rig_is_that_rig_s(folder: Path) -> None:
    bill = json.loads(asked(folder, "cost", *MONTH, "--kwh-price", "0.25", "--rig", "asic-7", "--json").stdout)

    assert {line["rig"] for line in bill["lines"]} == {"asic-7", None}


@pytest.mark.thorough
def test_a_bill_by_the_hour_is_that_of_one_price_where_all_hours_cost_the_same(folder: Path, tmp_path: Path) -> None:
    rows = [f"{START + timedelta(hours=hour):%Y-%m-%dT%H:%M:%SZ},0.25,EUR" for hour in range(48)]
    (tmp_path / "prices.csv").write_text("\n".join(["start,price,currency", *rows]) + "\n")
    flat = json.loads(asked(folder, "cost", *MONTH, "--kwh-price", "0.25", "--currency", "EUR", "--json").stdout)
    by_hour = json.loads(asked(folder, "cost", *MONTH, "--tariff", str(tmp_path / "prices.csv"), "--json").stdout)

    for one, other in zip(flat["lines"], by_hour["lines"], strict=True):
        assert float(one["cost"]["amount"]) == pytest.approx(float(other["cost"]["amount"]), rel=1e-9)


def test_days_of_the_log_cost_as_much_in_another_currency_at_the_rate_of_the_tariff(tmp_path: Path) -> None:
    price = Money(Decimal("0.20"), "EUR")
    note = MarketNote(
        coin="ETC", source="a feed", price=price, difficulty=None, coins_per_hash_per_second_per_day=None,
        block_reward_coins=None, price_per_kilowatt_hour=price,
    )  # fmt: skip
    log = TelemetryLog.open(databases.empty_log(tmp_path), now=START)
    for number in range(180):
        economy = Economy(computed_at=START, market_notes=(note,))
        log.append(replace(full_tick(number, cards=2), economy=economy))
    log.close()
    later = [f"{START + timedelta(days=40, hours=hour):%Y-%m-%dT%H:%M:%SZ},0.30,EUR" for hour in range(25)]
    (tmp_path / "prices.csv").write_text("\n".join(["start,price,currency", *later]) + "\n")
    (tmp_path / "config.toml").write_text(
        f'[agent]\nrig = "{RIG}"\nstate_directory = "{tmp_path}"\n[profit]\ncurrency = "EUR"\n'
        f'[tariff]\nkind = "dynamic"\nfeed = "p"\n[[feeds]]\nfeed = "tariff_csv"\nname = "p"\nfile = "{tmp_path}/prices.csv"\n'
    )

    def cost(*more: str) -> float:
        done = asked(tmp_path, "cost", *MONTH, "--json", *more)
        assert done.returncode == 0, done.stderr
        return float(json.loads(done.stdout)["lines"][-1]["cost"]["amount"])

    assert cost() == pytest.approx(cost("--kwh-price", "0.20"))
    assert 1.5 < cost("--currency", "PLN") / cost() < 15  # zlotys for a euro


def test_of_a_month_that_the_log_does_not_hold_nothing_is_told(folder: Path) -> None:
    price = ("--kwh-price", "0.25", "--currency", "EUR")
    bill = json.loads(asked(folder, "cost", "--month", "2025-11", *price, "--json").stdout)
    said = asked(folder, "cost", "--month", "2025-11", *price).stdout

    assert [(line["kilowatt_hours"], line["cost"]) for line in bill["lines"]] == [(None, None)]
    assert bill["held"] == {"hours_held": 0, "hours_asked": 720, "spans": []}
    assert "The log holds nothing of that time" in said
    assert "kWh" not in said


def test_a_month_that_the_log_holds_in_part_says_which(folder: Path) -> None:
    month = ("--since", "2026-01-01", "--until", "2026-02-01")
    part = "The log holds 1 of the 744 hours of that time"
    which = "2026-01-01 00:00 to 2026-01-01 01:00"
    for said in (asked(folder, "cost", *MONTH, "--kwh-price", "0.25").stdout, asked(folder, "stats", *month).stdout):
        assert part in " ".join(said.split())
        assert which in " ".join(said.split())
    assert "The log holds" not in asked(folder, "stats", *DAY_OF_START).stdout


def test_a_market_that_the_log_does_not_hold_is_told_to_be_none(folder: Path) -> None:
    assert "the log tells none of the 30 days" in asked(folder, "market", "--since", "30d").stderr


@pytest.mark.parametrize(
    ("month", "said"), [("2026-13", "is no month"), ("October", "is no month"), ("2999-01", "is yet to come")]
)
def test_what_is_no_month_of_the_past_is_refused(folder: Path, month: str, said: str) -> None:
    done = asked(folder, "cost", "--month", month, "--kwh-price", "0.25")

    assert done.returncode == 2
    assert said in done.stderr


def with_meter(tick: RigSnapshot, watts: float) -> RigSnapshot:
    """The tick with what a meter named wall measured in its ten seconds."""
    reading = DeviceReading(index=0, kind=DeviceKind.METER, name="Shelly", power_watts=watts)
    wall = Device(label="meter/wall", source="wall", read_at=START, answered=True, reading=reading)
    drawn = DeviceEnergy(device="meter/wall", source="hardware", joules_total=0.0, joules_since_last_tick=10 * watts)
    return replace(tick, meters=(wall,), meter_energy=(drawn,))


def test_every_question_about_one_rig_is_answered_from_that_rig_alone(tmp_path: Path) -> None:
    log = TelemetryLog.open(databases.empty_log(tmp_path), now=START)
    for number in range(90):
        log.append(with_meter(full_tick(number, cards=2), 500.0))
        log.append_rigs([replace(with_meter(full_tick(number, cards=2), 900.0), rig="asic-7")])
    log.close()
    (tmp_path / "config.toml").write_text(f'[agent]\nrig = "{RIG}"\nstate_directory = "{tmp_path}"\n')

    def answers(*rig: str) -> tuple[dict[str, Any], list[dict[str, str]], str, float]:
        stats = ("stats", *DAY_OF_START, *rig)
        (period,) = json.loads(asked(tmp_path, *stats, "--json").stdout)
        lines = list(csv.DictReader(io.StringIO(asked(tmp_path, *stats, "--csv").stdout)))
        (course,) = json.loads(
            asked(tmp_path, "show", "meter/wall", *DAY_OF_START, "--step", "1h", *rig, "--json").stdout
        )
        return period, lines, asked(tmp_path, *stats).stdout, course["power_watts_mean"]

    for name, watts in ((RIG, 500.0), ("asic-7", 900.0)):
        period, lines, table, course_watts = answers("--rig", name)
        parts = [period[part] for part in ("devices", "meters", "works")]
        assert [{entry["rig"] for entry in part} for part in parts] == [{name}] * 3
        assert [meter["wall_power_watts_mean"] for meter in period["meters"]] == [watts]
        assert {line["rig"] for line in lines} == {name}
        assert len(lines) == sum(len(part) for part in parts)
        assert (f"{watts:.0f} W" in table, " rig " in table) == (True, False)
        assert course_watts == watts
    (period, lines, table, _) = answers()
    assert sorted(meter["rig"] for meter in period["meters"]) == ["asic-7", RIG]
    assert {line["rig"] for line in lines} == {RIG, "asic-7"}
    assert re.search(r"^from +rig +meter", table, re.MULTILINE)


def test_a_rig_that_the_log_does_not_know_is_said_to_be_unknown(folder: Path) -> None:
    for question in (("stats",), ("show", "GPU-1")):
        done = asked(folder, *question, *DAY_OF_START, "--rig", "asic-8")
        assert done.returncode == 2
        assert "'asic-8' is not in the log; did you mean \"asic-7\"?" in done.stderr


def test_the_same_numbers_as_csv_and_as_a_table(folder: Path) -> None:
    (period,) = json.loads(asked(folder, "stats", *DAY_OF_START, "--json").stdout)
    lines = list(csv.DictReader(io.StringIO(asked(folder, "stats", *DAY_OF_START, "--csv").stdout)))
    table = asked(folder, "stats", *DAY_OF_START).stdout

    devices = [line for line in lines if line["power_watts_mean"]]
    assert [float(line["power_watts_mean"]) for line in devices] == [d["power_watts_mean"] for d in period["devices"]]
    assert all(device["device"] in table for device in period["devices"])
    assert "kWh" in table


def test_days_follow_the_zone(folder: Path) -> None:
    span = ("--since", "2025-12-31", "--until", "2026-01-03")
    days = json.loads(asked(folder, "stats", *span, "--by", "day", "--zone", "America/New_York", "--json").stdout)

    assert [day["start"] for day in days if day["devices"]] == ["2025-12-31T05:00:00Z"]


def test_the_course_of_a_device_has_a_row_a_step(folder: Path) -> None:
    (period,) = json.loads(asked(folder, "stats", *DAY_OF_START, "--json").stdout)
    stats = next(one for one in period["devices"] if one["rig"] == RIG)
    device = stats["device"]
    points = json.loads(asked(folder, "show", device, *DAY_OF_START, "--step", "15m", "--json").stdout)
    table = asked(folder, "show", device, *DAY_OF_START, "--step", "15m")

    seen = [point for point in points if point["power_watts_mean"] is not None]
    assert len(seen) == 2
    assert sum(point["energy_joules"] for point in seen) == pytest.approx(stats["energy_joules"])
    assert table.returncode == 0
    assert "2026-01-01 00:15" in table.stdout


@for_each("step", ["999999w", "999999999d", "9999999999d"])
def test_a_step_that_leads_out_of_every_log_is_refused(folder: Path, step: str) -> None:
    done = asked(folder, "show", "GPU-nowhere", "--step", step)

    assert done.returncode == 2
    assert f"--step: '{step}' lies outside the years 1970 to 9998" in done.stderr


def test_a_device_that_was_never_there_is_said_to_be_unknown(folder: Path) -> None:
    for form in ((), ("--json",), ("--csv",), ("--rig", "asic-7")):
        done = asked(folder, "show", "GPU-nowhere", *DAY_OF_START, *form)
        assert (done.returncode, done.stdout) == (2, "")
        assert "'GPU-nowhere' is not in the log" in done.stderr
    assert "holds nothing of that device" in asked(folder, "show", _first_card(folder), "--since", "1h").stdout


def test_the_two_hours_of_one_name_in_the_night_of_the_clock_change_are_told_apart(tmp_path: Path) -> None:
    night = datetime(2026, 10, 25, tzinfo=UTC)
    log = TelemetryLog.open(databases.empty_log(tmp_path), now=night)
    for hour in range(3):
        drawn = {"GPU-a": 36e4}
        log.append(
            tick(3600 * hour + 5, [log_ticks.device("GPU-a", power_watts=100.0)], energy_joules=drawn, start=night)
        )
    log.close()
    (tmp_path / "config.toml").write_text(f'[agent]\nrig = "{RIG}"\nstate_directory = "{tmp_path}"\n')
    time = ("--since", "2026-10-25T00:00Z", "--until", "2026-10-25T03:00Z", "--zone", "Europe/Berlin")

    for question in (("show", "GPU-a", "--step", "1h"), ("stats", "--by", "hour")):
        lines = asked(tmp_path, *question, *time).stdout.splitlines()
        hours = [" ".join(line.split()[:2]) for line in lines if line.startswith("2026-10-25")]
        assert hours == ["2026-10-25 02:00+0200", "2026-10-25 02:00+0100", "2026-10-25 03:00"], question


def test_every_name_that_stats_shows_is_one_that_show_takes(tmp_path: Path) -> None:
    log = TelemetryLog.open(databases.empty_log(tmp_path), now=START)
    for number in range(3):
        log.append(replace(with_meter(full_tick(number, cards=2), 520.0), rig="renamed-since"))
    log.close()
    (tmp_path / "config.toml").write_text(f'[agent]\nrig = "{RIG}"\nstate_directory = "{tmp_path}"\n')
    (period,) = json.loads(asked(tmp_path, "stats", *DAY_OF_START, "--json").stdout)

    for name in (period["devices"][0]["device"], period["meters"][0]["meter"], "meter/wall"):
        done = asked(tmp_path, "show", name, *DAY_OF_START, "--json")
        assert json.loads(done.stdout)[0]["uptime_ratio"] > 0, name


def test_a_device_of_several_other_rigs_is_shown_of_the_one_that_is_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'[agent]\nrig = "a-third"\nstate_directory = "{folder}"\n')
    card = _first_card(folder)

    unnamed = asked(tmp_path, "show", card, *DAY_OF_START)
    named = asked(tmp_path, "show", card, *DAY_OF_START, "--rig", "asic-7", "--json")

    assert unnamed.returncode == 2
    assert f"is of asic-7, {RIG}; --rig says which one" in " ".join(unnamed.stderr.split())
    assert json.loads(named.stdout)


def _first_card(folder: Path) -> str:
    (period,) = json.loads(asked(folder, "stats", *DAY_OF_START, "--rig", RIG, "--json").stdout)
    return str(period["devices"][0]["device"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--since", "yesterday"), "neither a span (24h) nor a time"),
        (("--until", "24h"), "'24h' is no time, such as 2026-01-31T06:00"),
        (("--since", "1000000d"), "outside the years"),
        (("--since", "0h"), "no span"),
        (("--since", "999999w"), "outside the years 1970 to 9998"),
        (("--since", "99999w"), "outside the years"),
        (("--since", "0001-01-01", "--zone", "Asia/Tokyo"), "outside the years"),
        (("--until", "9999-12-31T23:59", "--zone", "America/New_York"), "outside the years"),
        (("--since", "1h", "--until", "2020-01-01", "--zone", "Mars/Olympus"), "no time zone"),
        (("--since", "2026-01-02", "--until", "2026-01-01"), "not before the end"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused_with_an_example(
    folder: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    done = asked(folder, "stats", *arguments)

    assert done.returncode == 2
    assert sentence in done.stderr


def test_a_rig_is_asked_for_by_the_name_that_is_stored(tmp_path: Path) -> None:
    text = f'[agent]\nrig = "\\u202e {RIG}\\n"\nstate_directory = "{tmp_path}"\n'
    (tmp_path / "config.toml").write_text(text)
    loaded = configured.load_config(tmp_path / "config.toml", {})
    log = TelemetryLog.open(databases.empty_log(tmp_path), now=START)
    for number in range(180):
        log.append(replace(full_tick(number, cards=2), rig=unsaid.rig_name(loaded)))
    log.close()
    (period,) = json.loads(asked(tmp_path, "stats", *DAY_OF_START, "--json").stdout)

    points = json.loads(asked(tmp_path, "show", period["devices"][0]["device"], *DAY_OF_START, "--json").stdout)

    assert period["devices"][0]["rig"] == unsaid.rig_name(loaded) == RIG
    assert any(point["power_watts_mean"] is not None for point in points)


def test_no_log_yet_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'[agent]\nstate_directory = "{tmp_path}/none"\n')

    done = asked(tmp_path, "stats")

    assert done.returncode in {69, 74}
    assert len(done.stderr.splitlines()) == 1
    assert "telemetry.db" in done.stderr


@pytest.mark.thorough
def test_a_log_of_somebody_else_says_as_whom_to_ask(folder: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    (tmp_path / "config.toml").write_text(f'[agent]\nstate_directory = "{closed}"\n')

    done = told("log", "stats", "--config", str(tmp_path / "config.toml"))

    assert done.returncode == 77
    assert f"{closed}/telemetry.db: only {pwd.getpwuid(os.geteuid()).pw_name} may read it" in done.stderr
    assert "sudo -u" in done.stderr


def test_a_meter_stands_beside_the_devices_and_in_no_column_of_theirs(tmp_path: Path) -> None:
    log = TelemetryLog.open(databases.empty_log(tmp_path), now=START)
    for number in range(3):
        log.append(with_meter(full_tick(number, cards=2), 520.0))
    log.close()
    (tmp_path / "config.toml").write_text(f'[agent]\nrig = "{RIG}"\nstate_directory = "{tmp_path}"\n')

    lines = list(csv.DictReader(io.StringIO(asked(tmp_path, "stats", *DAY_OF_START, "--csv").stdout)))
    table = asked(tmp_path, "stats", *DAY_OF_START).stdout
    (period,) = json.loads(asked(tmp_path, "stats", *DAY_OF_START, "--json").stdout)
    course = asked(tmp_path, "show", "meter/wall", *DAY_OF_START, "--json").stdout

    of_devices = sum(float(line["energy_joules"]) for line in lines if line["energy_joules"])
    assert of_devices == pytest.approx(sum(device["energy_joules"] for device in period["devices"]))
    assert [line["wall_energy_joules"] for line in lines if line["meter"]] == ["15600.0"]
    assert [meter["wall_power_watts_mean"] for meter in period["meters"]] == [520.0]
    assert re.search(r"wall +1 % +520 W +520 W +520 W +0\.004 kWh", table)
    assert json.loads(course)[0]["energy_joules"] == 15600.0
