"""``miner-agent tax``: what a tax year of the books adds up to, and the lists that a return wants. No advice."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.books_place import books_folder, books_options, read_book
from miner_agent.cli.support.documents import print_csv, print_json
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.options import FILE, Written, csv_option, json_option
from miner_agent.cli.support.profit_options import tax
from miner_agent.cli.support.year_input import year_option
from miner_agent.text import clean_text

if TYPE_CHECKING:
    from decimal import Decimal

FORMAT_NAMES = (
    *("rp2", "bittytax", "bitcointax", "koinly", "beancount", "hledger", "csv", "json", "cointracking", "dali"),
    *("cointracker", "coinledger", "tokentax", "turbotax", "blockpit"),
)


@click.group("tax")
def command() -> None:
    """Add up a tax year of the books: a record of what was booked, no advice.

    \b
    Example:
      miner-agent tax summary --year 2025
    """


@command.command("summary")
@year_option
@click.option("--set-aside", "rate", type=tax, metavar="NUMBER", help="Your own rate, such as 25%: by period (US).")
@books_options
@json_option
def summary(
    year: str,
    rate: "Decimal | None",
    config_path: Path | None,
    state_dir: Path | None,
    book: str | None,
    *,
    as_json: bool,
) -> None:
    """Income, gains, expenses, depreciation and what they leave, each sum exact and rounded once.

    Net profit is income less expenses and depreciation. Gains on coins are told beside it. Self-employment tax is not
    computed, and nothing here is advice.

    \b
    Example:
      miner-agent tax summary --year 2025 --json
    """
    from miner_agent.bookkeeping.filed_summary import with_filed
    from miner_agent.bookkeeping.year_estimates import estimates_of
    from miner_agent.bookkeeping.year_summary import estimates_json, summary_json, summary_of
    from miner_agent.cli.support.filed_years import show_filed
    from miner_agent.cli.support.year_input import not_begun, refusing, tax_year

    place = books_folder(config_path, state_dir)
    kept = read_book(place, book)
    asked = tax_year(kept, year)
    with refusing(f"book {kept.name}"):
        told = summary_of(kept, asked)
        estimates = None if rate is None else estimates_of(kept, asked, rate=rate)
    document = with_filed(summary_json(told), place)
    news = not_begun(kept, asked)
    document["notes"] += news
    if as_json:
        print_json(document if estimates is None else document | {"estimates": estimates_json(estimates)})
        return
    from miner_agent.cli.support.year_tables import show_estimates, summary_lines

    for line in (*summary_lines(told), *news):
        tell(line)
    show_filed(document, kept.terms.zone)
    show_estimates(estimates or [], kept.terms.currency)


@command.command("form-8949")
@year_option
@click.option("--broker", type=FILE, metavar="FILE", help="Forms 1099-DA as CSV: asset,amount,sold,proceeds,basis.")
@books_options
@json_option
@csv_option()
def form_8949(
    year: str,
    broker: Path | None,
    config_path: Path | None,
    state_dir: Path | None,
    book: str | None,
    *,
    as_json: bool,
    as_csv: bool,
) -> None:
    """List the disposals of a year for Form 8949 (US), by box, a row for each lot.

    Boxes I and L, where no broker told of a sale, are those of mined coins. With --broker what Forms 1099-DA tell is
    compared with the books, and what they agree on goes into the other boxes.

    \b
    Example:
      miner-agent tax form-8949 --year 2025 --csv
    """
    from miner_agent.bookkeeping.disposal_list import disposal_list
    from miner_agent.cli.support.disposal_tables import disposal_csv, disposal_document, show_disposals
    from miner_agent.cli.support.year_input import broker_rows, refusing, tax_year

    kept = read_book(books_folder(config_path, state_dir), book)
    asked = tax_year(kept, year)
    rows = broker_rows(broker)
    with refusing("--year"):
        told = disposal_list(kept, asked, rows)
    if as_json:
        print_json(disposal_document(told))
    elif as_csv:
        print_csv(*disposal_csv(told))
    else:
        show_disposals(told)


@command.command("export")
@click.argument("format_name", metavar="FORMAT", type=click.Choice(FORMAT_NAMES))
@year_option
@books_options
@click.option("--out", "folder", type=Written(), required=True, metavar="DIR", help="Folder to write the files into.")
@click.option("--anew", is_flag=True, help="Of a closed year too: as the books are now, not as they were filed.")
@json_option
def export(
    format_name: str,
    year: str,
    book: str | None,
    folder: Path,
    config_path: Path | None,
    state_dir: Path | None,
    *,
    anew: bool,
    as_json: bool,
) -> None:
    """Write a tax year of the books as files that another program reads.

    FORMAT is one of rp2, bittytax, bitcointax, koinly, beancount, hledger, csv, json, cointracking, dali, cointracker,
    coinledger, tokentax, turbotax, blockpit.

    What a format cannot hold stands in a text beside them. The same books give the same bytes. A file that is not as
    it was exported is never replaced. Of a closed year the files are those that it was closed with.

    \b
    Example:
      miner-agent tax export beancount --year 2025 --out taxes-2025
    """
    from miner_agent.cli.support.filed_years import as_filed
    from miner_agent.cli.support.tax_export import export_files, write_files
    from miner_agent.cli.support.year_input import refusing, tax_year

    place = books_folder(config_path, state_dir)
    kept = read_book(place, book)
    asked = tax_year(kept, year)
    with refusing(f"book {kept.name}"):
        files = None if anew else as_filed(place, kept, asked, format_name)
        if files is None:
            files = export_files(kept, asked, format_name)
    paths = write_files(folder, f"{kept.name} {format_name} {asked.name}", files)
    if as_json:
        print_json({"format": format_name, "year": asked.name, "files": [str(path) for path in paths]})
        return
    for path in paths:
        tell(clean_text(str(path), length=1024))
