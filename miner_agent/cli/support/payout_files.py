"""Reads a file of payouts as a command line says that it is to be understood."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from calculators.local_time import zone_named
from miner_agent.bookkeeping.booking import CURRENCY_SETTING, settings_of
from miner_agent.bookkeeping.event_reader import EventRefused
from miner_agent.bookkeeping.events_file import UnfitFile
from miner_agent.payouts.found_payouts import FoundPayout, PaidInto, PayoutEvents, payout_events
from miner_agent.payouts.nicehash_report import POOL, parse_nicehash_report
from miner_agent.payouts.payout_table import TableTerms, column_map, parse_payout_table
from miner_agent.payouts.price_table import USUAL, PriceTerms
from miner_agent.payouts.syncing import recognised_credits
from miner_agent.text import clean_text

if TYPE_CHECKING:
    from miner_agent.bookkeeping.books_folder import BooksFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTerms:
    """What the options say."""

    pool: str
    wallet: str
    asset: str | None
    columns: str | None
    time_zone: str | None
    currency: str | None
    decimals: int | None


def currency_of_book(folder: "BooksFolder", book: str) -> str | None:
    """Which currency it is kept in; ``None``: it is not begun.

    Raises:
        AgentError: the books cannot be read.
    """
    if folder.is_empty():
        return None
    with folder.reading() as ledger:
        return settings_of(ledger, book).get(CURRENCY_SETTING)


def refuse_second_income(folder: "BooksFolder", book: str, pool: str) -> None:
    """Where a pool's credits are income, its payouts are none.

    Raises:
        UnfitFile: they would be income twice.
    """
    if folder.is_empty():
        return
    with folder.reading() as ledger:
        credited = recognised_credits(ledger, book)
    if pool in credited:
        raise UnfitFile(
            f"--pool {clean_text(pool)}: of this pool credits are income in book {clean_text(book)}, so that its "
            "payouts are transfers; they come with: miner-agent payouts sync"
        )


def file_events(raw: bytes, terms: FileTerms, *, name: str, in_book: str | None) -> tuple[PayoutEvents, int]:
    """The payouts of a file as events, and how many rows are of other things.

    Args:
        in_book: the currency of the book; ``None``: the book is begun with that of the options.

    Raises:
        UnfitFile: something in it cannot be booked.
        click.UsageError: the options do not say how it is to be understood.
    """
    currency = in_book or terms.currency
    zone = _zone(terms.time_zone)
    if terms.pool == POOL and terms.columns is None:
        report = parse_nicehash_report(raw, name, currency=currency, zone=zone)
        asset, left_out = terms.asset or report.asset, report.left_out
        found = report.payouts
    else:
        asset, found = _of_table(raw, terms, name, currency, zone)
        left_out = 0
    try:
        return payout_events(found, PaidInto(pool=terms.pool, asset=asset, wallet=terms.wallet)), left_out
    except EventRefused as refused:
        raise UnfitFile(f"{name}: {refused}") from None


def _of_table(
    raw: bytes, terms: FileTerms, name: str, currency: str | None, zone: ZoneInfo | None
) -> tuple[str, tuple[FoundPayout, ...]]:
    for option, told in (("--asset", terms.asset), ("--columns", terms.columns)):
        if told is None:
            raise click.UsageError(f"{option} is missing; only a report of nicehash does without")
    try:
        columns = column_map(terms.columns or "")
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--columns") from None
    understood = TableTerms(
        columns=columns, zone=zone, currency=currency, told_currency=terms.currency, decimals=terms.decimals
    )
    return terms.asset or "", parse_payout_table(raw, understood, name)


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return zone_named(name)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--time-zone") from None


def price_terms(
    columns: str | None, *, asset: str | None, currency: str | None, time_zone: str | None, source: str
) -> PriceTerms:
    """How a file of prices is to be understood.

    Raises:
        click.BadParameter: an option says something that cannot be.
    """
    named = {}
    for pair in (columns or "").split(",") if columns is not None else ():
        quantity, equals, column = (part.strip() for part in pair.partition("="))
        if not equals or not column or quantity not in USUAL:
            raise click.BadParameter(
                f"{clean_text(pair)!r} is none of time=…, price=…, asset=…, currency=…", param_hint="--columns"
            )
        named[quantity] = column
    return PriceTerms(columns=named, asset=asset, currency=currency, zone=_zone(time_zone), source=source)
