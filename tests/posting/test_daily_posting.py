"""Days that are posted from the log: each once, at the prices of its slots, and as `log cost` tells them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.config import loading
from miner_agent.model.book.events import EnergyDay, OperatingDay
from miner_agent.model.devices import DeviceKind, DeviceReading, meter_label
from miner_agent.model.snapshot import Device, DeviceEnergy
from miner_agent.posting.book_prices import prices_of_book
from miner_agent.posting.daily_posting import Posting, post_days
from miner_agent.storage.ledger.side_tables import evidence
from miner_agent.storage.sqlite.file_names import TELEMETRY_FILE
from miner_agent.storage.telemetry.log import TelemetryLog
from tests import databases
from tests.bookkeeping.books import book_in, told
from tests.cli.every_command import ended
from tests.log_ticks import START, device, tick

BANDS = """
kind = "time-of-use"
bands = [
  { name = "night", price_per_kilowatt_hour = "0.17", start = "22:00", end = "06:00" },
  { name = "day", price_per_kilowatt_hour = "0.3333", start = "06:00", end = "22:00" },
]
"""
TIERS = """
kind = "tiers"
household_kilowatt_hours_per_month = "240"
tiers = [
  { over_kilowatt_hours = "0", price_per_kilowatt_hour = "0.21" },
  { over_kilowatt_hours = "250", price_per_kilowatt_hour = "0.34" },
  { over_kilowatt_hours = "300", price_per_kilowatt_hour = "0.27" },
]
"""
FLAT = 'kind = "flat"\nprice_per_kilowatt_hour = "0.1626"\n'


def logged(folder: Path, hours: int, *, start: datetime = START, first: int = 0, without: range = range(0)) -> None:
    """Two cards, an hour a tick, the second one drawing more in the evening."""
    if not (folder / TELEMETRY_FILE).exists():
        databases.empty_log(folder)
    log = TelemetryLog.open(folder / TELEMETRY_FILE, now=start)
    cards = [device("GPU-1", power_watts=150.0), device("GPU-2", power_watts=90.0)]
    for hour in range(first, first + hours):
        if hour not in without:
            drawn = {"GPU-1": 540_000.0 + hour % 7 * 1234.5, "GPU-2": 324_000.0 + hour % 24 * 4321.0}
            log.append(tick(hour * 3600 + 5, cards, energy_joules=drawn, interval_seconds=3600, start=start))
    log.close()


def configured(folder: Path, tariff: str, zone: str) -> Path:
    path = folder / "config.toml"
    path.write_text(
        f'[agent]\nstate_directory = "{folder}"\n[tariff]\ncurrency = "EUR"\nzone = "{zone}"\n{tariff}', "utf-8"
    )
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    databases.begun(tmp_path)
    return databases.empty_ledger(tmp_path).parent


def posted(folder: Path, now: datetime, tariff: str = FLAT, zone: str = "UTC") -> int:
    """Posts, and says how many entries that made."""
    config = loading.load([configured(folder, tariff, zone)], environment={}, known_drivers=())
    log = TelemetryLog.open_read_only(folder / "telemetry.db")
    try:
        posting = Posting(
            folder=BooksFolder(folder),
            book="main",
            log=log,
            prices_in=lambda currency: prices_of_book(config, currency, state_directory=folder, now=now),
        )
        return sum(len(booked.added) for booked in post_days(posting, now=now))
    finally:
        log.close()


def energies(folder: Path) -> Iterator[EnergyDay]:
    return (event for event in book_in(folder).events if isinstance(event, EnergyDay))


def cost(folder: Path, month: str) -> dict[str, Any]:
    done = ended("log", "cost", "--month", month, "--config", str(folder / "config.toml"), "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout)["lines"][-1])


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("tariff", "zone"),
    [(FLAT, "UTC"), (BANDS, "Europe/Berlin"), (TIERS, "Europe/Berlin")],
    ids=["flat", "bands", "tiers"],
)
def test_the_days_of_a_month_are_together_what_log_cost_says_of_it(folder: Path, tariff: str, zone: str) -> None:
    told(folder, currency="EUR", time_zone=zone)
    start = datetime(2026, 2, 27, tzinfo=UTC)
    logged(folder, 24 * 37, start=start)  # into April, with a night that has no third hour in Berlin

    posted(folder, start + timedelta(days=37), tariff, zone)

    march = [event for event in energies(folder) if event.id.startswith("energy/2026-03")]
    asked = cost(folder, "2026-03")
    assert len({event.id.split("/")[1] for event in march}) == 31
    value = sum((event.value for event in march if event.value is not None), Decimal(0))
    assert value.quantize(Decimal("0.01")) == Decimal(asked["cost"]["amount"]).quantize(Decimal("0.01"))
    assert abs(value - Decimal(asked["cost"]["amount"])) < Decimal("1e-6")
    assert abs(sum(event.kwh for event in march) - Decimal(asked["kilowatt_hours"])) < Decimal("1e-6")


def test_a_day_is_posted_once_by_device_with_its_slots_and_hours(folder: Path) -> None:
    told(folder, currency="EUR")
    logged(folder, 49)

    assert posted(folder, START + timedelta(days=2, minutes=59), BANDS) == 4, "the second day is over for an hour yet"
    assert posted(folder, START + timedelta(days=2, hours=1), BANDS) == 4
    assert posted(folder, START + timedelta(days=2, hours=2), BANDS) == 0

    first = next(event for event in energies(folder) if event.device == "left/GPU-1")
    with BooksFolder(folder).reading() as ledger:
        detail = json.loads(evidence(ledger, first.slots or "") or b"")
    assert [slot["price"] for slot in detail["slots"][5:7]] == ["0.170000000000", "0.333300000000"]
    assert sum(Decimal(slot["kwh"]["left/GPU-1"]) for slot in detail["slots"]) == first.kwh
    worked = [event for event in book_in(folder).events if isinstance(event, OperatingDay)]
    assert [(event.device, event.hours) for event in worked[:2]] == [
        ("left/GPU-1", Decimal(24)),
        ("left/GPU-2", Decimal(24)),
    ]


def test_what_comes_into_a_posted_day_later_is_posted_beside_it(folder: Path) -> None:
    """A clock that was set back writes into a day that was over."""
    told(folder, currency="EUR")
    logged(folder, 12)
    posted(folder, START + timedelta(days=1, hours=2))
    before = sum(event.kwh for event in energies(folder))
    logged(folder, 12, first=12)

    assert posted(folder, START + timedelta(days=1, hours=3)) == 4
    assert posted(folder, START + timedelta(days=1, hours=4)) == 0

    both = list(energies(folder))
    assert len(both) == 4
    assert before < sum(event.kwh for event in both)
    assert sum(event.value or 0 for event in both) == pytest.approx(
        sum(event.kwh for event in both) * Decimal("0.1626"), rel=Decimal("1e-9")
    )


def test_days_that_somebody_else_booked_and_books_that_were_not_begun_are_left_alone(folder: Path) -> None:
    logged(folder, 49)
    assert posted(folder, START + timedelta(days=3)) == 0
    bill = {"id": "mine", "kind": "energy", "time": START.isoformat(), "device": "rig", "kwh": "5", "value": "1"}
    told(folder, bill, currency="EUR")

    posted(folder, START + timedelta(days=3))

    assert {event.id.split("/")[1] for event in energies(folder) if event.id != "mine"} == {"2026-01-02"}


def test_energy_without_a_price_gets_one_when_it_is_known(folder: Path) -> None:
    told(folder, currency="USD")
    logged(folder, 24)
    posted(folder, START + timedelta(days=2))
    assert [event.value for event in energies(folder)] == [None, None], "nobody tells a rate from EUR"

    path = folder / "config.toml"
    path.write_text(path.read_text("utf-8").replace('"EUR"', '"USD"'), "utf-8")
    for entries in (2, 0):
        done = ended("energy", "post", "--config", str(path), "--json")
        assert done.returncode == 0, done.stderr
        assert len(json.loads(done.stdout)["added"]) == entries
    for event in energies(folder):
        assert event.value == pytest.approx(event.kwh * Decimal("0.1626"), rel=Decimal("1e-9"))


def test_hours_of_which_nothing_is_known_are_named_and_a_bill_counts_in_place_of_days(folder: Path) -> None:
    told(folder, currency="EUR")
    logged(folder, 48, without=range(3, 8))
    posted(folder, START + timedelta(days=2, hours=1))
    config = ("--config", str(folder / "config.toml"))
    bill = ended("energy", "invoice", "9.5", "2.10", "--from", "2026-01-01", "--to", "2026-01-01", *config)

    done = ended("energy", "report", *config, "--json")

    assert bill.returncode == done.returncode == 0, bill.stderr + done.stderr
    report = json.loads(done.stdout)
    assert "2026-01-01 to 2026-01-01" in ended("ledger", "list", "--kind", "invoice", *config).stdout
    assert report["gaps"][0].endswith("left/GPU-1: nothing is known of 2026-01-01T03:00Z to 2026-01-01T08:00Z")
    assert [row["billed_kilowatt_hours"] == row["kilowatt_hours"] for row in report["rows"]] == [
        True,
        True,
        False,
        False,
    ]
    assert report["bills"][0]["value"] == "2.10"
    year = json.loads(ended("tax", "summary", "--year", "2026", *config, "--json").stdout)
    second = sum(Decimal(row["value"]) for row in report["rows"] if row["period"] == "2026-01-02")
    assert Decimal(year["expenses"]["electricity"]) == (second + Decimal("2.10")).quantize(Decimal("0.01"))
    assert report["counted_value"] == year["expenses"]["electricity"]
    assert report["counted_kilowatt_hours"] == year["kwh"]
    shown = ended("energy", "report", *config).stdout
    assert f"with bills in place of their days: {report['counted_kilowatt_hours']} kWh" in shown


def test_a_report_by_slots_and_by_months_has_the_same_sums(folder: Path) -> None:
    told(folder, currency="EUR")
    logged(folder, 24 * 3)
    posted(folder, START + timedelta(days=3, hours=1), BANDS)
    asked = ("energy", "report", "--config", str(folder / "config.toml"), "--json")

    days, months, slots = (
        json.loads(ended(*asked, *more).stdout) for more in ((), ("--by", "month"), ("--by", "month", "--slots"))
    )

    assert days["kilowatt_hours"] == months["kilowatt_hours"]
    assert Decimal(days["kilowatt_hours"]) == Decimal(slots["kilowatt_hours"])
    assert [row["price"] for row in slots["rows"]] == ["0.170000000000", "0.333300000000"] * 2
    assert abs(Decimal(days["value"]) - Decimal(slots["value"])) < Decimal("1e-6")


def test_nothing_is_posted_into_a_closed_year(folder: Path) -> None:
    told(folder, currency="EUR")
    before = datetime(2025, 12, 30, tzinfo=UTC)
    logged(folder, 24 * 4, start=before)
    done = ended("ledger", "close-year", "--year", "2025", "--state-dir", str(folder))
    assert done.returncode == 0, done.stderr

    posted(folder, before + timedelta(days=5))

    assert {event.id.split("/")[1] for event in energies(folder)} == {"2026-01-01", "2026-01-02"}


@pytest.mark.thorough
def test_energy_over_a_gap_that_a_counter_knows_is_posted_as_an_unplaced_remainder(folder: Path) -> None:
    """Five hours without a reading; then the counter of one card says what it drew meanwhile."""
    told(folder, currency="EUR")
    logged(folder, 30, without=range(3, 8))
    log = TelemetryLog.open(folder / "telemetry.db", now=START)
    bridged = tick(8 * 3600 + 7, [device("GPU-1", power_watts=150.0)], interval_seconds=3600)
    gap = DeviceEnergy(
        device="GPU-1", source="hardware", joules_total=0.0, joules_since_last_tick=None, added_joules=2_700_000.0
    )
    log.append(replace(bridged, energy=(gap,)))
    log.close()

    assert posted(folder, START + timedelta(days=1, hours=2), BANDS) == 5
    assert posted(folder, START + timedelta(days=1, hours=3), BANDS) == 0

    (unplaced,) = [event for event in energies(folder) if event.unplaced]
    assert (unplaced.device, unplaced.kwh, unplaced.value) == (
        "left/GPU-1",
        Decimal("0.75"),
        Decimal("0.75") * Decimal("0.3333"),
    )
    asked = ("--config", str(folder / "config.toml"), "--json")
    bill = json.loads(ended("log", "cost", "--month", "2026-01", *asked).stdout)
    report = json.loads(ended("energy", "report", *asked).stdout)
    assert report["rows"][0]["unplaced_kilowatt_hours"] == "0.750000000"
    assert any("over gaps" in note for note in bill["notes"])
    posted(folder, START + timedelta(days=2, hours=2), BANDS)
    both = sum((event.value or Decimal(0) for event in energies(folder)), Decimal(0))
    assert abs(both - Decimal(bill["lines"][-1]["cost"]["amount"])) < Decimal("1e-6")


def test_the_meter_comes_before_the_sum_of_cards(folder: Path) -> None:
    told(folder, currency="EUR")
    log = TelemetryLog.open(folder / "telemetry.db", now=START)
    card = device("GPU-1", power_watts=150.0)
    reading = DeviceReading(index=0, kind=DeviceKind.METER, name="plug", power_watts=200.0)
    plug = Device(label=meter_label("plug"), source="plug", read_at=START, answered=True, reading=reading)
    for hour in range(25):
        snapshot = tick(hour * 3600 + 5, [card], energy_joules={"GPU-1": 540_000.0}, interval_seconds=3600)
        drawn = DeviceEnergy(device=plug.label, source="hardware", joules_total=0.0, joules_since_last_tick=720_000.0)
        log.append(replace(snapshot, meters=(plug,), meter_energy=(drawn,)) if hour < 20 else snapshot)
    log.close()

    posted(folder, START + timedelta(days=1, hours=1))

    assert {event.device: event.kwh for event in energies(folder)} == {
        "left/meter/plug": Decimal("4.000000000"),  # of twenty hours
        "left/GPU-1": Decimal("0.600000000"),  # of the four that the meter did not measure
    }


@pytest.mark.thorough
def test_however_the_hours_come_into_the_log_and_however_often_it_is_posted_the_sums_are_the_same(folder: Path) -> None:
    """Restarts, clocks that are set back, days that are looked at before all of them is there."""
    random = Random(7)
    told(folder, currency="EUR")
    pieces = [(first, 6) for first in range(0, 48, 6)]
    random.shuffle(pieces)
    for first, hours in pieces:
        logged(folder, hours, first=first)
        posted(folder, START + timedelta(days=random.randint(1, 4), hours=2), BANDS)
    posted(folder, START + timedelta(days=4, hours=2), BANDS)
    in_pieces = list(energies(folder))
    beside = databases.empty_ledger(folder / "beside").parent
    databases.empty_state(beside)
    (beside / "telemetry.db").write_bytes((folder / "telemetry.db").read_bytes())
    told(beside, currency="EUR")

    posted(beside, START + timedelta(days=4, hours=2), BANDS)

    at_once = list(energies(beside))
    assert len(in_pieces) > len(at_once) == 4
    for device_name in ("left/GPU-1", "left/GPU-2"):
        once, often = (
            [(event.kwh, event.value or Decimal(0)) for event in events if event.device == device_name]
            for events in (at_once, in_pieces)
        )
        assert sum(kwh for kwh, _ in often) == sum(kwh for kwh, _ in once)
        assert sum(value for _, value in often) == sum(value for _, value in once)
    assert posted(folder, START + timedelta(days=5), BANDS) == 0
