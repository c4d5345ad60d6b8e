"""The past of the demo: a whole month and more in log and books that fit together, with gaps that are said."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calculators.electricity.tariff import FlatTariff
from calculators.money import Money
from calculators.units import KILOWATT_HOUR
from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.bookkeeping.event_body import events_of
from miner_agent.economy.energy_bill import energy_bill
from miner_agent.model.book.events import EnergyDay, Event, Payout
from miner_agent.profit.energy_cost import Prices
from miner_agent.simulate.demo_books import BOOK, begin_books, book_electricity
from miner_agent.simulate.demo_past import begin_log
from miner_agent.simulate.market_files import CURRENCY, mined_coins
from miner_agent.simulate.profiles import ASIC, NVIDIA, PROFILES, Profile, smaller
from miner_agent.storage.sqlite.file_names import TELEMETRY_FILE
from miner_agent.storage.telemetry.log import TelemetryLog
from tests import databases

NOW = datetime(2026, 11, 30, 9, 41, 7, tzinfo=UTC)
MONTH = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
CUT_HOURS, DOWN_HOURS, OFF_HOURS = 5, 3, 4


def begun(folder: Path, profile: Profile, now: datetime = NOW) -> TelemetryLog:
    databases.begun(folder)
    begin_log(folder, profile, now)
    return TelemetryLog.open_read_only(folder / TELEMETRY_FILE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("past")


@pytest.fixture(scope="module")
def log(folder: Path) -> Iterator[TelemetryLog]:
    past = begun(folder, NVIDIA)
    yield past
    past.close()


@pytest.fixture(scope="module")
def booked(folder: Path, log: TelemetryLog) -> list[Event]:
    databases.empty_ledger(folder)
    begin_books(folder, NVIDIA, NOW)
    book_electricity(folder, NOW)
    with BooksFolder(folder).reading() as ledger:
        return events_of([body for _, _, body in ledger.bodies(BOOK)])


def test_the_last_month_is_there_but_for_a_power_cut(log: TelemetryLog) -> None:
    held = log.held(*MONTH)

    assert (held.hours_asked, held.hours_held) == (31 * 24, 31 * 24 - CUT_HOURS)
    assert len(held.spans) == 2


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_it_is_so_in_every_zone(log: TelemetryLog, zone: str) -> None:
    start, end = (moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for moment in MONTH)
    held = log.held(start, end)

    assert held.hours_asked - held.hours_held == CUT_HOURS


def test_days_differ_a_little_and_always_alike(log: TelemetryLog, tmp_path: Path) -> None:
    days = [day.meters[0].wall_energy_joules for day in log.stats(*MONTH, "day")]
    again = begun(tmp_path, NVIDIA)
    kilowatt_hours = sorted(joules / KILOWATT_HOUR for joules in days if joules is not None)

    assert [day.meters[0].wall_energy_joules for day in again.stats(*MONTH, "day")] == days
    again.close()
    assert len({round(one, 2) for one in kilowatt_hours}) > 25
    assert kilowatt_hours[2] > 37.0  # but for the day of the cut and the one on which a miner was down
    assert kilowatt_hours[-1] < 40.5


def test_while_a_miner_is_down_its_cards_draw_little_and_it_makes_nothing(log: TelemetryLog) -> None:
    start = datetime(2026, 10, 17, 13, tzinfo=UTC)
    (before,) = log.stats(start - timedelta(hours=DOWN_HOURS), start)
    (during,) = log.stats(start, start + timedelta(hours=DOWN_HOURS))

    assert {work.miner for work in before.works} - {work.miner for work in during.works} == {"trex"}
    assert (during.devices[0].power_watts_mean or 0) < (before.devices[0].power_watts_mean or 0) / 4
    assert during.devices[-1].power_watts_mean == pytest.approx(before.devices[-1].power_watts_mean, rel=0.05)


def test_what_was_drawn_while_the_agent_was_off_is_told_apart(log: TelemetryLog) -> None:
    gaps = log.unplaced(MONTH[1], NOW)
    (meter,) = (gap for gap in gaps if gap.is_meter)

    assert len(gaps) == 9
    assert meter.known_at == datetime(2026, 11, 28, 3 + OFF_HOURS, tzinfo=UTC)
    assert meter.joules / KILOWATT_HOUR == pytest.approx(1.61 * (OFF_HOURS + 1), rel=0.05)


def test_shares_are_those_of_the_hashrate(log: TelemetryLog) -> None:
    (month,) = log.stats(*MONTH)
    for work, program in zip(month.works, sorted(NVIDIA.programs, key=lambda one: one.driver), strict=True):
        assert work.miner == program.driver
        seconds = (work.reported_ratio or 0) * 31 * 86_400
        found = (work.hashes_per_second_mean or 0) * seconds / program.difficulty_hashes
        assert (work.accepted_shares or 0) + (work.rejected_shares or 0) == pytest.approx(found, rel=0.25)
        assert 0 < (work.rejected_shares or 0) < (work.accepted_shares or 0) / 50


def test_what_is_long_ago_is_told_by_the_hour_and_the_last_hours_finely(log: TelemetryLog) -> None:
    label = "GPU-de300000-0000-4000-8000-000000000000"

    def steps(ago: timedelta) -> set[timedelta]:
        points = log.show(NOW - ago, NOW - ago + timedelta(hours=5), label, timedelta(minutes=2), rig="demo")
        return {point.end - point.start for point in points}

    assert steps(timedelta(days=20)) == {timedelta(hours=1)}
    assert steps(timedelta(hours=24)) == {timedelta(minutes=15)}
    assert steps(timedelta(hours=6)) == {timedelta(minutes=2)}


def test_prices_end_where_the_market_is_now_and_are_told_each_day(log: TelemetryLog) -> None:
    days = log.market(*MONTH[:1], NOW).days

    assert len(days) == 2 * 61
    assert {day.coin: float(day.price.amount) for day in days[-2:]} == {
        coin.ticker: coin.price for coin in mined_coins(NVIDIA)
    }
    assert len({day.price.amount for day in days}) > 100


def test_the_books_have_the_electricity_of_the_log_and_payouts_of_what_was_made(
    log: TelemetryLog, booked: list[Event]
) -> None:
    energy = [one for one in booked if isinstance(one, EnergyDay) and one.time.month == 10]
    paid = [one for one in booked if isinstance(one, Payout) and one.time.month == 10]
    (month,) = log.stats(*MONTH)

    assert len(energy) == 31
    assert float(sum(one.kwh for one in energy)) == pytest.approx(
        (month.meters[0].wall_energy_joules or 0) / KILOWATT_HOUR, abs=1e-6
    )
    revenue, cost = sum(float(one.value or 0) for one in paid), sum(float(one.value or 0) for one in energy)
    assert 1.5 * cost < revenue < 3 * cost


def test_the_books_come_to_what_log_cost_says_gaps_included(log: TelemetryLog, booked: list[Event]) -> None:
    start, end = MONTH[1], NOW.replace(hour=0, minute=0, second=0)
    bill = energy_bill(
        log.stats(start, end, "hour"),
        Prices(tariff=FlatTariff(Money(Decimal(1), CURRENCY)), source="a test", known_until=start),
        held=log.held(start, end),
        days=log.energy_prices(start, end),
        start=start,
        end=end,
        unplaced=log.unplaced(start, end),
    )
    energy = [one for one in booked if isinstance(one, EnergyDay) and one.time >= start]

    assert [one.time.day for one in energy if one.unplaced] == [28]
    assert bill.total.cost is not None
    assert sum(one.kwh for one in energy) == pytest.approx(bill.total.kilowatt_hours, abs=Decimal("1e-6"))
    assert sum(one.value or 0 for one in energy) == pytest.approx(bill.total.cost.amount, abs=Decimal("1e-6"))


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_has_a_past_of_all_that_it_has_now(tmp_path: Path, name: str) -> None:
    profile = smaller(PROFILES[name])
    past = begun(tmp_path, profile, datetime(2026, 3, 1, 0, 0, 30, tzinfo=UTC))
    (month,) = past.stats(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
    past.close()

    assert {work.miner for work in month.works} == {
        *(program.driver for program in profile.programs),
        *(machine.name for machine in profile.machines),
    }
    assert len(month.devices) >= len(profile.cards)
    assert bool(month.meters) == profile.has_meter


def test_a_machine_that_was_down_is_missing_for_as_long(tmp_path: Path) -> None:
    past = begun(tmp_path, ASIC)
    start = datetime(2026, 10, 17, 13, tzinfo=UTC)
    (during,) = past.stats(start, start + timedelta(hours=DOWN_HOURS))
    past.close()

    assert [work.miner for work in during.works] == ["tank-1"]
