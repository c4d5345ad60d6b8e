"""Profit under a tariff of slots, as users type it."""

import csv
import io
import math
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.profit_asked import ECB, PRICE, RIG, answered, run, slots_of, written

pytestmark = pytest.mark.usefixtures("no_configuration")


@pytest.mark.parametrize("fault", ["hole", "overlap"])
def test_a_tariff_with_a_hole_or_an_overlap_names_the_slot_and_the_ranking_stands(tmp_path: Path, fault: str) -> None:
    slots = written(tmp_path, "slots.csv", slots_of("USD", **{fault: True}))
    document = answered("profit", *RIG, "--tariff", slots)

    assert document["ranking"]
    (note,) = [note for note in document["notes"] if note.startswith("slots.csv: ")][:1]
    assert re.search(r"(no price from|overlap).*|the slots from", note)
    assert "02:" in note or "03:" in note


def test_a_tariff_of_less_than_a_day_is_refused(tmp_path: Path) -> None:
    short = "\n".join(slots_of("USD").splitlines()[:13]) + "\n"
    result = run("profit", *RIG, "--tariff", written(tmp_path, "short.csv", short))

    assert result.exit_code == 69
    assert "short.csv: it knows no 24 hours on end" in result.stderr


def test_fees_and_tax_come_on_top_of_slots(tmp_path: Path) -> None:
    slots = written(tmp_path, "slots.csv", slots_of("USD"))
    bare = answered("profit", *RIG, "--tariff", slots)["ranking"][0]
    whole = answered("profit", *RIG, "--tariff", slots, "--grid-fee", "0.10", "--vat", "0.20")["ranking"][0]

    cost, dearer = (float(row["energy_cost_per_day"]["amount"]) for row in (bare, whole))
    assert math.isclose(dearer, cost * 1.2 * 0.30 / 0.20)


BANDS = """[tariff]
kind = "time-of-use"
currency = "EUR"
zone = "Europe/Berlin"
[[tariff.bands]]
name = "night"
price_per_kilowatt_hour = "0.10"
start = "22:00"
end = "06:00"
[[tariff.bands]]
name = "day"
price_per_kilowatt_hour = "0.30"
start = "06:00"
end = "22:00"
"""


def test_slots_of_a_day_with_25_hours(tmp_path: Path) -> None:
    bands = written(tmp_path, "tariff.toml", BANDS)
    arguments = ("tariff", "show", "--tariff", bands, "--day", "2026-10-25", "--zone", "Europe/Berlin")
    document = answered(*arguments)
    rows = list(csv.DictReader(io.StringIO(run(*arguments, "--csv").stdout)))

    slots = [(datetime.fromisoformat(slot["start"]), datetime.fromisoformat(slot["end"])) for slot in document["slots"]]
    assert sum((end - start for start, end in slots), timedelta()) == timedelta(hours=25)
    assert slots[0][0] == datetime(2026, 10, 24, 22, tzinfo=UTC)
    mean = float(document["mean_price_per_kilowatt_hour"]["amount"])
    assert math.isclose(mean, (9 * 0.10 + 16 * 0.30) / 25)
    assert rows[0]["start"] == "2026-10-25T00:00:00+02:00"
    assert rows[-1]["end"] == "2026-10-26T00:00:00+01:00"


def test_what_tariff_show_writes_is_a_tariff(tmp_path: Path) -> None:
    bands = ("tariff", "show", "--tariff", written(tmp_path, "tariff.toml", BANDS), "--zone", "UTC")
    shown = written(tmp_path, "shown.csv", run(*bands, "--csv").stdout)

    assert answered("tariff", "show", "--tariff", shown)["slots"] == answered(*bands)["slots"]


def test_times_are_told_by_the_clock_of_the_tariff_that_is_given(tmp_path: Path) -> None:
    bands = written(tmp_path, "tariff.toml", BANDS)
    rows = list(csv.DictReader(io.StringIO(run("tariff", "show", "--tariff", bands, "--csv").stdout)))

    assert {row["start"][11:19] for row in rows} >= {"00:00:00", "06:00:00", "22:00:00"}
    assert " Europe/Berlin\n" in run("hours", *RIG, "--coin", "RVN", "--tariff", bands).stdout


def test_a_table_that_is_none_of_prices_is_told_what_one_has(tmp_path: Path) -> None:
    result = run("tariff", "show", "--tariff", written(tmp_path, "some.csv", "when,cents\n2026-11-02T00:00Z,21\n"))

    assert result.exit_code == 69
    assert "a CSV of prices with the columns start, price and currency" in result.stderr


