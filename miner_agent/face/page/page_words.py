"""How pages say things: figures for people, moments by the clock of the site, text from outside made harmless."""

from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from urllib.parse import quote

from markupsafe import Markup, escape

from calculators.told_figures import counted, digits, percent_told, to_the_cent
from miner_agent.model.told_quantities import told_duration, told_quantity
from miner_agent.text import clean_text
from miner_agent.views.figures import Figure, MoneyAmount, MoneyFigure

LONGEST = 400  # letters of one text
_SENSORS = {"core": "Core", "memory": "Memory", "hotspot": "Hot spot", "vrm": "VRM", "board": "Board", "chip": "Chip"}


def harmless(value: object) -> object:
    """What a template puts out: text on one line, without what browsers do not show; markup of ours stays as it is."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return clean_text(value, length=LONGEST)
    return value


def told(figure: Figure) -> str:
    """A figure as people read it; why there is none."""
    if figure.value is None:
        return figure.reason or ""
    return told_quantity(figure.value, figure.unit)


def parted(figure: Figure) -> tuple[str, str]:
    """The number and its unit apart, for those that are written large."""
    number, _, unit = told(figure).rpartition(" ")
    return (number, unit) if number and not unit[:1].isdigit() else (told(figure), "")


def money(figure: MoneyFigure) -> str:
    """An amount with its currency; why there is none."""
    if figure.value is None:
        return figure.reason or ""
    return f"{digits(Decimal(figure.value.amount))} {figure.value.currency}"


def booked(figure: MoneyFigure) -> str:
    """The same of the books, to its cent: its lines can be added up."""
    if figure.value is None:
        return figure.reason or ""
    return f"{to_the_cent(Decimal(figure.value.amount))} {figure.value.currency}"


def sum_of(amount: MoneyAmount) -> str:
    """An amount of the books, to its cent."""
    return f"{Decimal(amount.amount):,f} {amount.currency}"


def parted_money(figure: MoneyFigure) -> tuple[str, str]:
    """The amount with its sign, and its currency apart."""
    number, _, currency = signed_money(figure).rpartition(" ")
    return number, currency


def signed_money(figure: MoneyFigure) -> str:
    """The same with its sign, for what may be either."""
    if figure.value is None:
        return figure.reason or ""
    sign = "+" if Decimal(figure.value.amount) > 0 else ""
    return sign + money(figure)


def worded(text: str) -> Markup:
    """A sentence whose `commands` stand out.

    >>> worded("try `a <b>`, then < that")
    Markup('try <code>a &lt;b&gt;</code>, then &lt; that')
    """
    pieces = escape(clean_text(text, length=LONGEST)).split("`")
    return Markup("").join(Markup("<code>{}</code>").format(one) if at % 2 else one for at, one in enumerate(pieces))


def is_loss(figure: MoneyFigure) -> bool:
    """Whether it is known, and below zero."""
    return figure.value is not None and Decimal(figure.value.amount) < 0


def room(figure: Figure) -> str:
    """How far from its limit something is, in words.

    >>> [room(Figure(value=value, unit="celsius")) for value in (24.0, 0.2, -3.0)]
    ['24 K below limit', 'at its limit', '3 K over limit']
    """
    if figure.value is None:
        return "no limit known"
    whole = round(figure.value)
    if whole == 0:
        return "at its limit"
    return f"{whole} K below limit" if whole > 0 else f"{-whole} K over limit"


def clock(moment: datetime, zone: tzinfo) -> str:
    """The time of day there."""
    return moment.astimezone(zone).strftime("%H:%M")


def day_and_clock(moment: datetime, zone: tzinfo) -> str:
    """Day and time there, as ISO 8601 writes them."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def age(taken_at: datetime | None, now: datetime) -> str:
    """How old something is as of a tick."""
    if taken_at is None:
        return ""
    passed = now - taken_at
    return "just now" if passed < timedelta(seconds=1) else f"{told_duration(passed)} ago"


def by_whom(figure: Figure | MoneyFigure, now: datetime) -> str:
    """Who says it, and how old it is: what stands below every figure."""
    said = ", ".join(part for part in (figure.source or "", age(figure.taken_at, now)) if part)
    return f"{said}; nothing newer is known" if figure.stale and said else said


def in_address(text: str) -> str:
    """A part of an address of a page."""
    return quote(text)


def sensor_name(sensor: str) -> str:
    """What a sensor is called above its column."""
    return _SENSORS.get(sensor, sensor.capitalize())


def quantity(value: float | None, unit: str) -> str:
    """A value without a source of its own; a dash for none."""
    return "–" if value is None else told_quantity(value, unit)


def percent(ratio: float | None) -> str:
    """A part of a whole; nothing of what is not known."""
    return "" if ratio is None else percent_told(ratio)


_WORDS = (
    age, booked, by_whom, clock, counted, day_and_clock, in_address, is_loss, money, parted, parted_money, percent,
    quantity, room, sensor_name, signed_money, sum_of, told, worded,
)  # fmt: skip
WORDS = {one.__name__: one for one in _WORDS}
"""By the names that templates know."""
