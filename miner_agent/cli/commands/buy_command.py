"""``miner-agent buy``: coins that were bought."""

import click

from miner_agent.cli.support.by_hand import by_hand_options
from miner_agent.cli.support.options import Name


@click.command("buy")
@click.argument("amount", type=Name())
@click.argument("asset", type=Name())
@click.option("--wallet", type=Name(), required=True, metavar="NAME", help="Own wallet that they came into.")
@click.option("--value", type=Name(), metavar="NUMBER", help="What they cost, before the fee.")
@click.option("--price", type=Name(), metavar="NUMBER", help="Of one coin; tells the value where that is not said.")
@click.option("--fee-fiat", type=Name(), metavar="NUMBER", help="The trading fee, in the book's currency.")
@by_hand_options
def command(
    amount: str,
    asset: str,
    wallet: str,
    value: str | None,
    price: str | None,
    fee_fiat: str | None,
    **given: object,
) -> None:
    """Book coins that were bought for currency.

    \b
    Example:
      miner-agent buy 0.5 XMR --wallet rig-wallet --value 150.00 --fee-fiat 1.20
    """
    from miner_agent.cli.support.by_hand import book_by_hand

    values = {"amount": amount, "asset": asset, "wallet": wallet, "value": value, "price": price, "fee_fiat": fee_fiat}
    book_by_hand("purchase", values, **given)  # type: ignore[arg-type]
