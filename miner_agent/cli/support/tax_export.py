"""Makes the files of an export, and writes them into a folder without touching what is somebody else's."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from miner_agent.cli.support.output_files import replace_files
from miner_agent.errors import StorageError, not_written
from miner_agent.text import clean_text

if TYPE_CHECKING:
    from calculators.books.tax_year import BookYear
    from exporters.tax.exported_book import ExportedBook, ExportFile
    from miner_agent.model.book.whole_book import Book

WRITTEN = "miner-agent-exports"
"""What was written into the folder: file names to hashes, by what was exported."""
MOST_BYTES = 10_000_000


def export_files(book: "Book", year: "BookYear", format_name: str) -> "list[ExportFile]":
    """The files, the same bytes each time.

    Args:
        book: with its lots.
        year: one of its country's, or all.
        format_name: one of the formats.

    Raises:
        ValueError: the book cannot be told in that format, or its hardware is impossible.
    """
    from exporters.tax.formats import FORMATS

    return list(FORMATS[format_name](told_of(book, year)))


def told_of(book: "Book", year: "BookYear") -> "ExportedBook":
    """All that a format gets of a book.

    Raises:
        ValueError: its hardware is impossible.
    """
    from calculators.books.tax_year import instants_of
    from exporters.tax.exported_book import ExportedBook
    from miner_agent.bookkeeping.event_body import document_of
    from miner_agent.bookkeeping.kept_figures import figures_of
    from miner_agent.bookkeeping.projection import lots_until
    from miner_agent.bookkeeping.year_summary import summary_json, summary_of

    start, end = instants_of(year, book.terms.zone)
    return ExportedBook(
        book=book,
        year=year,
        figures=figures_of(book),
        matching=book.matching if year.whole else lots_until(book, end),
        opening=() if year.whole else lots_until(book, start).held,
        document=document_of,
        summary=lambda: summary_json(summary_of(book, year)),
    )


def write_files(folder: Path, what: str, files: "Iterable[ExportFile]") -> list[Path]:
    """Writes what is new, takes away what an earlier export of the same left that is no part of it any more.

    Args:
        folder: made where it is not there.
        what: was exported: book, format and year.
        files: all of it.

    Raises:
        NotPermitted: this user may not write there.
        StorageError: there is another file of that name, or the disk does not take it.
    """
    shown = clean_text(str(folder), length=256)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = _written(folder)
        known = {name: told for of_one in written.values() for name, told in of_one.items()}
        contents = {file.name: file.content for file in files}
        for name, content in contents.items():
            _refuse_anothers(folder / name, content, known.get(name))
        for name in written.get(what, {}).keys() - contents.keys():
            if _hash_of(folder / name) == known[name]:
                (folder / name).unlink()
        now_there = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
        others = {
            one: {name: told for name, told in of_one.items() if name not in now_there}
            for one, of_one in written.items()
        }
        document = {one: of_one for one, of_one in {**others, what: now_there}.items() if of_one}
        replace_files(folder, {**contents, WRITTEN: f"{json.dumps(document, indent=1, sort_keys=True)}\n".encode()})
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        with suppress(OSError, ValueError):  # it holds files, or was never made
            folder.rmdir()
        raise not_written(shown, error, "name a folder that this user may write into") from None
    return [folder / name for name in contents]


def _written(folder: Path) -> dict[str, dict[str, str]]:
    """What the folder says of itself. What is none of ours says nothing."""
    try:
        with (folder / WRITTEN).open("rb") as file:
            found = json.loads(file.read(MOST_BYTES))
    except (FileNotFoundError, ValueError):
        return {}
    if not isinstance(found, Mapping):
        return {}
    return {
        what: {name: told for name, told in names.items() if isinstance(told, str) and os.sep not in name}
        for what, names in found.items()
        if isinstance(names, Mapping)
    }


def _refuse_anothers(path: Path, content: bytes, known: str | None) -> None:
    there = _hash_of(path)
    if there not in {None, known, hashlib.sha256(content).hexdigest()}:
        raise StorageError(
            f"{clean_text(str(path), length=256)}: is there and is not as it was exported; "
            "move it away, or name another folder"
        )


def _hash_of(path: Path) -> str | None:
    """``None``: there is nothing."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
