"""Options of what a tax takes of mining, and how the hardware is written off."""

import functools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from miner_agent.cli.support.profit_options import ratio

if TYPE_CHECKING:
    from miner_agent.profit.venture_tax import TaxPlan

_METHOD = re.compile(r"(macrs|none)|straight-line(?::(\d{1,2}))?", re.ASCII)


def tax_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--tax`` and ``--depreciation``, which reach the command as ``tax_plan``."""

    @functools.wraps(command)
    def told(*, tax_ratio: float | None, depreciation: str | None, **given: Any) -> Any:
        return command(tax_plan=_plan(tax_ratio, depreciation), **given)

    with_method = click.option(
        "--depreciation",
        metavar="METHOD",
        help="With --tax: straight-line:3 (years; without it), macrs (United States), none.",
    )(told)
    return click.option(
        "--tax", "tax_ratio", type=ratio, metavar="RATIO", help="On the last unit of profit, such as 30%."
    )(with_method)


def _plan(tax_ratio: float | None, depreciation: str | None) -> "TaxPlan | None":
    if tax_ratio is None:
        if depreciation is not None:
            raise click.UsageError("--depreciation lowers a tax; say with --tax how much that is")
        return None
    from calculators.money import decimal_of
    from miner_agent.profit.venture_tax import MOST_YEARS, SMALLEST_YEARS, TaxPlan

    if depreciation is None:
        return TaxPlan(tax_ratio=decimal_of(tax_ratio))
    found = _METHOD.fullmatch(depreciation.strip().lower())
    years = int(found[2]) if found is not None and found[2] else TaxPlan(tax_ratio=decimal_of(0)).years
    if found is None or not SMALLEST_YEARS <= years <= MOST_YEARS:
        raise click.BadParameter(
            f"{depreciation[:40]!r} is no way to write hardware off; write straight-line:3 (1 to {MOST_YEARS} years), "
            "macrs or none",
            param_hint="--depreciation",
        )
    if found[1] == "macrs":
        return TaxPlan(tax_ratio=decimal_of(tax_ratio), method="macrs")
    if found[1] == "none":
        return TaxPlan(tax_ratio=decimal_of(tax_ratio), method="none")
    return TaxPlan(tax_ratio=decimal_of(tax_ratio), years=years)
