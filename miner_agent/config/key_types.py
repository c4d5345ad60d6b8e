"""What a key can take: how its text is read, what it must be, and how the sentence about anything else ends."""

import ipaddress
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

import msgspec
from msgspec import Meta, Struct

from calculators.chain.coin import TICKER
from calculators.money import CURRENCY
from calculators.written_numbers import DOUBTED_FROM, NotWritten, numeral
from miner_agent.config.named_files import Beside, SecretFile, whole_path
from miner_agent.config.words import Unfit
from miner_agent.text import clean_text, marked_account, pool_address, worker_name

FINGERPRINT = re.compile(r"[0-9A-Fa-f]{2}(?::?[0-9A-Fa-f]{2}){31}")
SPELLED = "spelled"  # beside a type of text: in how many ways people write it is brought to one
WRITE = "write"  # beside a pattern: the end of the sentence about text that is not of it
DayName = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
SHORTEST_DAY = 2  # letters
LOCAL_HOSTS = frozenset({"localhost"})  # by name only; whoever binds looks at what it stands for
_LARGEST_AMOUNT = Decimal("1e15")
_LISTEN = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^:\[\]]+)):(\d{1,5})", re.ASCII)
_HOST_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62}){0,8}")
_SOURCE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
_WITHOUT_USER = re.compile(r"[^@\x00-\x1f\x7f]{1,4096}")
_WITHOUT_QUERY = re.compile(r"[^@?#\x00-\x1f\x7f]{1,4096}")
RUNBOOK_BASE = re.compile(r"https?://[A-Za-z0-9._~:/%!$&()*+,;=\[\]-]{1,2048}")
"""What stands in a link: nothing that a template of Prometheus would read."""
RUNBOOK_EXAMPLE = "where your runbooks are to be read, such as https://wiki.example/runbooks"
_NO_FINGERPRINT = re.compile(r"(?!#[0-9a-f]{12}\Z)[^\x00-\x1f\x7f]{1,4096}")
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_MONTH_DAY = re.compile(r"[0-9]{2}-[0-9]{2}")


class Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file. A field is a key: its type says how it is read and checked."""

    asides: ClassVar[frozenset[str]] = frozenset()
    """Fields that are no keys."""


class Entry(Table, frozen=True, kw_only=True):
    """One of a list of tables that add up over files. ``place`` says where in which file it stands."""

    asides: ClassVar[frozenset[str]] = frozenset({"place"})

    place: str


def exactly(pattern: re.Pattern[str], write: str, *, spelled: Callable[[str], str] | None = None) -> Meta:
    """Text that is nothing but ``pattern``, once it is ``spelled``.

    ``write`` is the end of the sentence about one that is not.
    """
    return Meta(pattern=rf"^(?:{pattern.pattern})\Z", extra={WRITE: write, SPELLED: spelled})


def in_capitals(text: str) -> str:
    """A code as it was typed, as it is written."""
    return text.strip().upper()


def day_of_week(text: str) -> str:
    """A day as people shorten it, in our spelling; what is none stays as it is.

    >>> day_of_week("Mon"), day_of_week("SATURDAY"), day_of_week("m")
    ('monday', 'saturday', 'm')
    """
    told = text.strip().lower().removesuffix(".")
    return next((day for day in get_args(DayName) if len(told) >= SHORTEST_DAY and day.startswith(told)), text)


def plain_fingerprint(told: str | None) -> str | None:
    """The SHA-256 of a certificate as hashes are written; people copy it with colons and in capitals."""
    return None if told is None else told.replace(":", "").lower()


Text = Annotated[str, Meta(min_length=1, max_length=4096)]
Address = Annotated[
    str, exactly(_WITHOUT_USER, "it takes no user and no password; write HOST:PORT, and the password into a token_file")
]
BaseUrl = Annotated[
    str,
    exactly(
        _WITHOUT_QUERY, "it takes no user, password or question; write the key into a file and name it in key_file"
    ),
]
RunbookBase = Annotated[str, exactly(RUNBOOK_BASE, f"write {RUNBOOK_EXAMPLE}")]
PoolAddress = Annotated[
    str,
    Meta(
        min_length=1,
        extra={SPELLED: lambda text: pool_address(text) or "", WRITE: 'write "stratum+tcp://HOST:PORT"'},
    ),
]
Account = Annotated[
    str, Meta(min_length=1, extra={SPELLED: marked_account, WRITE: "write the account or its fingerprint"})
]
AskedAccount = Annotated[str, exactly(_NO_FINGERPRINT, "no pool is asked by a fingerprint; write the account itself")]
Worker = Annotated[
    str,
    Meta(
        min_length=1,
        extra={SPELLED: lambda text: worker_name(text) or "", WRITE: "write its name; the account goes into account"},
    ),
]
SourceName = Annotated[str, exactly(_SOURCE_NAME, "use up to 64 letters, digits, dots, dashes and underscores")]
RigName = Annotated[
    str, Meta(min_length=1, extra={SPELLED: clean_text, WRITE: "write what the rig is called"})
]  # as agent.rig is shown, which may be any text
HostName = Annotated[str, exactly(_HOST_NAME, "write a name as rig.example, without a port")]
Fingerprint = Annotated[str, exactly(FINGERPRINT, "write the SHA-256 of the certificate, 64 digits from 0 to f")]
Ticker = Annotated[str, exactly(TICKER, "write it as RVN", spelled=in_capitals)]
Currency = Annotated[str, exactly(CURRENCY, "write its code, such as EUR", spelled=in_capitals)]
Day = Annotated[DayName, Meta(extra={SPELLED: day_of_week})]
ClockTime = Annotated[str, exactly(_CLOCK, 'write a time of day, such as "06:00"')]
MonthDay = Annotated[str, exactly(_MONTH_DAY, 'write month and day, such as "10-01"')]
Seconds = Annotated[float, Meta(ge=1, le=3600)]
Days = Annotated[float, Meta(ge=0, le=3650)]
GraceSeconds = Annotated[float, Meta(ge=0, le=900)]
Ratio = Annotated[float, Meta(ge=0, le=1)]
SmallRatio = Annotated[float, Meta(ge=0, lt=float(DOUBTED_FROM), extra={WRITE: "write 0.01 for 1 %"})]
Watts = Annotated[float, Meta(ge=0, le=1e9)]


class Amount(Decimal):
    """An exact number that stands as text, so that no digit of money is lost."""

    __slots__ = ()

    @classmethod
    def of(cls, text: str) -> Self:
        """Raises Unfit: it is no number, or no sensible one."""
        try:
            number = cls(numeral(text))
        except NotWritten as error:
            if error.guessed:
                raise Unfit(error.flaw) from None
            number = cls("Infinity")
        if abs(number) > _LARGEST_AMOUNT:
            raise Unfit(' is not possible; write a number as text, such as "0.1626"')
        return number


class Cost(Amount):
    """An amount that is not below zero."""

    __slots__ = ()

    @classmethod
    def of(cls, text: str) -> Self:
        number = super().of(text)
        if number < 0:
            raise Unfit(" is below zero; write 0 or more")
        return number


class TaxRatio(Amount):
    """A tax as part of the price without it."""

    __slots__ = ()

    @classmethod
    def of(cls, text: str) -> Self:
        number = super().of(text)
        if not 0 <= number < 1:
            raise Unfit(' is not possible; "0.19" is 19 %')
        return number


class ListenAddress(str):
    """``HOST:PORT``; an IPv6 address stands in brackets."""

    __slots__ = ()

    @property
    def host(self) -> str:
        return self.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.rpartition(":")[2])

    @property
    def is_loopback(self) -> bool:
        """Whether nobody but this machine reaches it."""
        return _is_loopback(self.host)

    @classmethod
    def of(cls, text: str) -> Self:
        """Raises Unfit: it is no address."""
        found = _LISTEN.fullmatch(text)
        if found is None or int(found[3]) > 65535:
            raise Unfit(' is not possible; write "127.0.0.1:9877"')
        return cls(text)


class NetworkAddress(str):
    """An address, or a network as ``10.0.0.0/8``."""

    __slots__ = ()

    @classmethod
    def of(cls, text: str) -> Self:
        """Raises Unfit: it is none."""
        try:
            return cls(ipaddress.ip_network(text))
        except ValueError:
            raise Unfit(' is no address or network; write "10.0.0.7" or "10.0.0.0/8"') from None


def reader(beside: Beside) -> Callable[[type[Any], object], object]:
    """What msgspec asks about the types that it does not know: all of them stand as text."""

    def read(kind: type[Any], told: object) -> object:
        try:
            text = msgspec.convert(told, str)
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from None
        if kind is Path:
            return whole_path(text, beside.folder)
        return SecretFile.named(text, beside) if kind is SecretFile else kind.of(text)

    return read


def _is_loopback(host: str) -> bool:
    if host in LOCAL_HOSTS:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
