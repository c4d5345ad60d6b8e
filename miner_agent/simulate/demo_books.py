"""The books of the simulated rig: what its pools paid in the last fortnight, and its electricity."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from miner_agent.bookkeeping.booking import Request, book_events
from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.model.book.events import EnergyDay, Event, Payout
from miner_agent.simulate.market_files import CURRENCY, mined_coins
from miner_agent.simulate.profiles import Profile

BOOK, WALLET = "main", "demo"
DAYS = range(14, 0, -2)  # back from now
EACH_WORTH = Decimal("7.50")
ENERGY_DAYS = range(13, 2, -1)
EACH_KILOWATT_HOURS = Decimal(25)


def begin_books(directory: Path, profile: Profile, now: datetime) -> None:
    """Book them. The directory must be there."""
    request = Request(
        events=(*_payouts(profile, now), *_electricity(now)), by_whom="miner-agent demo", currency=CURRENCY
    )
    book_events(BooksFolder(directory), BOOK, request, now=now)


def _electricity(now: datetime) -> Iterator[Event]:
    for day in ENERGY_DAYS:
        yield EnergyDay(
            id=f"invented-energy-{day}",
            time=(now - timedelta(days=day)).replace(hour=12, minute=0, second=0, microsecond=0),
            device="meter/plug",
            kwh=EACH_KILOWATT_HOURS,
            value=EACH_KILOWATT_HOURS * Decimal("0.19"),
        )


def _payouts(profile: Profile, now: datetime) -> Iterator[Event]:
    for coin in mined_coins(profile):
        price = Decimal(str(coin.price))
        for day in DAYS:
            yield Payout(
                id=f"invented-{coin.ticker}-{day}",
                time=(now - timedelta(days=day)).replace(microsecond=0),
                wallet=WALLET,
                asset=coin.ticker,
                amount=round(EACH_WORTH / price, 8),
                price=price,
                value=EACH_WORTH,
                pool=f"{coin.ticker.lower()}.pool.example",
            )
