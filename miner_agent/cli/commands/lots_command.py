"""``miner-agent lots``: what is held, and which of it a sale takes."""

from pathlib import Path

import click

from miner_agent.cli.support.books_place import books_folder, books_options, read_book
from miner_agent.cli.support.by_hand import by_hand_options
from miner_agent.cli.support.options import Name, csv_option, json_option


@click.group("lots")
def command() -> None:
    """See which lots are held, and choose those that a sale takes.

    \b
    Example:
      miner-agent lots list
    """


@command.command("list")
@books_options
@json_option
@csv_option()
def list_lots(
    config_path: Path | None, state_dir: Path | None, book: str | None, *, as_json: bool, as_csv: bool
) -> None:
    """Print what is left of every receipt, where it lies and what it cost.

    \b
    Example:
      miner-agent lots list --csv
    """
    from miner_agent.cli.support.documents import print_csv, print_json
    from miner_agent.cli.support.lot_tables import LOT_COLUMNS, lot_documents, lot_rows, show_lots

    held = read_book(books_folder(config_path, state_dir), book)
    if as_json:
        print_json(lot_documents(held))
    elif as_csv:
        print_csv(LOT_COLUMNS, lot_rows(held))
    else:
        show_lots(held)


@command.command("choose")
@click.argument("disposal", type=Name())
@click.option(
    "--lot", "lots", type=Name(), multiple=True, required=True, metavar="ID=AMOUNT", help="A receipt, how much of it."
)
@by_hand_options
def choose(disposal: str, lots: tuple[str, ...], **given: object) -> None:
    """Choose the lots that a disposal or a transfer takes, by the id that it will be booked with.

    The choice counts where it is made no later than what it is for: that is what the law asks for.

    \b
    Example:
      miner-agent lots choose sale-7 --lot tx-p1=0.1 --lot tx-p3=0.2
    """
    from miner_agent.cli.support.by_hand import book_by_hand

    chosen = [_lot(told) for told in lots]
    book_by_hand("lot_choice", {"target": disposal, "lots": chosen}, **given)  # type: ignore[arg-type]


@command.command("order")
@click.argument("method", type=click.Choice(["fifo", "lifo", "hifo", "lofo"]))
@click.option("--wallet", type=Name(), metavar="NAME", help="Of disposals from this wallet alone.")
@by_hand_options
def order(method: str, wallet: str | None, **given: object) -> None:
    """Give a standing order: which lots disposals take from now on, where none are chosen.

    \b
    Example:
      miner-agent lots order hifo --wallet rig-wallet
    """
    from miner_agent.cli.support.by_hand import book_by_hand

    book_by_hand("standing_order", {"method": method, "wallet": wallet}, **given)  # type: ignore[arg-type]


def _lot(told: str) -> tuple[str, str]:
    receipt, separator, amount = told.rpartition("=")
    if not separator or not receipt:
        raise click.BadParameter(f"{told[:60]!r} is no ID=AMOUNT", param_hint="--lot")
    return receipt, amount
