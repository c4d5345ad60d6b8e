"""Where chains stand, said by hand: of answers over days."""

from collections.abc import Mapping, Sequence

import click

from miner_agent.cli.support.options import Command

MOST_DIGITS = 12


def _heights(_context: click.Context, _option: click.Parameter, given: Sequence[str]) -> Mapping[str, int]:
    heights = {}
    for text in given:
        ticker, _, blocks = text.partition("=")
        number = blocks.strip()
        if not ticker.strip() or not (number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS):
            raise click.BadParameter(f"{text[:40]!r} is no height; write it as BTC=925000")
        heights[ticker.strip().upper()] = int(number)
    return heights


def height_option(command: Command) -> Command:
    """``--height TICKER=BLOCKS``, as ``heights`` by ticker."""
    return click.option(
        "--height",
        "heights",
        multiple=True,
        callback=_heights,
        metavar="TICKER=BLOCKS",
        help="Where a chain stands: then its halving comes on its day. Repeatable.",
    )(command)
