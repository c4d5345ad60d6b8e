"""Options of the commands that compute profit, and their values as people write them.

They reach a command as one value: ``said``.
"""

import functools
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from miner_agent.cli.support.options import FILE, Command, config_option

if TYPE_CHECKING:
    from decimal import Decimal

    from calculators.chain.pools import SchemeName
    from calculators.electricity.power import Certificate, Line
    from miner_agent.economy.overrides import GivenSupply, Overrides

# What they are stands in calculators; here are their names, so that a help loads none of it.
POOL_SCHEMES: "tuple[SchemeName, ...]" = ("pps", "fpps", "pps+", "pplns", "prop", "solo")
CERTIFICATES: "tuple[Certificate, ...]" = ("white", "bronze", "silver", "gold", "platinum", "titanium")
DIFFICULTY_SOURCES = ("node", "whattomine", "hashrate_no", "minerstat")  # whose unit a difficulty is in
LINES: "tuple[Line, ...]" = ("115v", "230v-eu", "230v-redundant")

_PSU = re.compile(rf"(none|{'|'.join(CERTIFICATES)})(?::(\d{{1,7}}(?:\.\d{{1,3}})?))?", re.ASCII)


def amount(text: str) -> "Decimal":
    """A decimal number, exact."""
    from calculators.written_numbers import numeral
    from miner_agent.config.key_types import Amount
    from miner_agent.config.words import Unfit

    _read(numeral, text)
    try:
        return Amount.of(text)
    except Unfit:
        raise click.BadParameter(f"{text[:40]!r} is beyond every amount of money, such as 0.1626") from None


def cost(text: str) -> "Decimal":
    """A decimal number that is not below zero, exact."""
    number = amount(text)
    if number < 0:
        raise click.BadParameter(f"{text[:40]!r} is below zero; write 0 or more")
    return number


def tax(text: str) -> "Decimal":
    """A tax as part of the price without it: 0.19 or 19%."""
    from calculators.written_numbers import small_share

    return _read(small_share, text)


def ratio(text: str) -> float:
    """A share of something: 0.95 or 95%."""
    from calculators.written_numbers import share

    return float(_read(share, text))


def uptime(text: str) -> float:
    """A share of the day that is more than none: 0.95 or 95%."""
    number = ratio(text)
    if not number:
        raise click.BadParameter("what never mines has no profit to compute; write more than 0%, such as 95%")
    return number


def fee(text: str) -> float:
    """A share of which only a little is usual: 0.02 or 2%."""
    from calculators.written_numbers import small_share

    return float(_read(small_share, text))


def growth(text: str) -> float:
    """A share by which something grows, or falls: 3%, -0.02."""
    from calculators.written_numbers import small_growth

    return float(_read(small_growth, text))


def watts(text: str) -> float:
    """A power of 0 W or more: 1500, 1500W, 1.5 kW."""
    from calculators.written_numbers import quantity

    number = float(_read(functools.partial(quantity, units=("W",)), text))
    if not 0 <= number <= 1e9:
        raise click.BadParameter(f"{text[:40]!r} is no power in watts")
    return number


def psu(text: str) -> "GivenSupply":
    """An 80 PLUS class, with the rated power of all supplies together where it is known: gold, gold:2400, none."""
    found = _PSU.fullmatch(text.strip().lower())
    if found is None or (found[2] is not None and float(found[2]) == 0):
        raise click.BadParameter(
            f"{text[:40]!r} is no power supply; write gold, gold:2400 (rated watts), or none where the watts are at "
            f"the wall already; classes: {', '.join(CERTIFICATES)}"
        )
    from miner_agent.economy.overrides import GivenSupply

    certificate = next((known for known in CERTIFICATES if known == found[1]), None)
    return GivenSupply(certificate=certificate, rated_watts=float(found[2]) if found[2] else None)


def ticker(text: str) -> str:
    """A coin's ticker as it was typed, in capitals."""
    return text.strip().upper()


def currency(text: str) -> str:
    """The code of a currency."""
    from calculators.money import CURRENCY

    code = text.strip().upper()
    if not CURRENCY.fullmatch(code):
        raise click.BadParameter(f"{text[:40]!r} is not a currency; write its code, such as EUR")
    return code


