"""``miner-agent ledger``: the chain of entries that the books are."""

from pathlib import Path

import click

from miner_agent.cli.support.books_place import (
    books_folder,
    books_options,
    dry_run_option,
    meant_book,
    read_book,
    say_notes,
    state_option,
    the_present,
)
from miner_agent.cli.support.by_hand import by_hand_options
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.options import FILE, Name, Written, config_option, json_option
from miner_agent.cli.support.year_input import year_option

EXIT_FINDINGS = 3


@click.group("ledger")
def command() -> None:
    """Keep the books: an entry is never changed or taken away, and a correction is a new one.

    \b
    Example:
      miner-agent ledger import events.json
    """


@command.command("import")
@click.argument("file", type=FILE)
@books_options
@dry_run_option
@json_option
def import_file(
    file: Path, config_path: Path | None, state_dir: Path | None, book: str | None, *, dry_run: bool, as_json: bool
) -> None:
    """Book the events of a file: all of it or nothing, and nothing twice. A file without events begins the book.

    \b
    Example:
      miner-agent ledger import events.json --dry-run
    """
    from hashlib import sha256

    from miner_agent.bookkeeping.booking import Request, book_events
    from miner_agent.bookkeeping.events_file import parse_events_file
    from miner_agent.cli.support.input_files import read_bytes
    from miner_agent.cli.support.ledger_tables import print_booked, say_of_slips
    from miner_agent.cli.support.progress_bar import Progress
    from miner_agent.text import clean_text

    folder, name = books_folder(config_path, state_dir), clean_text(str(file), length=256)
    book = meant_book(folder, book)
    raw = read_bytes(file)
    parsed = parse_events_file(raw, name)
    with Progress("booking") as advance:
        request = Request(
            events=parsed.events,
            by_whom=f"ledger import {clean_text(file.name)} {sha256(raw).hexdigest()}",
            raw=raw,
            currency=parsed.currency,
            settings=parsed.settings,
            name=name,
            tell=advance,
        )
        booked = book_events(folder, book, request, now=the_present(), dry_run=dry_run)
    print_booked(booked, book, dry_run=dry_run, as_json=as_json)
    say_of_slips(booked, the_present())
    say_notes(folder)


@command.command("list")
@books_options
@click.option("--kind", type=Name(), metavar="KIND", help="Such as payout; without it: all.")
@json_option
def list_entries(
    config_path: Path | None, state_dir: Path | None, book: str | None, kind: str | None, *, as_json: bool
) -> None:
    """Print every entry as it stands: booked, amended or cancelled.

    \b
    Example:
      miner-agent ledger list --kind payout --json
    """
    from dataclasses import replace
    from zoneinfo import ZoneInfo

    from miner_agent.bookkeeping.booking import CURRENCY_SETTING, settings_of
    from miner_agent.bookkeeping.named_parties import with_name
    from miner_agent.bookkeeping.standing import as_they_stand
    from miner_agent.cli.support.documents import print_json
    from miner_agent.cli.support.ledger_tables import entry_documents, show_entries
    from miner_agent.errors import StorageError

    folder = books_folder(config_path, state_dir)
    book = meant_book(folder, book)
    with folder.reading() as ledger:
        hashes = {entry.seq: entry.hash for entry in ledger.entries(book)}
        settings = settings_of(ledger, book)
        currency, zone = settings.get(CURRENCY_SETTING), ZoneInfo(settings.get("time_zone", "UTC"))
        standing = [replace(one, event=with_name(ledger, one.event)) for one in as_they_stand(ledger.bodies(book))]
        if not standing:
            from miner_agent.bookkeeping.reading_books import unknown_book

            raise StorageError(unknown_book(folder, book, ledger.books()))
    shown = [one for one in standing if kind in {None, one.event.kind}]
    if as_json:
        print_json(entry_documents(shown, hashes, currency))
    else:
        show_entries(shown, currency, zone)


