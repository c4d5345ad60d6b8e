"""Posts the days that are over: reads the log, and enters into the book what it does not have yet."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from calculators.books.tax_year import day_of, tax_year_of
from calculators.electricity.tariff_tiers import TieredTariff
from calculators.local_time import day_bounds, months
from miner_agent.bookkeeping.booking import CURRENCY_SETTING, Booked, Request, book_into, settings_of
from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.bookkeeping.closed_years import years_of
from miner_agent.bookkeeping.event_body import canonical, events_of
from miner_agent.economy.energy_bill import energy_bill
from miner_agent.model.book.events import Event
from miner_agent.posting.day_posting import LoggedDay, day_detail, day_news, late_prices
from miner_agent.posting.own_entries import PostedDays
from miner_agent.profit.energy_cost import Prices
from miner_agent.storage.ledger.ledger_file import LedgerFile
from miner_agent.storage.ledger.side_tables import keep_evidence
from miner_agent.storage.telemetry.log import TelemetryLog

BY_WHOM = "daily posting"
SETTLED = timedelta(hours=1)  # a day is over when it was so long ago: its last ticks are in the log
LOOKED_BACK = timedelta(days=400)  # for so long the log knows quarters of an hour
LOOKED_AT_AGAIN = timedelta(days=7)  # posted days, for what a step of the clock brought into them later
DAYS_AT_ONCE = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What is posted into, and at which prices."""

    folder: BooksFolder
    book: str
    log: TelemetryLog
    prices_in: Callable[[str], Prices]  # of energy, in a currency


def post_days(posting: Posting, *, now: datetime, dry_run: bool = False) -> list[Booked]:
    """Enter what days that are over lack in the book. A book that was not begun stays so.

    Args:
        posting: what is posted into.
        now: this moment, by a clock that can be believed.
        dry_run: say what would be entered.

    Raises:
        AgentError: the books or the log cannot be read, or the books not written.
    """
    folder, book = posting.folder, posting.book
    if folder.is_empty():
        return []
    with folder.reading() as ledger:
        settings = settings_of(ledger, book)
        if CURRENCY_SETTING not in settings:
            return []
        zone = ZoneInfo(settings.get("time_zone", "UTC"))
        posted = _posted(ledger, book, zone)
        closed = [one.closed.year for one in years_of(ledger, book).values() if one.closed is not None]
    country = settings.get("country", "US")
    days = _days_to_look_at(posting.log, posted, zone, now)
    days = [day for day in days if tax_year_of(day, country=country).name not in closed]
    if not days:
        return []
    prices = posting.prices_in(settings[CURRENCY_SETTING])
    booked = []
    for first in range(0, len(days), DAYS_AT_ONCE):
        told = [_logged(posting.log, prices, day, zone) for day in days[first : first + DAYS_AT_ONCE]]
        if dry_run:
            booked.append(_planned(folder, book, told, zone, now))
        else:
            with folder.appending(book, now=now) as open_book:
                events = list(_news(open_book.ledger, book, told, zone, now, dry_run=False))
                request = Request(events=events, by_whom=BY_WHOM, currency=None, name=BY_WHOM)
                booked.append(book_into(open_book, request, now=now))
    return [one for one in booked if one.added]


def _planned(folder: BooksFolder, book: str, told: list[LoggedDay], zone: ZoneInfo, now: datetime) -> Booked:
    with folder.reading() as ledger:
        events = tuple(_news(ledger, book, told, zone, now, dry_run=True))
        return Booked(head=ledger.head(book), added=events)


def _news(
    ledger: LedgerFile, book: str, told: list[LoggedDay], zone: ZoneInfo, now: datetime, *, dry_run: bool
) -> Iterator[Event]:
    """Under the lock of the book: what another has posted meanwhile is seen."""
    posted = _posted(ledger, book, zone)
    for one in told:
        detail = canonical(day_detail(one)).encode()

        def keep(raw: bytes) -> str:
            return "" if dry_run else keep_evidence(ledger, raw, source=BY_WHOM, taken_at=now)

        yield from day_news(one, posted, keep, detail)
        yield from late_prices(one, posted, now)


def _posted(ledger: LedgerFile, book: str, zone: ZoneInfo) -> PostedDays:
    rows = ledger.bodies_of(book, "energy", "hours", "amend")
    return PostedDays(events_of(body for _, _, body in rows), zone)


def _days_to_look_at(log: TelemetryLog, posted: PostedDays, zone: ZoneInfo, now: datetime) -> list[date]:
    """Days that are over and stand in the log."""
    over = day_of(now - SETTLED, zone)
    first = over - LOOKED_BACK
    if posted.last is not None:
        first = max(first, posted.last - LOOKED_AT_AGAIN)
    if first >= over:
        return []
    start, end = day_bounds(first, zone)[0], day_bounds(over, zone)[0]
    periods = log.stats(start, end, "day", zone=zone)
    logged = (period.start.astimezone(zone).date() for period in periods if period.devices or period.meters)
    return [day for day in logged if day not in posted.by_others]


def _logged(log: TelemetryLog, prices: Prices, day: date, zone: ZoneInfo) -> LoggedDay:
    start, end = day_bounds(day, zone)
    hours = log.stats(start, end, "hour", zone=zone)
    days = log.energy_prices(start, end)
    if isinstance(prices.tariff, TieredTariff):
        prices = _with_month_before(log, prices, prices.tariff, start)
    held = log.held(start, end)
    bill = energy_bill(hours, prices, held=held, days=days, start=start, end=end, unplaced=log.unplaced(start, end))
    return LoggedDay(day=day, zone=zone, hours=hours, bill=bill)


def _with_month_before(log: TelemetryLog, prices: Prices, tariff: TieredTariff, start: datetime) -> Prices:
    """What was drawn in the month so far fills the blocks before the day does."""
    month = next(months(start, start + timedelta(seconds=1), tariff.time_zone))[0]
    if month == start:
        return prices
    hours = log.stats(month, start, "hour", zone=tariff.time_zone)
    held = log.held(month, start)
    gaps = log.unplaced(month, start)
    bill = energy_bill(hours, prices, held=held, days={}, start=month, end=start, unplaced=gaps)
    before = bill.total.kilowatt_hours or Decimal(0)
    used = prices.household_kilowatt_hours_per_month + before
    return replace(prices, household_kilowatt_hours_per_month=used)