def _read(read: "Callable[[str], Decimal]", text: str) -> "Decimal":
    """A number as it is written, or the sentence about it."""
    from calculators.written_numbers import NotWritten

    try:
        return read(text)
    except NotWritten as error:
        raise click.BadParameter(str(error)) from None


_SITE = (
    click.option("--hardware", help='The rig, such as "6x rtx3080, 1x ryzen-5950x"; without it: as it is measured.'),
    click.option(
        "--hashrate", "hashrates", multiple=True, metavar="ALGORITHM=RATE", help="Own figure, such as kawpow=140M."
    ),
    click.option(
        "--watts", type=watts, metavar="WATTS", help="Power at the wall, whatever it mines; nothing is added to it."
    ),
    click.option("--kwh-price", type=amount, metavar="NUMBER", help="Price of a kilowatt-hour, with taxes and fees."),
    click.option("--currency", type=currency, metavar="CODE", help="Of all money, such as EUR."),
    click.option(
        "--catalog", "catalog_file", type=FILE, metavar="FILE", help="TOML with coins and hardware of your own."
    ),
    click.option("--coin", "only", type=ticker, multiple=True, metavar="TICKER", help="Only this coin; repeatable."),
    click.option("--separate", is_flag=True, help="Do not sum up chains that are mined together."),
    click.option("--pool-scheme", type=click.Choice(POOL_SCHEMES)),
    click.option("--pool-fee", "pool_fee_ratio", type=fee, metavar="RATIO", help="The pool's part, 0.01 without it."),
    click.option(
        "--dev-fee", "dev_fee_ratio", type=fee, metavar="RATIO", help="The mining program's part of the time."
    ),
    click.option("--stale", "stale_ratio", type=fee, metavar="RATIO", help="Shares that come too late."),
    click.option("--uptime", "uptime_ratio", type=uptime, metavar="RATIO", help="Share of the day in which it mines."),
    click.option(
        "--exchange-fee",
        "exchange_fee_ratio",
        type=fee,
        metavar="RATIO",
        help="What selling costs, the spread in it.",
    ),
    click.option(
        "--fixed-per-day",
        "fixed_cost_per_day",
        type=amount,
        metavar="NUMBER",
        help="Rent and the like, paid in any case.",
    ),
    click.option("--psu", type=psu, metavar="CLASS[:WATTS]", help="80 PLUS class: gold, gold:2400, none."),
    click.option("--psu-line", type=click.Choice(LINES)),
    click.option(
        "--host-watts", type=watts, metavar="WATTS", help="What the rest of the rig draws all day, at the wall."
    ),
)
_MARKET = (
    click.option(
        "--tariff", "tariff_file", type=FILE, metavar="FILE", help="File with price slots, or with [tariff] in TOML."
    ),
    click.option(
        "--grid-fee",
        type=amount,
        metavar="NUMBER",
        help="Fees and taxes per kilowatt-hour on top of the prices of --tariff.",
    ),
    click.option("--vat", "vat_ratio", type=tax, metavar="NUMBER", help="Tax on the sum of both, such as 0.19."),
    click.option(
        "--market",
        "market_files",
        type=FILE,
        multiple=True,
        metavar="FILE",
        help="Saved answer of a source; repeatable.",
    ),
)
_RATES = click.option(
    "--rates",
    "rates_files",
    type=FILE,
    multiple=True,
    metavar="FILE",
    help="Rates of exchange: ECB's daily form or its history, CSV.",
)


def site_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What tells the rig, and how it is run and paid. The command gets it as ``said``, beside ``config_path``."""
    return _with_said(command, (*_SITE, _RATES))


def profit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same, with the tariff and the market: everything that a profit is computed from."""
    return _with_said(command, (*_SITE, *_MARKET, _RATES))


def _with_said(command: Callable[..., Any], options: Sequence[Callable[[Command], Command]]) -> Callable[..., Any]:
    """The command with these options, of which it gets one value that stands in the place of the configuration."""

    @functools.wraps(command)
    def told(**given: Any) -> Any:
        return command(said=_said(given), **given)

    whole: Callable[..., Any] = told
    for option in reversed(options):
        whole = option(whole)
    return config_option(whole)


def _said(given: dict[str, Any]) -> "Overrides":
    """Takes what stands in the place of the configuration from among a command's keywords."""
    from dataclasses import fields

    from miner_agent.economy.overrides import Overrides

    return Overrides(**{field.name: given.pop(field.name) for field in fields(Overrides) if field.name in given})
