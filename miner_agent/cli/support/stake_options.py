"""Options of the coin that is bought and staked in place of mining."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from miner_agent.cli.support.profit_options import fee, growth, ticker

if TYPE_CHECKING:
    from miner_agent.profit.venture import StakePlan

_OPTIONS = (
    click.option(
        "--stake",
        "stake_coin",
        type=ticker,
        metavar="TICKER",
        help="Stake this coin: ETH, ADA, SOL, DOT, ATOM, or another with its yields; without it: the mined one.",
    ),
    click.option("--stake-low", type=fee, metavar="RATIO", help="Least yield of staking, a year."),
    click.option("--stake-high", type=fee, metavar="RATIO", help="Highest yield of staking, a year."),
    click.option("--stake-growth", type=growth, metavar="RATIO", help="Of its price, a month; 0 without it."),
)


def stake_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is staked and what that yields; it reaches the command as ``stake``."""

    @functools.wraps(command)
    def told(
        *,
        stake_coin: str | None,
        stake_low: float | None,
        stake_high: float | None,
        stake_growth: float | None,
        **given: Any,
    ) -> Any:
        return command(stake=_plan(stake_coin, stake_low, stake_high, stake_growth), **given)

    whole: Callable[..., Any] = told
    for option in reversed(_OPTIONS):
        whole = option(whole)
    return whole


def _plan(coin: str | None, low: float | None, high: float | None, price_growth: float | None) -> "StakePlan":
    from miner_agent.profit.venture import StakePlan
    from miner_agent.tables.stake_table import load_stakes

    if coin is None and price_growth is not None:
        raise click.UsageError("--stake-growth is of another coin than the mined one; name it with --stake")
    if low is not None and high is not None and low > high:
        raise click.UsageError("--stake-low is above --stake-high; swap them")
    source = "as said"
    if coin is not None and low is None and high is None:
        dated, known = load_stakes()
        if coin not in known:
            raise click.UsageError(
                f"what {coin[:24]} yields is not known, as {', '.join(known)} are; say it with --stake-low and "
                "--stake-high"
            )
        low, high = known[coin].yield_low_ratio_per_year, known[coin].yield_high_ratio_per_year
        source = f"as it was usually said to be on {dated}"
    return StakePlan(
        coin=coin,
        yield_low_ratio_per_year=low or 0,
        yield_high_ratio_per_year=max(low or 0, high or 0),
        price_growth_ratio_per_month=price_growth or 0,
        source=source,
    )
