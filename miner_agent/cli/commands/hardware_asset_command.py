"""``miner-agent hardware-asset``: devices as the books have them."""

import click

from miner_agent.cli.support.by_hand import by_hand_options
from miner_agent.cli.support.options import Name

WRITE_OFFS = ("macrs5", "section179", "bonus", "de_minimis", "none")


@click.group("hardware-asset")
def command() -> None:
    """Book devices that were bought, and what becomes of them.

    \b
    Example:
      miner-agent hardware-asset add "RTX 3080" 699.00 --acquired 2025-03-01 --write-off macrs5
    """


@command.command("add")
@click.argument("name", type=Name())
@click.argument("value", type=Name())
@click.option("--acquired", type=Name(), required=True, metavar="DAY", help="Such as 2025-03-01.")
@click.option("--write-off", type=click.Choice(WRITE_OFFS), required=True, help="How its cost becomes an expense.")
@click.option("--business-share", type=Name(), default="1", show_default=True, metavar="RATIO", help="0 to 1.")
@by_hand_options
def add(name: str, value: str, acquired: str, write_off: str, business_share: str, **given: object) -> None:
    """Book a device with what it cost. `--time` is when it was placed in service.

    \b
    Example:
      miner-agent hardware-asset add "RTX 3080" 699.00 --acquired 2025-03-01 --write-off macrs5 --id card-1
    """
    from miner_agent.cli.support.by_hand import book_by_hand

    values = {"name": name, "value": value, "acquired": acquired, "write_off": write_off}
    book_by_hand("hardware", {**values, "business_share": business_share}, **given)  # type: ignore[arg-type]


@command.command("sell")
@click.argument("asset", type=Name())
@click.argument("value", type=Name())
@by_hand_options
def sell(asset: str, value: str, **given: object) -> None:
    """Book that a device was sold, by the id that it was booked with.

    \b
    Example:
      miner-agent hardware-asset sell card-1 250.00 --time 2026-02-01T12:00:00Z
    """
    from miner_agent.cli.support.by_hand import book_by_hand

    book_by_hand("hardware_sale", {"target": asset, "value": value}, **given)  # type: ignore[arg-type]
