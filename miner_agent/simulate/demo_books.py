"""The books of the simulated rig: what its pools paid since its past began, and its electricity by the log."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from calculators.money import Money
from calculators.units import KILOWATT_HOUR
from miner_agent.bookkeeping.booking import Request, book_events
from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.model.book.events import EnergyDay, Event, Payout
from miner_agent.model.devices import meter_label
from miner_agent.simulate.demo_past import day_weather, past_begins
from miner_agent.simulate.market_files import CURRENCY, mined_coins, mined_hashes_per_second
from miner_agent.simulate.profiles import Profile
from miner_agent.storage.sqlite.file_names import TELEMETRY_FILE
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.log_answers import PeriodStats, UnplacedEnergy

BOOK, WALLET, BY_WHOM = "main", "demo", "miner-agent demo"
PAID_EVERY_DAYS = 2
POOL_FEE = 0.01


def begin_books(directory: Path, profile: Profile, now: datetime) -> None:
    """Book what pools paid. The directory must be there."""
    _book(directory, _payouts(profile, now), now)


def book_electricity(directory: Path, now: datetime) -> None:
    """Book what the log tells of days that are over. Both must be there."""
    start, end = past_begins(now), now.replace(hour=0, minute=0, second=0, microsecond=0)
    log = TelemetryLog.open_read_only(directory / TELEMETRY_FILE)
    try:
        days, gaps, prices = log.stats(start, end, "day"), log.unplaced(start, end), log.energy_prices(start, end)
    finally:
        log.close()
    _book(directory, (event for day in days for event in _electricity(day, gaps, prices)), now)


def _book(directory: Path, events: Iterator[Event], now: datetime) -> None:
    request = Request(events=tuple(events), by_whom=BY_WHOM, currency=CURRENCY)
    book_events(BooksFolder(directory), BOOK, request, now=now)


def _electricity(day: PeriodStats, gaps: Iterable[UnplacedEnergy], prices: Mapping[date, Money]) -> Iterator[EnergyDay]:
    """What meters of a rig measured, else what its devices drew; over a gap before it as their counters say."""
    metered = {one.rig for one in day.meters}
    drawn = [(one.rig, meter_label(one.meter), one.wall_energy_joules, False) for one in day.meters]
    drawn += [(one.rig, one.device, one.energy_joules, False) for one in day.devices if one.rig not in metered]
    drawn += [
        (one.rig, meter_label(one.name) if one.is_meter else one.name, one.joules, True)
        for one in gaps
        if day.start <= one.known_at < day.end and (one.is_meter or one.rig not in metered)
    ]
    for rig, name, joules, unplaced in drawn:
        if joules:
            kilowatt_hours = round(Decimal(joules / KILOWATT_HOUR), 9)
            yield EnergyDay(
                id=f"invented-{'gap' if unplaced else 'energy'}-{day.start:%Y-%m-%d}-{rig}-{name}",
                time=(day.start + timedelta(hours=12)).astimezone(UTC),
                device=f"{rig}/{name}",
                kwh=kilowatt_hours,
                value=kilowatt_hours * prices[day.start.date()].amount,
                unplaced=unplaced,
            )


def _payouts(profile: Profile, now: datetime) -> Iterator[Event]:
    """Every two days what was made since, counted in days back from now."""
    longest_ago = (now - past_begins(now)).days // PAID_EVERY_DAYS * PAID_EVERY_DAYS
    rates = mined_hashes_per_second(profile)
    for coin in mined_coins(profile):
        for days_ago in range(longest_ago - PAID_EVERY_DAYS, 0, -PAID_EVERY_DAYS):
            at = (now - timedelta(days=days_ago)).replace(microsecond=0)
            work = sum(day_weather((at - timedelta(days=day + 1)).date()).work_ratio for day in range(PAID_EVERY_DAYS))
            made = rates[coin.ticker] * coin.coins_per_hash_per_second_per_day * work * (1 - POOL_FEE)
            price = Decimal(f"{coin.price_on(at.date(), now.date()):.8f}")
            amount = round(Decimal(made), 8)
            yield Payout(
                id=f"invented-{coin.ticker}-{days_ago}",
                time=at,
                wallet=WALLET,
                asset=coin.ticker,
                amount=amount,
                price=price,
                value=round(amount * price, 2),
                pool=f"{coin.ticker.lower()}.pool.example",
            )
