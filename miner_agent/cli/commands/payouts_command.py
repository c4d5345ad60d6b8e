"""``miner-agent payouts``: what pools paid."""

from datetime import datetime
from pathlib import Path
from typing import Literal

import click

from miner_agent.cli.support.books_place import (
    books_folder,
    books_options,
    dry_run_option,
    meant_book,
    read_book,
    say_notes,
    the_present,
)
from miner_agent.cli.support.by_hand import by_hand_options
from miner_agent.cli.support.days_asked import days_asked, days_options
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.options import FILE, Name, csv_option, json_option


@click.group("payouts")
def command() -> None:
    """Book what pools paid: each payout once, whoever tells it.

    \b
    Example:
      miner-agent payouts add 0.15 XMR --wallet rig-wallet --value 42.00
    """


@command.command("report")
@books_options
@days_options
@click.option("--by", type=click.Choice(["day", "month"]), default="month", show_default=True, help="What a row is of.")
@json_option
@csv_option()
def report(
    config_path: Path | None,
    state_dir: Path | None,
    book: str | None,
    first: datetime | None,
    last: datetime | None,
    by: Literal["day", "month"],
    *,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Print what mining brought, as it was booked, by coin, each payout at its value when it came.

    Days are those of the book's zone. It is the income of `tax summary`, and what a pool credits where that counts.

    \b
    Example:
      miner-agent payouts report --from 2026-10-01 --to 2026-10-31
    """
    from miner_agent.bookkeeping.income_report import income_report
    from miner_agent.cli.support.documents import print_csv, print_json
    from miner_agent.cli.support.income_tables import INCOME_COLUMNS, income_document, income_rows, show_income

    days = days_asked(first, last)
    kept = read_book(books_folder(config_path, state_dir), book, with_lots=False)
    told, currency = income_report(kept, days, by=by), kept.terms.currency
    if as_json:
        print_json(income_document(told, currency))
    elif as_csv:
        print_csv(INCOME_COLUMNS, income_rows(told, currency))
    else:
        show_income(told, currency)


@command.command("add")
@click.argument("amount", type=Name())
@click.argument("asset", type=Name())
@click.option("--wallet", type=Name(), required=True, metavar="NAME", help="Own wallet that they came into.")
@click.option("--txid", type=Name(), metavar="HASH", help="The transaction; who tells it again adds nothing.")
@click.option("--pool", type=Name(), metavar="NAME", help="Who paid.")
@click.option("--value", type=Name(), metavar="NUMBER", help="What they were worth when they came.")
@click.option("--price", type=Name(), metavar="NUMBER", help="Of one coin; tells the value where that is not said.")
@by_hand_options
def add(
    amount: str,
    asset: str,
    wallet: str,
    txid: str | None,
    pool: str | None,
    value: str | None,
    price: str | None,
    **given: object,
) -> None:
    """Book one payout: mined coins that arrived.

    \b
    Example:
      miner-agent payouts add 0.15 XMR --wallet rig-wallet --value 42.00 --time 2025-05-05T08:15:30Z
    """
    from miner_agent.cli.support.by_hand import book_by_hand

    values = {"amount": amount, "asset": asset, "wallet": wallet, "txid": txid, "pool": pool}
    book_by_hand("payout", {**values, "value": value, "price": price}, **given)  # type: ignore[arg-type]


@command.command("import")
@click.argument("file", type=FILE)
@click.option("--pool", type=Name(), required=True, metavar="NAME", help="Who paid; nicehash: its report as it is.")
@click.option("--wallet", type=Name(), required=True, metavar="NAME", help="Own wallet that the coins came into.")
@click.option("--asset", type=Name(), metavar="COIN", help="Which coin, such as XMR.")
@click.option(
    "--columns",
    type=Name(),
    metavar="QUANTITY=COLUMN,…",
    help="Where they stand: time and amount; txid, output, id, fee, price, value, currency.",
)
@click.option("--time-zone", type=Name(), metavar="ZONE", help="Whose clock it is where a time does not say: UTC.")
@click.option(
    "--currency", type=Name(), metavar="CODE", help="Of price and value, where the file does not say; of a new book."
)
@click.option(
    "--decimals",
    type=click.IntRange(0, 36),
    help="Amounts are whole numbers of the smallest unit: 8 of satoshis, 12 of XMR, 18 of wei.",
)
@books_options
@dry_run_option
@json_option
def import_file(
    file: Path,
    pool: str,
    wallet: str,
    asset: str | None,
    columns: str | None,
    time_zone: str | None,
    currency: str | None,
    decimals: int | None,
    config_path: Path | None,
    state_dir: Path | None,
    book: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Book the payouts of a CSV file: all of it or nothing, and nothing twice.

    \b
    Example:
      miner-agent payouts import p.csv --pool x --asset XMR --wallet w --columns time=Date,amount=Amount --time-zone UTC
    """
    from calculators.told_figures import counted
    from miner_agent.bookkeeping.booking import Request, book_events
    from miner_agent.cli.support.input_files import read_bytes
    from miner_agent.cli.support.ledger_tables import print_booked, say_of_slips
    from miner_agent.cli.support.payout_files import FileTerms, currency_of_book, file_events, refuse_second_income
    from miner_agent.cli.support.progress_bar import Progress
    from miner_agent.payouts.pricing import price_by_kept
    from miner_agent.text import clean_text

    folder, name = books_folder(config_path, state_dir), clean_text(str(file), length=256)
    book = meant_book(folder, book)
    terms = FileTerms(
        pool=pool,
        wallet=wallet,
        asset=asset,
        columns=columns,
        time_zone=time_zone,
        currency=currency,
        decimals=decimals,
    )
    refuse_second_income(folder, book, pool)
    in_book = currency_of_book(folder, book)
    found, left_out = file_events(read_bytes(file), terms, name=name, in_book=in_book)
    if left_out:
        tell(f"note: left out, of other things than mining: {counted(left_out, 'row')}", err=True)
    with Progress("booking") as advance:
        request = Request(
            events=found.events,
            by_whom=clean_text(f"payouts import {file.name}", length=256),
            currency=in_book or currency,
            name=name,
            made_up_ids=found.made_up_ids,
            tell=advance,
        )
        booked = book_events(folder, book, request, now=the_present(), dry_run=dry_run)
    if booked.added and not dry_run:
        price_by_kept(folder, book, by_whom=request.by_whom, now=the_present())
    print_booked(booked, book, dry_run=dry_run, as_json=as_json)
    say_of_slips(booked, the_present())
    say_notes(folder)


@command.command("sync")
@books_options
@dry_run_option
@json_option
def sync(config_path: Path | None, state_dir: Path | None, book: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Ask every pool of [[payouts]] for its whole history and book what is new. Ends with 69 where one was not read.

    Nothing is taken away that a pool no longer lists.

    \b
    Example:
      miner-agent payouts sync --dry-run
    """
    import time

    from miner_agent.cli.support.documents import print_json
    from miner_agent.cli.support.needed_config import configuration
    from miner_agent.cli.support.synced_pools import synced_document, synced_lines
    from miner_agent.economy.terms import Terms
    from miner_agent.errors import ConfigError, SourceError
    from miner_agent.payouts.asking import AskedPool
    from miner_agent.payouts.syncing import Syncing
    from miner_agent.text import clean_text
    from miner_agent.transport.feed_requests import fetch

    config = configuration(config_path)
    if not config.payouts:
        raise ConfigError("no pool is configured: write a table [[payouts]] for each; docs/payouts.md shows one")
    pools = [AskedPool.of(entry) for entry in config.payouts]
    folder = books_folder(config_path, state_dir)
    book = meant_book(folder, book or config.books.book)
    syncing = Syncing(
        folder=folder,
        book=book,
        currency=Terms.of(config).currency,
        fetch=fetch,
        monotonic=time.monotonic,
        dry_run=dry_run,
    )
    done = []
    for one in syncing.all_of(pools, clock=the_present):
        done.append(one)
        if not as_json:
            for line in synced_lines(one, dry_run=dry_run):
                tell(line)
        why_not = [] if one.error is None else [str(one.error)]  # an error says itself what it is about
        for sentence in (*(f"{one.name}: {note}" for note in one.notes), *why_not):
            tell(f"miner-agent: {clean_text(sentence, length=500)}", err=True)
    if as_json:
        print_json(synced_document(done, book, dry_run=dry_run))
    say_notes(folder)
    errors = [one.error for one in done if one.error is not None]
    if errors:
        raise click.exceptions.Exit(
            next((error.exit_code for error in errors if not isinstance(error, SourceError)), 69)
        )