@command.command("show")
@click.argument("entry", type=Name())
@books_options
@json_option
def show_entry(
    entry: str, config_path: Path | None, state_dir: Path | None, book: str | None, *, as_json: bool
) -> None:
    """Print one entry as it was written, and those that correct it; by its id or its seq.

    \b
    Example:
      miner-agent ledger show tx-p1
    """
    from miner_agent.bookkeeping.standing import as_they_stand
    from miner_agent.cli.support.documents import print_json
    from miner_agent.cli.support.ledger_tables import chain_document
    from miner_agent.cli.support.plain_lines import ABSENT
    from miner_agent.errors import ConfigError
    from miner_agent.text import clean_text

    folder = books_folder(config_path, state_dir)
    book = meant_book(folder, book)
    with folder.reading() as ledger:
        standing = as_they_stand(ledger.bodies(book))
        found = {one.seq for one in standing if entry in {one.event.id, str(one.seq)}}
        entries = [one for one in ledger.entries(book) if one.seq in found or one.replaces in found]
    if not entries:
        raise ConfigError(
            f"book {clean_text(book)}: there is no entry {clean_text(entry)}; see: miner-agent ledger list"
        )
    documents = [chain_document(one) for one in entries]
    if as_json:
        print_json(documents)
        return
    for document in documents:
        for key, value in document.items():
            tell(f"{key}: {ABSENT if value is None else clean_text(str(value), length=5_000)}")
        click.echo()


@command.command("amend")
@click.argument("target", type=Name())
@click.option(
    "--set",
    "changes",
    type=Name(),
    multiple=True,
    required=True,
    metavar="KEY=VALUE",
    help="What a key becomes.",
)
@click.option("--why", type=Name(), required=True, metavar="TEXT", help="Kept with the correction.")
@by_hand_options
def amend(target: str, changes: tuple[str, ...], why: str, **given: object) -> None:
    """Correct an entry by a new one that names it and what its keys become; `null` is what nobody knows.

    \b
    Example:
      miner-agent ledger amend tx-p1 --set value=42.10 --why "price of the minute"
    """
    from miner_agent.cli.support.by_hand import book_by_hand

    wanted = dict(_change(each) for each in changes)
    book_by_hand("amend", {"target": target, "set": wanted, "why": why}, **given)  # type: ignore[arg-type]


@command.command("cancel")
@click.argument("target", type=Name())
@click.option("--why", type=Name(), required=True, metavar="TEXT", help="Kept with the correction.")
@by_hand_options
def cancel(target: str, why: str, **given: object) -> None:
    """Say by a new entry that an earlier one never was: a block was orphaned, a payout taken back.

    \b
    Example:
      miner-agent ledger cancel tx-p1 --why orphaned
    """
    from miner_agent.cli.support.by_hand import book_by_hand

    book_by_hand("cancel", {"target": target, "why": why}, **given)  # type: ignore[arg-type]


@command.command("close-year")
@year_option
@click.option(
    "--format",
    "formats",
    type=Name(),
    multiple=True,
    metavar="FORMAT",
    help="Of tax export, whose files are kept; without it: all that can hold the book.",
)
@books_options
@json_option
def close(
    year: str,
    formats: tuple[str, ...],
    config_path: Path | None,
    state_dir: Path | None,
    book: str | None,
    *,
    as_json: bool,
) -> None:
    """Close a tax year that was handed in: its sums and files are kept as they are now.

    Exporting it again gives those files. What is corrected later is an entry of then, and `tax summary` shows both:
    as filed, and as corrected. The agent posts nothing more into it.

    \b
    Example:
      miner-agent ledger close-year --year 2025
    """
    from miner_agent.bookkeeping.closed_years import close_year
    from miner_agent.cli.support.books_place import read_book
    from miner_agent.cli.support.documents import print_json
    from miner_agent.cli.support.filed_years import files_to_keep
    from miner_agent.cli.support.year_input import tax_year

    folder = books_folder(config_path, state_dir)
    kept = read_book(folder, book)
    told = files_to_keep(kept, tax_year(kept, year), formats)
    booked = close_year(folder, kept.name, told, by_whom="ledger close-year", now=the_present())
    if as_json:
        files = sorted(told.files) if booked.added else []
        print_json({"book": kept.name, "year": told.year, "files": files, "entries": booked.head.seq})
    else:
        for name in sorted(told.files) if booked.added else ():
            tell(name)
        word = "is closed" if booked.added else "was closed before: nothing is kept anew unless it is opened again"
        tell(f"{told.year} of book {kept.name} {word}; entry {booked.head.seq}, hash {booked.head.hash}")
    say_notes(folder)


