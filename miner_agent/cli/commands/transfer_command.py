"""``miner-agent transfer``: coins that changed their wallet."""

import click

from miner_agent.cli.support.by_hand import by_hand_options
from miner_agent.cli.support.options import Name


@click.command("transfer")
@click.argument("amount", type=Name())
@click.argument("asset", type=Name())
@click.option("--from", "wallet", type=Name(), required=True, metavar="NAME", help="Own wallet that they left.")
@click.option("--to", "to_wallet", type=Name(), required=True, metavar="NAME", help="Own wallet that they came into.")
@by_hand_options
def command(amount: str, asset: str, wallet: str, to_wallet: str, **given: object) -> None:
    """Book coins that went between own wallets, with their date and basis. A network's fee is a `dispose --as fee`.

    \b
    Example:
      miner-agent transfer 0.3 XMR --from rig-wallet --to cold-wallet
    """
    from miner_agent.cli.support.by_hand import book_by_hand

    values = {"amount": amount, "asset": asset, "wallet": wallet, "to_wallet": to_wallet}
    book_by_hand("transfer", values, **given)  # type: ignore[arg-type]
