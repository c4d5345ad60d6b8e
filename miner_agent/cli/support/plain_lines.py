"""How answers are printed: on what, lines and figures in them."""

from rich.console import Console
from rich.text import Text

from miner_agent.cli.support.fitted_lines import fitted
from miner_agent.model.told_quantities import with_prefix

ABSENT = "–"
PLAIN_WIDTH = 500


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
    return ABSENT if ratio is None else f"{100 * ratio:.0f} %"
