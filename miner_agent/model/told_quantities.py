"""Quantities as people read them: kilo, mega, percent and minutes, in base units until here."""

from datetime import timedelta

from calculators.told_figures import percent_told, significant, watts_told
from calculators.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

PREFIXES = ("", "k", "M", "G", "T", "P", "E")
_SYMBOLS = {"celsius": "°C", "rpm": "rpm", "volts": "V", "count": ""}
_WITH_PREFIX = {"bytes": "B", "hashes_per_second": "H/s", "joules": "J", "hertz": "Hz"}
MOST_DIGITS = 15
"""Of what was counted: none is rounded."""
UNTOLD = frozenset({"", "state", "moment"})
"""Of these a number says nothing to anybody."""


def with_prefix(value: float, unit: str) -> str:
    """A number with three digits and a decimal prefix.

    >>> with_prefix(75_321_106, "H/s"), with_prefix(0, "H/s")
    ('75.3 MH/s', '0 H/s')
    """
    size, prefix = value, 0
    while abs(size) >= 999.5 and prefix < len(PREFIXES) - 1:
        size, prefix = size / 1000, prefix + 1
    return f"{size:.3g} {PREFIXES[prefix]}{unit}"


def told_quantity(value: float, unit: str) -> str:
    """A value in a base unit, as the name of a metric ends in it; nothing of a state or a moment.

    >>> told_quantity(93.4, "celsius"), told_quantity(0.125, "ratio"), told_quantity(5, "count")
    ('93 °C', '12.5 %', '5')
    >>> told_quantity(727_092, "count"), told_quantity(0.64, "count"), told_quantity(1189.56, "kWh")
    ('727,092', '0.64', '1,190 kWh')
    >>> told_quantity(7_530, "seconds"), told_quantity(1_250, "watts"), told_quantity(-3.456, "EUR per day")
    ('2 h 5 min', '1250 W', '-3.456 EUR per day')
    >>> told_quantity(17.5e-12, "joules_per_hash"), told_quantity(2.42e-6, "joules_per_hash")
    ('17.5 J/TH', '2.42 J/MH')
    """
    if unit in UNTOLD:
        return ""
    if unit == "ratio":
        return percent_told(value)
    if unit == "watts":
        return watts_told(value)
    if unit == "seconds":
        return told_duration(timedelta(seconds=value))
    if unit == "joules_per_hash":
        return _joules_per_hash(value)
    if unit in _WITH_PREFIX:
        return with_prefix(value, _WITH_PREFIX[unit])
    if unit == "count" and float(value).is_integer():
        return significant(value, count=MOST_DIGITS)
    figure = f"{value:.0f}" if unit in {"celsius", "rpm"} else significant(value, count=4)
    return f"{figure} {_SYMBOLS.get(unit, unit)}".rstrip()


def _joules_per_hash(value: float) -> str:
    """For as many hashes that it is at least one joule."""
    size, prefix = value, 0
    while abs(size) < 0.9995 and prefix < len(PREFIXES) - 1:
        size, prefix = size * 1000, prefix + 1
    return f"{size:.3g} J/{PREFIXES[prefix]}H"


def told_duration(duration: timedelta) -> str:
    """How long it is, to two units.

    >>> [told_duration(timedelta(seconds=each)) for each in (0.4, 59.4, 60, 3_600, 90_061)]
    ['0.4 s', '59 s', '1 min', '1 h', '1 d 1 h']
    """
    seconds = duration.total_seconds()
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    if seconds < SECONDS_PER_MINUTE:
        return f"{sign}{seconds:.0f} s" if seconds >= 1 else f"{sign}{seconds:.1g} s"
    parts, left = list[str](), round(seconds)
    for length, word in ((SECONDS_PER_DAY, "d"), (SECONDS_PER_HOUR, "h"), (SECONDS_PER_MINUTE, "min"), (1, "s")):
        whole, left = divmod(left, length)
        if parts and not whole:
            break
        if whole:
            parts.append(f"{whole} {word}")
        if len(parts) == 2:
            break
    return sign + " ".join(parts)