def test_prices_without_a_currency_are_in_the_one_that_is_asked_for(tmp_path: Path) -> None:
    bare = slots_of("USD").replace(",currency", "").replace(",USD", "")
    arguments = ("tariff", "show", "--tariff", written(tmp_path, "bare.csv", bare))

    found = answered(*arguments, "--currency", "EUR")
    assert found["mean_price_per_kilowatt_hour"] == {"amount": "0.20", "currency": "EUR"}

    refused = run(*arguments)
    assert refused.exit_code == 69
    assert refused.stderr.count("--currency EUR") == 1
    assert "line" not in refused.stderr


def test_prices_that_tell_their_currency_keep_it(tmp_path: Path) -> None:
    told = written(tmp_path, "slots.csv", slots_of("USD"))
    found = answered("tariff", "show", "--tariff", told, "--currency", "EUR")["mean_price_per_kilowatt_hour"]

    assert found["currency"] == "EUR"
    assert not math.isclose(float(found["amount"]), 0.20, rel_tol=0.01)


DYNAMIC = """[tariff]
kind = "dynamic"
currency = "EUR"
feed = "hours"
[[feeds]]
feed = "tariff_csv"
name = "hours"
file = "hours.csv"
"""


def test_the_feed_of_a_tariff_stands_in_the_file_of_the_tariff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no feed of that name in the configuration is taken for it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    written(tmp_path, "hours.csv", slots_of("EUR"))
    dynamic = written(tmp_path, "dynamic.toml", DYNAMIC)
    assert answered("tariff", "show", "--tariff", dynamic)["mean_price_per_kilowatt_hour"]["amount"] == "0.20"

    (tmp_path / "other").mkdir()
    written(tmp_path / "other", "hours.csv", slots_of("EUR").replace(",0.20,", ",0.50,"))
    monkeypatch.setenv("MINER_AGENT_CONFIG", written(tmp_path / "other", "config.toml", DYNAMIC))
    assert answered("tariff", "show", "--tariff", dynamic)["mean_price_per_kilowatt_hour"]["amount"] == "0.20"
    assert answered("tariff", "show")["mean_price_per_kilowatt_hour"]["amount"] == "0.50"


def test_the_tariff_of_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINER_AGENT_CONFIG", written(tmp_path, "config.toml", BANDS))
    lines = run("tariff", "show", "--day", "2026-11-02").stdout.splitlines()

    assert lines[0] == "[tariff]: EUR per kWh, times of Europe/Berlin"
    assert lines[1].startswith("2026-11-02 00:00+0100 to 2026-11-02 06:00+0100")
    assert lines[-1] == "mean 0.2333, lowest 0.10, highest 0.30"
    result = answered("profit", *RIG, "--rates", ECB, "--explain", "--coin", "RVN")
    names = {line["name"] for line in result["ranking"][0]["sum"]}
    assert {"hours_1", "price_1", "hours_2", "price_2"} <= names


def test_blocks_are_shown_as_blocks(tmp_path: Path) -> None:
    text = '[tariff]\nkind = "tiers"\ncurrency = "USD"\n[[tariff.tiers]]\nover_kilowatt_hours = "0"\nprice_per_kilowatt_hour = "0.2"\n'
    tiers = written(tmp_path, "tiers.toml", text)

    assert "above 0 kWh     0.20000" in run("tariff", "show", "--tariff", tiers).stdout
    assert answered("tariff", "show", "--tariff", tiers)["tiers"][0]["over_kilowatt_hours"] == "0"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--day", "tomorrow"), 2, "'tomorrow' is no day, such as 2026-11-21"),
        (("--day", "9999-12-31", "--days", "9"), 2, "'9999-12-31' is no day"),
        (("--zone", "Mars/Olympus"), 2, "is no time zone"),
        (("--tariff", "slots.csv", "--day", "2020-01-01"), 69, "ask for --day within that"),
    ],
)
def test_a_day_that_cannot_be_shown_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    written(tmp_path, "slots.csv", slots_of("USD"))
    price = () if "--tariff" in arguments else PRICE
    result = run("tariff", "show", *price, *arguments)

    assert result.exit_code == code
    assert sentence in result.stderr


def test_hardware_is_not_bought_on_the_prices_of_two_days(tmp_path: Path) -> None:
    slots = written(tmp_path, "slots.csv", slots_of("USD"))
    plan = ("mine-or-buy", *RIG, "--investment", "3000", "--coin", "RVN", "--never-idle", "--tariff", slots)
    result = run(*plan)

    assert result.exit_code == 69
    assert "tells prices of 72 hours: they say nothing of years" in result.stderr

    rows = [f"{date(2025, 1, 1) + timedelta(days=day)},RVN,0.02,9e4,0.25,USD" for day in range(400)]
    history = written(tmp_path, "history.csv", "\n".join(["date,coin,price,difficulty,tariff,currency", *rows, ""]))
    found = answered(*plan, "--history", history)
    same = answered(*plan[:-2], "--kwh-price", "0.25", "--currency", "USD")

    assert found["months"] == same["months"]
    assert run(*plan[:-2], *PRICE, "--history", history).exit_code == 2
