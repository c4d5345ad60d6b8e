"""``miner-agent energy``: electricity in the books."""

from datetime import datetime
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
from miner_agent.cli.support.by_hand import by_hand_options
from miner_agent.cli.support.days_asked import days_asked, days_options
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.options import Name, csv_option, json_option

NOT_ALL_RIGS = 69  # exit code


@click.group("energy")
def command() -> None:
    """Post electricity into the books, by day, device and slot of the tariff, and see what was posted.

    \b
    Example:
      miner-agent energy report --by month
    """


@command.command("post")
@books_options
@dry_run_option
@json_option
def post(config_path: Path | None, state_dir: Path | None, book: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Post the days that are over from the log, at the prices of the configured tariff. The agent does it every day.

    The days of other rigs, [[books.rigs]], are asked for and posted beside them; it ends with 69 where not all of them
    came. What is posted already adds nothing. Days of which somebody else booked energy are left alone.

    \b
    Example:
      miner-agent energy post --dry-run
    """
    from miner_agent.cli.support.documents import print_json
    from miner_agent.cli.support.log_file import log_beside
    from miner_agent.cli.support.needed_config import needed
    from miner_agent.posting.book_prices import prices_of_book
    from miner_agent.posting.daily_posting import Posting, post_days
    from miner_agent.posting.rig_records import RigRecords

    config, folder, now = needed(config_path), books_folder(config_path, state_dir), the_present()
    book = meant_book(folder, book or config.loaded.books.book)
    others = RigRecords(config.loaded.books.rigs, now)
    with log_beside(folder.directory) as log:
        posting = Posting(
            folder=folder,
            book=book,
            log=log,
            prices_in=lambda currency: prices_of_book(
                config.loaded, currency, state_directory=folder.directory, now=now
            ),
            others=others,
        )
        booked = post_days(posting, now=now, dry_run=dry_run)
    added = [event.id for one in booked for event in one.added]
    if as_json:
        print_json({"book": book, "dry_run": dry_run, "added": added, "problems": [*others.problems.values()]})
    else:
        for own in added:
            tell(own)
        tell(f"{len(added)} {'would be booked' if dry_run else 'booked'}")
    say_notes(folder)
    for problem in others.problems.values():
        tell(f"error: {problem}", err=True)
    if others.problems:
        click.get_current_context().exit(NOT_ALL_RIGS)


@command.command("report")
@books_options
@days_options
@click.option("--by", type=click.Choice(["day", "month"]), default="day", show_default=True, help="What a row is of.")
@click.option("--slots", is_flag=True, help="A row for each price of the tariff.")
@json_option
@csv_option()
def report(
    config_path: Path | None,
    state_dir: Path | None,
    book: str | None,
    first: datetime | None,
    last: datetime | None,
    by: str,
    *,
    slots: bool,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Print the electricity that was booked, by device, and what of it a bill stands in place of.

    \b
    Example:
      miner-agent energy report --from 2026-10-01 --to 2026-10-31 --slots
    """
    from miner_agent.cli.support.documents import print_csv, print_json
    from miner_agent.cli.support.energy_tables import (
        ENERGY_COLUMNS,
        energy_document,
        energy_rows,
        read_report,
        show_energy,
    )

    told, currency = read_report(
        books_folder(config_path, state_dir), book, days=days_asked(first, last), by_month=by == "month", slots=slots
    )
    if as_json:
        print_json(energy_document(told, currency))
    elif as_csv:
        print_csv(ENERGY_COLUMNS, energy_rows(told, currency))
    else:
        show_energy(told, currency)


@command.command("invoice")
@click.argument("kilowatt_hours", type=Name())
@click.argument("value", type=Name())
@click.option("--from", "first", type=Name(), required=True, metavar="DAY", help="The first day of it.")
@click.option("--to", "last", type=Name(), required=True, metavar="DAY", help="The last day, included.")
@by_hand_options
def invoice(kilowatt_hours: str, value: str, first: str, last: str, **given: object) -> None:
    """Book a bill or a reading of a meter: it counts in place of what was posted for its days, which is kept.

    \b
    Example:
      miner-agent energy invoice 412.5 98.20 --from 2026-10-01 --to 2026-10-31
    """
    from miner_agent.cli.support.by_hand import book_by_hand

    values = {"from": first, "to": last, "kwh": kilowatt_hours, "value": value}
    book_by_hand("invoice", values, **given)  # type: ignore[arg-type]
