"""``miner-agent dispose``: coins that left the books."""

import click

from miner_agent.cli.support.by_hand import by_hand_options
from miner_agent.cli.support.options import Name

KINDS = ("sale", "spend", "gift", "loss", "fee")


@click.command("dispose")
@click.argument("amount", type=Name())
@click.argument("asset", type=Name())
@click.option("--wallet", type=Name(), required=True, metavar="NAME", help="Own wallet that they left.")
@click.option("--value", type=Name(), metavar="NUMBER", help="What they brought or were worth, before fees.")
@click.option("--price", type=Name(), metavar="NUMBER", help="Of one coin; tells the value where that is not said.")
@click.option("--fee-fiat", type=Name(), metavar="NUMBER", help="The trading fee of a sale, in the book's currency.")
@click.option(
    "--as", "kind", type=click.Choice(KINDS), default="sale", show_default=True, help="What happened to them."
)
@click.option("--category", type=Name(), metavar="NAME", help="Of the expense, where they were spent.")
@by_hand_options
def command(
    amount: str,
    asset: str,
    wallet: str,
    value: str | None,
    price: str | None,
    fee_fiat: str | None,
    kind: str,
    category: str | None,
    **given: object,
) -> None:
    """Book coins that were sold, spent, given away or lost, or paid as a network's fee.

    \b
    Example:
      miner-agent dispose 0.3 XMR --wallet rig-wallet --value 90.00 --time 2025-09-15T12:00:00Z
    """
    from miner_agent.cli.support.by_hand import book_by_hand

    values = {"amount": amount, "asset": asset, "wallet": wallet, "value": value, "price": price}
    book_by_hand(kind, {**values, "fee_fiat": fee_fiat, "category": category}, **given)  # type: ignore[arg-type]
