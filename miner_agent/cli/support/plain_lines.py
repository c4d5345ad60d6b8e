"""How answers are printed: on what, lines and figures in them."""

from decimal import Decimal

from rich.console import Console
from rich.text import Text

from calculators.told_figures import LARGE, percent_told, significant
from miner_agent.cli.support.fitted_lines import fitted
from miner_agent.model.told_quantities import with_prefix

ABSENT = "–"
PLAIN_WIDTH = 500
EDGE = 0.005


def plain_console() -> Console:
    """As wide as the terminal; where it is none, wide enough for the tables."""
    return Console(width=None if Console().is_terminal else PLAIN_WIDTH, highlight=False)


def print_line(out: Console, text: str, *, style: str = "") -> None:
    """A line of its own, however long: on a terminal it breaks between words, in a file it does not."""
    shown = fitted(text, out.width) if out.is_terminal else text
    out.print(Text(shown, style=style), soft_wrap=True)


def scaled(value: float | None, unit: str) -> str:
    """A number with three digits and a decimal prefix.

    >>> scaled(75_321_106, "H/s"), scaled(None, "H/s")
    ('75.3 MH/s', '–')
    """
    return ABSENT if value is None else with_prefix(value, unit)


def number(value: float | None, unit: str = "", *, digits: int = 0) -> str:
    return ABSENT if value is None else f"{value:.{digits}f}{unit}"


def percent(ratio: float | None) -> str:
    """In whole percent; a little of it is not nothing, and nearly all not all.

    >>> percent(0.42), percent(0), percent(0.00006), percent(0.9972), percent(None)
    ('42 %', '0 %', '0.006 %', '99.7 %', '–')
    """
    if ratio is None:
        return ABSENT
    is_edge = 0 < ratio < EDGE or 1 - EDGE <= ratio < 1
    return percent_told(ratio) if is_edge else f"{100 * ratio:.0f} %"


def kilowatt_hours(energy: Decimal | float | None, *, decimals: int = 3) -> str:
    """With four digits, but never less than whole ones; of less than one with so many behind the point.

    >>> kilowatt_hours(0.057412), kilowatt_hours(168.832), kilowatt_hours(11_893.31), kilowatt_hours(None)
    ('0.057 kWh', '168.8 kWh', '11,893 kWh', '–')
    """
    if energy is None:
        return ABSENT
    if energy < 1:
        return f"{energy:.{decimals}f} kWh"
    return f"{f'{energy:,.0f}' if energy >= LARGE else significant(float(energy), count=4)} kWh"
