"""``miner-agent expense``: money that was spent."""

import click

from miner_agent.cli.support.by_hand import by_hand_options
from miner_agent.cli.support.options import Name


@click.group("expense")
def command() -> None:
    """Book what mining costs beside energy and hardware: repairs, rent, software, fees.

    \b
    Example:
      miner-agent expense add repairs 59.90
    """


@command.command("add")
@click.argument("category", type=Name())
@click.argument("value", type=Name())
@by_hand_options
def add(category: str, value: str, **given: object) -> None:
    """Book an expense with its category and its value in the book's currency.

    \b
    Example:
      miner-agent expense add repairs 59.90 --time 2025-05-05T12:00:00Z --note "two fans"
    """
    from miner_agent.cli.support.by_hand import book_by_hand

    book_by_hand("expense", {"category": category, "value": value}, **given)  # type: ignore[arg-type]