@command.command("reopen-year")
@year_option
@click.option("--why", type=Name(), required=True, metavar="TEXT", help="Kept with it.")
@books_options
@json_option
def reopen(
    year: str, why: str, config_path: Path | None, state_dir: Path | None, book: str | None, *, as_json: bool
) -> None:
    """Work on a closed year again. The files with which it was closed stay in the books.

    \b
    Example:
      miner-agent ledger reopen-year --year 2025 --why "a pool was forgotten"
    """
    from miner_agent.bookkeeping.closed_years import reopen_year
    from miner_agent.cli.support.books_place import read_book
    from miner_agent.cli.support.documents import print_json
    from miner_agent.cli.support.year_input import tax_year

    folder = books_folder(config_path, state_dir)
    kept = read_book(folder, book, with_lots=False)
    name = tax_year(kept, year).name
    booked = reopen_year(folder, kept.name, name, why=why, by_whom="ledger reopen-year", now=the_present())
    if as_json:
        print_json({"book": kept.name, "year": name, "entries": booked.head.seq})
    else:
        tell(f"{name} of book {kept.name} is open; entry {booked.head.seq}, hash {booked.head.hash}")
    say_notes(folder)


@command.command("forget")
@click.argument("name", type=Name())
@config_option
@state_option
@json_option
def forget(name: str, config_path: Path | None, state_dir: Path | None, *, as_json: bool) -> None:
    """Erase the name of another: the party of a contract. The chain holds an id in its place, and verifies as before.

    Files in evidence that hold the name are erased with it; those of closed years stay, and are told. What stands in
    notes, in reasons, and in backups is not looked at.

    \b
    Example:
      miner-agent ledger forget "Hosting Ltd"
    """
    from calculators.told_figures import counted
    from miner_agent.bookkeeping.forgetting import forget_name
    from miner_agent.cli.support.documents import print_json
    from miner_agent.text import clean_text

    folder = books_folder(config_path, state_dir)
    forgotten = forget_name(folder, name, now=the_present())
    if as_json:
        print_json({"name": name, "known": forgotten.known, "files": forgotten.evidence, "kept_in": forgotten.kept_in})
        return
    if not forgotten.known:
        tell(f"nobody is known as {clean_text(name)}; see: miner-agent ledger list --json")
        return
    files = counted(forgotten.evidence, "file")
    tell(f"{clean_text(name)} is forgotten, with {files} of evidence that held it")
    for year in forgotten.kept_in:
        tell(f"note: the files with which {year} was closed hold it still", err=True)


def _change(told: str) -> tuple[str, object]:
    key, separator, value = told.partition("=")
    if not separator or not key:
        raise click.BadParameter(f"{told[:60]!r} is no KEY=VALUE", param_hint="--set")
    return key, {"null": None, "true": True, "false": False}.get(value, value)


@command.command("verify")
@config_option
@state_option
@click.option("--head", "kept", type=Name(), metavar="BOOK:ENTRIES:HASH", help="A head that was kept elsewhere.")
@json_option
def verify(config_path: Path | None, state_dir: Path | None, kept: str | None, *, as_json: bool) -> None:
    """Go through every entry: nothing was changed, taken away, added or exchanged. Ends with 3 where something was.

    A chain without a head that is kept elsewhere proves nothing against who can write the file. Keep the heads that
    this prints: on paper, in a mail.

    \b
    Example:
      miner-agent ledger verify
    """
    from miner_agent.cli.support.documents import print_json
    from miner_agent.cli.support.kept_heads import head_of, lines_of_heads, with_kept

    folder = books_folder(config_path, state_dir)
    known = with_kept(folder.known(), None if kept is None else head_of(kept))
    checked = folder.check(known)
    if as_json:
        print_json(checked)
    else:
        for line in lines_of_heads(checked):
            tell(line)
    for finding in checked.findings:
        tell(f"miner-agent: {finding}", err=True)
    if checked.findings:
        raise click.exceptions.Exit(EXIT_FINDINGS)


@command.command("backup")
@click.argument("file", type=Written(), required=False)
@config_option
@state_option
@json_option
def backup(file: Path | None, config_path: Path | None, state_dir: Path | None, *, as_json: bool) -> None:
    """Copy the books into a new file, while the agent runs, and go through the copy. Without FILE: into backup/ there.

    \b
    Example:
      miner-agent ledger backup copy.db
    """
    from miner_agent.cli.support.documents import print_json
    from miner_agent.cli.support.kept_heads import lines_of_heads
    from miner_agent.text import clean_text

    folder = books_folder(config_path, state_dir)
    written, checked = folder.back_up(file, now=the_present())
    if as_json:
        print_json({"file": str(written), "books": checked})
        return
    tell(f"wrote {clean_text(str(written), length=256)}", err=True)
    for line in lines_of_heads(checked):
        tell(line)


