"""``miner-agent prices``: what coins were worth, for what was booked without a price."""

from pathlib import Path

import click

from miner_agent.cli.support.books_place import (
    books_folder,
    books_options,
    dry_run_option,
    meant_book,
    say_notes,
    the_present,
)
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.options import FILE, Name, json_option


@click.group("prices")
def command() -> None:
    """Keep prices in the books, and price what lacks one by new entries.

    \b
    Example:
      miner-agent prices import history.csv
    """


@command.command("import")
@click.argument("file", type=FILE)
@click.option("--asset", type=Name(), metavar="COIN", help="Of a file of one coin; a currency: its exchange rate.")
@click.option("--currency", type=Name(), metavar="CODE", help="Of the prices, where the file does not say.")
@click.option("--columns", type=Name(), metavar="QUANTITY=COLUMN,…", help="Where time, price, asset, currency stand.")
@click.option("--time-zone", type=Name(), metavar="ZONE", help="Whose clock it is where a time does not say: UTC.")
@books_options
@dry_run_option
@json_option
def import_file(
    file: Path,
    asset: str | None,
    currency: str | None,
    columns: str | None,
    time_zone: str | None,
    config_path: Path | None,
    state_dir: Path | None,
    book: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Keep the prices or exchange rates of a CSV file, and price what was booked without one.

    \b
    Example:
      miner-agent prices import history.csv --dry-run
    """
    from calculators.told_figures import counted
    from miner_agent.cli.support.documents import print_json
    from miner_agent.cli.support.input_files import read_bytes
    from miner_agent.cli.support.payout_files import price_terms
    from miner_agent.errors import StorageError
    from miner_agent.payouts.price_table import parse_price_table
    from miner_agent.payouts.pricing import keep_and_price, priceable
    from miner_agent.text import clean_text

    folder, name = books_folder(config_path, state_dir), clean_text(str(file), length=256)
    book = meant_book(folder, book)
    by_whom = clean_text(f"prices import {file.name}", length=200)
    terms = price_terms(columns, asset=asset, currency=currency, time_zone=time_zone, source=clean_text(file.name))
    quotes = parse_price_table(read_bytes(file), terms, name)
    try:
        left, events = priceable(folder, book, quotes)
        kept = 0
        if not dry_run:
            kept, booked = keep_and_price(folder, book, quotes, by_whom=by_whom, now=the_present())
            events = booked.added
    except ValueError as error:
        raise StorageError(f"book {clean_text(book)}: {error}; begin it: miner-agent ledger import FILE") from None
    if as_json:
        priced = [event.id for event in events]
        print_json({"book": book, "dry_run": dry_run, "kept": kept, "priced": priced, "unpriced": left})
    else:
        done = "would be priced" if dry_run else "priced"
        read = counted(len(quotes), "price")
        tell(f"{read} read, {kept} of them kept anew; {len(events)} {done}, {left} still without")
    say_notes(folder)
