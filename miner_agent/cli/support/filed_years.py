"""Closed years as the commands show them: as filed, and as they would be told now."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.bookkeeping.closed_years import SUMMARY, YearFiles, filed
from miner_agent.bookkeeping.year_summary import summary_json, summary_of
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.tax_export import export_files
from miner_agent.cli.support.year_input import refusing
from miner_agent.model.book.whole_book import ChainHead
from miner_agent.text import clean_text

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from rich.console import Console

    from calculators.books.tax_year import BookYear
    from exporters.tax.exported_book import ExportFile
    from miner_agent.model.book.whole_book import Book


def files_to_keep(book: "Book", year: "BookYear", formats: Sequence[str]) -> YearFiles:
    """The sums of a year, and its files in each format.

    Raises:
        click.ClickException: the book cannot be told in one of them.
    """
    from exporters.tax.formats import FORMATS

    if unknown := [name for name in formats if name not in FORMATS]:
        known = ", ".join(sorted(FORMATS))
        raise click.BadParameter(f"{clean_text(unknown[0])} is no format; known: {known}", param_hint="--format")
    with refusing(f"book {book.name}"):
        summary = summary_json(summary_of(book, year))
    files = {SUMMARY: json.dumps(summary, indent=1, sort_keys=True).encode()}
    for format_name in formats or sorted(FORMATS):
        try:
            made = export_files(book, year, format_name)
        except ValueError as error:
            if formats:
                raise click.ClickException(clean_text(f"{format_name}: {error}", length=400)) from None
            tell(f"note: no files as {format_name} are kept: {clean_text(str(error), length=400)}", err=True)
            continue
        files |= {f"{format_name}/{one.name}": one.content for one in made}
    return YearFiles(year=year.name, through=book.entries_through, files=files)


def show_filed(document: Mapping[str, Any], zone: "ZoneInfo", console: "Console | None" = None) -> None:
    """The same for people, its day by the calendar of the book; nothing of a year that is open."""
    if "filed" not in document:
        return
    from miner_agent.cli.support.fitted_tables import figures_table, print_table
    from miner_agent.cli.support.plain_lines import plain_console, print_line

    out = console or plain_console()
    closed_at = document["filed"]["closed_at"].astimezone(zone)
    print_line(out, f"\nclosed on {closed_at:%Y-%m-%d}; the figures above are as corrected since")
    rows = [
        (clean_text(key), _shown(both["filed"]), _shown(both["corrected"]))
        for key, both in document["changed_since_filed"].items()
    ]
    if rows:
        print_table(out, figures_table(("", "as filed", "as corrected"), rows))
    else:
        print_line(out, "nothing is another figure than was filed")


def as_filed(folder: BooksFolder, book: "Book", year: "BookYear", format_name: str) -> "list[ExportFile] | None":
    """The files of a closed year as they were handed in, and a note on what differs now; ``None``: it is open.

    Raises:
        ValueError: the book cannot be told in that format now.
        AgentError: the books cannot be read.
    """
    from exporters.tax.exported_book import ExportFile

    found = filed(folder, book.name, year.name)
    kept = {
        name.partition("/")[2]: raw
        for name, raw in (found[1] if found else {}).items()
        if name.startswith(f"{format_name}/")
    }
    if found is None or not kept:
        return None
    through = ChainHead(
        **json.loads(found[1][SUMMARY])["entries_through"]
    )  # that closing it is an entry changes nothing
    now = {file.name: file.content for file in export_files(replace(book, entries_through=through), year, format_name)}
    if others := sorted(name for name in kept.keys() | now.keys() if kept.get(name) != now.get(name)):
        closed_at = found[0].time.astimezone(book.terms.zone)
        tell(
            f"note: these are the files with which {year.name} was closed on {closed_at:%Y-%m-%d}; made anew, "
            f"{', '.join(others)} would be another: --anew writes them so",
            err=True,
        )
    return [ExportFile(name=name, content=raw) for name, raw in kept.items()]


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{clean_text(str(key))} {amount}" for key, amount in value.items()) or "nothing"
    return clean_text(str(value))