@command.command("restore")
@click.argument("file", type=FILE)
@config_option
@state_option
@click.option("--replace", is_flag=True, help="Move away what lies there, and go back to where the copy ends.")
@click.option("--dry-run", is_flag=True, help="Say what would be restored, and restore nothing.")
@json_option
def restore(
    file: Path, config_path: Path | None, state_dir: Path | None, *, replace: bool, dry_run: bool, as_json: bool
) -> None:
    """Let a copy be the books again, after going through it. What lay there is moved away, not removed.

    \b
    Example:
      miner-agent ledger restore books-2025.db --replace
    """
    from miner_agent.cli.support.documents import print_json
    from miner_agent.cli.support.kept_heads import lines_of_heads
    from miner_agent.text import clean_text

    folder = books_folder(config_path, state_dir)
    restored = folder.restore(file, now=the_present(), replace=replace, dry_run=dry_run)
    for sentence in restored.sentences:
        tell(clean_text(sentence, length=500), err=True)
    if as_json:
        print_json({"dry_run": dry_run, "said": restored.sentences, "books": restored.checked})
    else:
        for line in lines_of_heads(restored.checked):
            tell(line)
    say_notes(folder)


@command.command("give-up")
@click.option(
    "--state-dir", type=FILE, required=True, metavar="DIR", help="Where they lay: named, so that it is no slip."
)
@click.option("--dry-run", is_flag=True, help="Say what would be given up, and leave it as it is.")
@json_option
def give_up(state_dir: Path, *, dry_run: bool, as_json: bool) -> None:
    """Where `ledger.db` is gone and there is no copy: forget where its chains ended, so that books can begin anew.

    It is refused where there are books.

    \b
    Example:
      miner-agent ledger give-up --state-dir lost --dry-run
    """
    folder = books_folder(None, state_dir)
    lost = folder.give_up(now=the_present(), dry_run=dry_run)
    if as_json:
        from miner_agent.cli.support.documents import print_json

        print_json({"dry_run": dry_run, "given_up": lost})
    else:
        done = "would be given up" if dry_run else "given up"
        for line in lost or ["nothing is known of any books"]:
            tell(f"{done}: {line}" if lost else line)
    say_notes(folder)


@command.command("reconcile")
@books_options
@json_option
def reconcile(config_path: Path | None, state_dir: Path | None, book: str | None, *, as_json: bool) -> None:
    """Compare the book with pools and wallets of [[payouts]], and list what is open. Ends with 3 where something is.

    Credits less payouts should come to what a pool says that it owes, and lots to what lies in the wallet.

    \b
    Example:
      miner-agent ledger reconcile
    """
    import time

    from miner_agent.cli.support.documents import print_json
    from miner_agent.cli.support.needed_config import configuration
    from miner_agent.cli.support.reconciled_lines import reconciled_document, reconciled_lines
    from miner_agent.payouts.asking import AskedPool
    from miner_agent.payouts.reconciling import Reconciling, reconciled
    from miner_agent.text import clean_text
    from miner_agent.transport.feed_requests import fetch

    config = configuration(config_path)
    folder = books_folder(config_path, state_dir)
    projected = read_book(folder, meant_book(folder, book or config.books.book))
    asking = Reconciling(folder=folder, book=projected, fetch=fetch, monotonic=time.monotonic, now=the_present())
    pools, wallets, errors = reconciled(asking, [AskedPool.of(entry) for entry in config.payouts])
    if as_json:
        print_json(reconciled_document(projected, pools, wallets, errors))
    else:
        for line in reconciled_lines(projected, pools, wallets):
            tell(line)
    for error in errors:
        tell(f"miner-agent: {clean_text(str(error), length=500)}", err=True)
    if errors:
        raise click.exceptions.Exit(errors[0].exit_code)
    agree = all(one.agrees for one in pools) and all(one.agrees for one in wallets)
    if projected.open_items or projected.unpriced or not agree:
        tell("miner-agent: something is open, or does not agree", err=True)
        raise click.exceptions.Exit(EXIT_FINDINGS)
