"""Numbers as people write them: each is read in one way, or refused with a sentence that says what to write.

Digits with a point: where a comma may be one of thousands or of tenths, nobody is guessed at.
"""

import re
from collections.abc import Collection, Iterator
from decimal import Decimal

from calculators.units import HASHRATE_PREFIX

HASHRATE_UNITS = ("H/s", "Sol/s")
LONGEST = 40
MOST = Decimal("1e30")
DOUBTED_FROM = Decimal("0.25")
"""A small share that is this or more as a bare number is rather meant in percent: no fee is a quarter."""
_NUMERAL = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_CHANGE = re.compile(r"[+-][^%]*%")
_SEPARATORS = ((",", "."), (".", ","), ("'", "."), (" ", "."), ("_", "."))
"""Between thousands, and before tenths, as they are used somewhere."""


class NotWritten(ValueError):
    """Text that is no number of ours.

    ``flaw`` is the sentence without the text that it begins with, ``guessed`` whether it tells what may be meant.
    """

    def __init__(self, text: str, flaw: str, *, guessed: bool = False) -> None:
        super().__init__(f"{text[:LONGEST]!r}{flaw}")
        self.flaw, self.guessed = flaw, guessed


def numeral(text: str) -> Decimal:
    """A plain number, exact: ``0.1626``, ``-1e3``. [of any unit]

    Raises:
        NotWritten: it is none, too large or too small, or has a comma.

    >>> numeral(" 0.1626 ")
    Decimal('0.1626')
    >>> numeral("1,200")
    Traceback (most recent call last):
    calculators.written_numbers.NotWritten: '1,200' is 1200 or 1.200? Write the one that is meant, without a comma
    """
    told = text.strip()
    if len(told) <= LONGEST and _NUMERAL.fullmatch(told):
        number = Decimal(told)
        if not number or 1 / MOST <= abs(number) <= MOST:
            return number
        raise NotWritten(text, f" is beyond every figure, which are from {1 / MOST:.0E} to {MOST:.0E}")
    if told.endswith("%") and _NUMERAL.fullmatch(told[:-1].strip()):
        raise NotWritten(text, " is a share of something; write a number, such as 0.1626")
    if meant := " or ".join(dict.fromkeys(_readings(told[:LONGEST]))):
        wanted = "the one that is meant" if " or " in meant else "it so"
        raise NotWritten(text, f" is {meant}? Write {wanted}, without a comma", guessed=True)
    raise NotWritten(text, " is not a number, such as 0.1626")


def quantity(text: str, *, units: Collection[str] = ()) -> Decimal:
    """A number with a decimal prefix and its unit, or without: ``1500W``, ``1.5 kW``, ``2.2G``.

    Args:
        text: as a person writes it.
        units: that may stand behind it, in any case of letters. ``m`` is no prefix: 1 mH/s is no hashrate.

    Raises:
        NotWritten: it is none.

    >>> quantity("1.5 kW", units=["W"]), quantity("2.2G"), quantity("140 MH/s", units=["H/s"])
    (Decimal('1500.0'), Decimal('2200000000.0'), Decimal('140000000'))
    """
    told = text.strip()
    for unit in sorted(units, key=len, reverse=True):
        if told.lower().endswith(unit.lower()):
            told = told[: -len(unit)].rstrip()
            break
    prefix = told[-1:] if told[-1:] in HASHRATE_PREFIX else ""
    try:
        return numeral(told.removesuffix(prefix)) * Decimal(int(HASHRATE_PREFIX[prefix]))
    except NotWritten as error:
        unit = next(iter(units), "")
        flaw = "has a comma; write digits with a point" if error.guessed else "is no number with its unit"
        raise NotWritten(text, f" {flaw}, such as 1500{unit} or 1.5k{unit}", guessed=error.guessed) from None


def factor(text: str) -> Decimal:
    """A number or a percentage: ``1.3``, ``130%``.

    Raises:
        NotWritten: it is neither.

    >>> factor("130%")
    Decimal('1.3')
    """
    told = text.strip()
    return numeral(told.removesuffix("%")) / (100 if told.endswith("%") else 1)


def share(text: str) -> Decimal:
    """A part of a whole: ``0.95``, ``95%``.

    Raises:
        NotWritten: it is none from 0 to 1.

    >>> share("95%"), share("0.95")
    (Decimal('0.95'), Decimal('0.95'))
    """
    number = factor(text)
    if not 0 <= number <= 1:
        bare = not text.strip().endswith("%")
        meant = _in_percent(number) if bare and 0 < number <= 100 else "one between 0% and 100%"
        raise NotWritten(text, f" is no share from 0 to 1; write {meant}")
    return number


def small_share(text: str) -> Decimal:
    """A part of which only a little is usual, such as a fee: ``0.02``, ``2%``. A quarter and more wants a percent sign.

    Raises:
        NotWritten: it is none from 0 to below 1, or a bare number that can only be meant in percent.

    >>> small_share("1%")
    Decimal('0.01')
    >>> small_share("1")
    Traceback (most recent call last):
    calculators.written_numbers.NotWritten: '1' is 100 %; write 1% or 0.01
    """
    number = share(text)
    bare = not text.strip().endswith("%")
    if bare and number >= DOUBTED_FROM:
        raise NotWritten(text, f" is {(100 * number).normalize():f} %; write {_in_percent(number)}")
    if number == 1:
        raise NotWritten(text, " leaves nothing; write less than 100%")
    return number


def small_growth(text: str) -> Decimal:
    """What something grows by in a month: ``3%``, ``-0.02``. A quarter and more wants a percent sign. [1]

    Raises:
        NotWritten: it is none above -1, or a bare number that can only be meant in percent.

    >>> small_growth("3%"), small_growth("-0.02")
    (Decimal('0.03'), Decimal('-0.02'))
    """
    number = factor(text)
    if DOUBTED_FROM <= abs(number) <= 100 and not text.strip().endswith("%"):
        raise NotWritten(text, f" is {(100 * number).normalize():+f} %; write {_in_percent(number)}")
    if not -1 < number <= 10:
        raise NotWritten(text, " is no growth above -100 %; write more than -100%, at most 1000%")
    return number


def change(text: str) -> Decimal | None:
    """By which share of today's something is to change: ``+20%``, ``-30%``. ``None``: it is not written so. [1]

    Raises:
        NotWritten: it is not above -100 %.

    >>> change("+20%"), change("-30%"), change("20%"), change("0.2")
    (Decimal('0.2'), Decimal('-0.3'), None, None)
    """
    told = text.strip()
    if not _CHANGE.fullmatch(told):
        return None
    number = factor(told)
    if number < -1:
        raise NotWritten(text, " takes away more than there is; write -100% at most")
    return number


def _in_percent(number: Decimal) -> str:
    """What may be meant by a number without a percent sign."""
    return f"{number.normalize():f}% or {(number / 100).normalize():f}"


def _readings(text: str) -> Iterator[str]:
    """What digits with separators may mean."""
    for between, point in _SEPARATORS:
        one = re.escape(between), re.escape(point)
        grouped = re.fullmatch(rf"([+-]?[1-9]\d{{0,2}}(?:{one[0]}\d{{3}})+)(?:{one[1]}(\d+))?", text, re.ASCII)
        plain = re.fullmatch(rf"([+-]?\d+){one[1]}(\d+)", text, re.ASCII)
        if found := grouped or plain:
            yield found[1].replace(between, "") + (f".{found[2]}" if found[2] else "")
