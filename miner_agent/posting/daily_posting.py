"""Posts the days that are over: reads the log, and enters into the book what it does not have yet."""

from collections.abc import Callable, Iterator, Sequence
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
from miner_agent.posting.day_posting import LoggedDay, counted_lines, day_detail, day_news, late_prices
from miner_agent.posting.day_record import DayRecord, merged
from miner_agent.posting.logged_days import LOOKED_BACK, SETTLED, logged_days
from miner_agent.posting.own_entries import PostedDays
from miner_agent.posting.rig_records import RigRecords
from miner_agent.profit.energy_cost import Prices
from miner_agent.storage.ledger.ledger_file import LedgerFile
from miner_agent.storage.ledger.side_tables import keep_evidence
from miner_agent.storage.telemetry.log import TelemetryLog

BY_WHOM = "daily posting"
LOOKED_AT_AGAIN = timedelta(days=7)  # posted days, for what a step of the clock brought into them later
DAYS_AT_ONCE = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What is posted into, and at which prices."""

    folder: BooksFolder
    book: str
    log: TelemetryLog
    prices_in: Callable[[str], Prices]  # of energy, in a currency
    others: RigRecords | None = None  # rigs that make records of their days


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
    if folder.is_unbegun():
        return []
    with folder.reading() as ledger:
        settings = settings_of(ledger, book)
        if CURRENCY_SETTING not in settings:
            return []
        zone = ZoneInfo(settings.get("time_zone", "UTC"))
        posted = _posted(ledger, book, zone)
        closed = [one.closed.year for one in years_of(ledger, book).values() if one.closed is not None]
    country = settings.get("country", "US")
    over = day_of(now - SETTLED, zone)
    own = set(_own_days(posting, posted, zone, over))
    asked = _days_of_others(posting, posted, zone, over)
    days = sorted(
        day
        for day in own.union(*asked.values())
        if day not in posted.by_others and tax_year_of(day, country=country).name not in closed
    )
    if not days:
        return []
    prices = posting.prices_in(settings[CURRENCY_SETTING])
    reading = _Reading(posting, prices, zone, posted)
    booked = []
    for first in range(0, len(days), DAYS_AT_ONCE):
        some = days[first : first + DAYS_AT_ONCE]
        records: dict[date, list[DayRecord]] = {}
        if posting.others is not None:
            records = posting.others.records({rig: [d for d in told if d in some] for rig, told in asked.items()}, zone)
        told = [reading.day(day, records.get(day, ())) for day in some if day in own or day in records]
        if dry_run:
            booked.append(_planned(folder, book, told, zone, now))
        elif told:
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

        events = list(day_news(one, posted, keep, detail))
        for record in one.records if events and not dry_run else ():
            keep_evidence(ledger, record.raw, source=f"day record of {record.rig}", taken_at=now)
        yield from events
        yield from late_prices(one, posted, now)


def _posted(ledger: LedgerFile, book: str, zone: ZoneInfo) -> PostedDays:
    rows = ledger.bodies_of(book, "energy", "hours", "amend")
    return PostedDays(events_of(body for _, _, body in rows), zone)


def _own_days(posting: Posting, posted: PostedDays, zone: ZoneInfo, over: date) -> list[date]:
    """Days that are over and stand in the log."""
    others = frozenset[str]() if posting.others is None else posting.others.names
    return logged_days(posting.log, _first(posted.last_beside(others), over), over, zone)


def _days_of_others(posting: Posting, posted: PostedDays, zone: ZoneInfo, over: date) -> dict[str, list[date]]:
    """Days that are over and of which other rigs have a record."""
    if posting.others is None:
        return {}
    wanted = {name: (_first(posted.last_of(name), over), over) for name in posting.others.names}
    return posting.others.days(wanted, zone)


def _first(last: date | None, over: date) -> date:
    """From which day on it is looked."""
    first = over - LOOKED_BACK
    return first if last is None else max(first, last - LOOKED_AT_AGAIN)


class _Reading:
    """Reads day by day what the log and the records of other rigs tell, and what it cost."""

    def __init__(self, posting: Posting, prices: Prices, zone: ZoneInfo, posted: PostedDays) -> None:
        self._log, self._others, self._prices, self._zone = posting.log, posting.others, prices, zone
        self._names = frozenset[str]() if self._others is None else self._others.names
        self._drawn = posted.kilowatt_hours_of(self._names)  # by others, as far as it is known [kWh]

    def day(self, day: date, told: Sequence[DayRecord]) -> LoggedDay:
        """One day. A record of a rig that stands in the log of this agent itself that day is left out, and said."""
        log, zone, prices = self._log, self._zone, self._prices
        start, end = day_bounds(day, zone)
        own = log.stats(start, end, "hour", zone=zone)
        read_here = {one.rig for hour in own for one in hour.devices} | {one.rig for hour in own for one in hour.meters}
        records = [record for record in told if record.rig not in read_here]
        for record in told:
            if self._others is not None and record.rig in read_here:
                self._others.note(record.rig, f"this agent reads that rig itself on {day}; leave one of the two away")
        hours = merged(own, records)
        unplaced = [*log.unplaced(start, end), *(one for record in records for one in record.unplaced)]
        days = log.energy_prices(start, end)
        if isinstance(prices.tariff, TieredTariff):
            prices = self._with_month_before(prices.tariff, day, start)
        held = log.held(start, end)
        bill = energy_bill(hours, prices, held=held, days=days, start=start, end=end, unplaced=unplaced)
        for record in records:
            lines = (line for line in counted_lines(bill) if line.rig == record.rig)
            amounts = (one for line in lines for one in (*line.counted.values(), *line.unplaced.values()))
            self._drawn[record.rig, day] = sum(amounts, Decimal(0))
        return LoggedDay(day=day, zone=zone, hours=hours, bill=bill, records=records)

    def _with_month_before(self, tariff: TieredTariff, day: date, start: datetime) -> Prices:
        """What was drawn in the month so far fills the blocks before the day does."""
        log, prices = self._log, self._prices
        month = next(months(start, start + timedelta(seconds=1), tariff.time_zone))[0]
        if month == start:
            return prices
        hours = log.stats(month, start, "hour", zone=tariff.time_zone)
        held = log.held(month, start)
        gaps = log.unplaced(month, start)
        bill = energy_bill(hours, prices, held=held, days={}, start=month, end=start, unplaced=gaps)
        before = bill.total.kilowatt_hours or Decimal(0)
        first = month.astimezone(self._zone).date()
        before += sum((drawn for (_, other), drawn in self._drawn.items() if first <= other < day), Decimal(0))
        used = prices.household_kilowatt_hours_per_month + before
        return replace(prices, household_kilowatt_hours_per_month=used)
