"""Figures as people read them: few digits, no exponent, words for what is beyond sense. ``plain`` is for programs."""

from decimal import Decimal

from calculators.units import DAYS_PER_YEAR, PERCENT_PER_UNIT

LARGE = 1000
GROUPED_FROM = 10_000
SMALL_WATTS = 10
MOST_TOLD = Decimal("1e15")
"""More than all the money and coins that there are."""
LEAST_TOLD = Decimal("1e-12")
MOST_PERCENT = 100_000
LEAST_PERCENT = 0.001
DAYS_TOLD_IN_YEARS = 3653
YEARS_TOLD = 1000
JUST_ABOVE, JUST_BELOW = "just above 0", "just below 0"


def digits(amount: Decimal) -> str:
    """Money for people: cents, or four digits where it is less than one.

    Args:
        amount: of any currency. [currency]

    >>> digits(Decimal("12.3456")), digits(Decimal("0.0102345")), digits(Decimal("-5")), digits(Decimal("1234.5"))
    ('12.35', '0.01023', '-5.00', '1,234')
    >>> digits(Decimal("1e29")), digits(Decimal("-1e-20"))
    ('over 999,999,999,999,999', 'just below 0')
    """
    if beyond := _beyond(amount):
        return beyond
    if abs(amount) >= LARGE:
        return f"{amount:,.0f}"
    if abs(amount) >= 1:
        return f"{amount:.2f}"
    return plain(Decimal(f"{amount:.4g}"))


def to_the_cent(amount: Decimal) -> str:
    """Money of a bill: the same, and cents whatever it comes to, so that its lines can be added up.

    Args:
        amount: of any currency. [currency]

    >>> to_the_cent(Decimal("1234.5")), to_the_cent(Decimal("0.0102345")), to_the_cent(Decimal("1e29"))
    ('1,234.50', '0.01023', 'over 999,999,999,999,999')
    """
    return f"{amount:,.2f}" if LARGE <= abs(amount) < MOST_TOLD else digits(amount)


def significant(value: float, *, count: int = 6, grouped: bool = True) -> str:
    """A number with a few digits.

    Args:
        value: in any unit. [of any unit]
        count: of its digits. [1]

    >>> significant(1e14), significant(11734.64), significant(2.5e-7), significant(9.0e40)
    ('100,000,000,000,000', '11,734.6', '0.00000025', 'over 999,999,999,999,999')
    """
    rounded = Decimal(f"{value:.{count}g}")
    return _beyond(rounded) or _short(rounded, grouped=grouped)


def percent_told(ratio: float, *, count: int = 3) -> str:
    """A share or a change in percent; all is said of what is all alone.

    Args:
        ratio: the share. [1]
        count: of its digits. [1]

    >>> [percent_told(ratio) for ratio in (0.0538, 3e-151, 0.99999, 1)]
    ['5.38 %', 'under 0.001 %', 'over 99.9 %', '100 %']
    >>> [percent_told(ratio) for ratio in (147.2, 4e6, -1, 0)]
    ['14,720 %', 'more than 1,000 times', '-100 %', '0 %']
    """
    told = PERCENT_PER_UNIT * ratio
    if abs(told) >= MOST_PERCENT:
        return f"{'minus ' if told < 0 else ''}more than {MOST_PERCENT // PERCENT_PER_UNIT:,} times"
    if told and abs(told) < LEAST_PERCENT:
        return f"under {LEAST_PERCENT} %" if told > 0 else f"above -{LEAST_PERCENT} %"
    if abs(told) >= LARGE:
        return f"{told:,.0f} %"
    rounded = Decimal(f"{told:.{count}g}")
    if rounded == PERCENT_PER_UNIT and told < PERCENT_PER_UNIT and ratio < 1:
        return f"over {PERCENT_PER_UNIT - Decimal(10) ** (2 - count):f} %"
    return f"{_short(rounded)} %"


def changed(ratio: float) -> str:
    """A change in percent, with its sign.

    Args:
        ratio: by which part of today's. [1]

    >>> changed(0.03), changed(-0.02), changed(0)
    ('+3 %', '-2 %', '+0 %')
    """
    return f"{'+' if ratio >= 0 else ''}{percent_told(ratio)}"


def watts_told(power_watts: float) -> str:
    """A power, with a digit behind the point where it is a small one.

    Args:
        power_watts: of anything. [W]

    >>> watts_told(373.2), watts_told(0.1), watts_told(0)
    ('373 W', '0.1 W', '0 W')
    """
    if abs(power_watts) >= MOST_TOLD:
        return f"{significant(power_watts)} W"
    whole = power_watts >= SMALL_WATTS or power_watts == round(power_watts)
    return f"{_whole(round(power_watts))} W" if whole else f"{significant(power_watts, count=2)} W"


def counted(count: int, noun: str, nouns: str | None = None) -> str:
    """How many of what.

    Args:
        count: of them. [1]
        noun: what one of them is called.
        nouns: what several are called, where that is not the same with an s.

    >>> counted(1, "month"), counted(1095, "day"), counted(12_000, "device"), counted(2, "entry", "entries")
    ('1 month', '1095 days', '12,000 devices', '2 entries')
    """
    return f"{_whole(count)} {noun if count == 1 else nouns or f'{noun}s'}"


def days_told(days: float) -> str:
    """How long something takes, in days or years.

    Args:
        days: of it. [d]

    >>> days_told(2e-7), days_told(1.2), days_told(470.4), days_told(40_000), days_told(3e14)
    ('less than a day', '1 day', '470 days', '110 years', 'more than 1,000 years')
    """
    if days < 1:
        return "less than a day"
    if days <= DAYS_TOLD_IN_YEARS:
        return counted(round(days), "day")
    years = days / DAYS_PER_YEAR
    return f"{years:,.0f} years" if years <= YEARS_TOLD else f"more than {YEARS_TOLD:,} years"


def plain(number: Decimal | float) -> str:
    """Every digit that counts, without an exponent and without zeros that say nothing: for programs.

    Args:
        number: a finite one. [of any unit]

    >>> plain(Decimal("0.00000000")), plain(Decimal("1.4892443639296000")), plain(Decimal("1E-7")), plain(1e-07)
    ('0', '1.4892443639296', '0.0000001', '0.0000001')
    >>> plain(Decimal("1.50")), plain(108000000000000.0), plain(1e23)
    ('1.50', '108000000000000.0', '100000000000000000000000')
    """
    if isinstance(number, float):
        text = repr(number)
        return _short(Decimal(text)) if "e" in text else text
    if not number:
        return "0"
    return _short(number) if int(number.as_tuple().exponent) < -KEPT_ZEROS else f"{number:f}"


KEPT_ZEROS = 8
"""Decimals up to which zeros at the end are somebody's, as those of a price; more of them are of a computation."""


def _beyond(amount: Decimal) -> str | None:
    """Words for what is too large or too small to be told in digits; ``None``: it is neither."""
    if not amount:
        return "0"
    if abs(amount) >= MOST_TOLD:
        return f"over {MOST_TOLD - 1:,.0f}" if amount > 0 else f"below {1 - MOST_TOLD:,.0f}"
    if abs(amount) < LEAST_TOLD:
        return JUST_ABOVE if amount > 0 else JUST_BELOW
    return None


def _whole(number: int) -> str:
    """A whole number, in groups where there are several to read."""
    return f"{number:,}" if abs(number) >= GROUPED_FROM else f"{number}"


def _short(number: Decimal, *, grouped: bool = False) -> str:
    """Without zeros behind its last digit after the point. No digit is rounded, however many there are."""
    text = f"{number:,f}" if grouped else f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
