"""Reads one event of a file into its struct, or says which of its keys is wrong and what should stand there."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from types import MappingProxyType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from calculators.books.exact import EXACT, LARGEST, MOST_PLACES, exact_product, plain
from calculators.nearest_words import suggestion
from miner_agent.model.book.events import KINDS, Event, ValuedEvent
from miner_agent.text import clean_text

_CENT, _ROUNDED_RATIO = Decimal("0.01"), Decimal("0.01")  # by which a value may differ from its price
LONGEST_TEXT = 2_000
LONGEST_NAME = 200  # of an id, a wallet, a coin and the like
SHORT = 30  # with fewer digits no amount is out of bounds
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DAY_CHARACTERS = 10
_LONG_TEXTS = {"note", "why", "terms"}
_ABOVE_ZERO = {"amount", "to_amount"}
_ANY_SIGN = {("energy", "value"), ("invoice", "value"), ("expense", "value")}  # a refund, a price below zero


class EventRefused(ValueError):
    """An event that cannot be booked. What it says goes on behind its place."""


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A number of a JSON file that is no text, as it stands there."""

    digits: str


def read_event(raw: Mapping[str, Any]) -> Event:
    """One event, checked.

    Raises:
        EventRefused: a key is missing, unknown, or has a value that it cannot have.
    """
    word = raw.get("kind")
    kind = KINDS.get(word) if isinstance(word, str) else None
    if kind is None:
        raise EventRefused(f"kind = {shown(word)} is not known; {suggestion(str(word), KINDS)}")
    keys = _keys(kind)
    values: dict[str, Any] = {}
    for name, value in raw.items():
        if name == "kind":
            continue
        key = keys.get(name)
        if key is None:
            raise EventRefused(f"key {shown(name)} is not one of {word}; {suggestion(name, keys)}")
        if value is None and key.may_be_null:
            if key.default is msgspec.NODEFAULT:
                values[key.field] = None
            continue
        try:
            values[key.field] = key.read(value)
        except EventRefused as refused:
            raise EventRefused(f"{name} = {shown(value)} {refused}") from None
    if len(values) < len(keys):
        for name, key in keys.items():
            if key.required and key.field not in values:
                raise EventRefused(f'key "{name}" is missing')
    return _checked(kind(**values))


def unlike_price(event: Event) -> str | None:
    """How the value of an event differs from its amount times its price by more than rounding; ``None``: it does not.

    Which of the two is meant nobody can know; the value is what counts.
    """
    if not isinstance(event, ValuedEvent) or event.value is None or event.price is None:
        return None
    priced = exact_product(event.price, event.amount)
    rounding = max(_CENT, exact_product(_ROUNDED_RATIO, max(priced, event.value)))
    if abs(priced - event.value) <= rounding:
        return None
    told = f"{plain(event.amount)} at price = {plain(event.price)} is {plain(priced)}"
    return f"value = {plain(event.value)}, but {told}"


def shown(value: object) -> str:
    """A value of a file, for a sentence about it."""
    match value:
        case None:
            text = "null"
        case bool():
            text = str(value).lower()
        case WrittenNumber():
            text = value.digits
        case str():
            text = f'"{clean_text(value, length=60)}"'
        case Mapping():
            text = "{…}"
        case list() | tuple():
            text = "[…]"
        case _:
            text = str(value)
    return text if len(text) <= 64 else text[:63] + "…"


@dataclass(frozen=True, slots=True)
class _Key:
    field: str
    read: Callable[[Any], Any]
    required: bool
    may_be_null: bool
    default: Any


@cache
def _keys(kind: type[Event]) -> Mapping[str, _Key]:
    word = str(kind.__struct_config__.tag)
    found = {}
    for field in msgspec.structs.fields(kind):
        inner, may_be_null = _without_none(field.type)
        found[field.encode_name] = _Key(
            field=field.name,
            read=_reader(word, field.encode_name, inner),
            required=field.required,
            may_be_null=may_be_null or not field.required,
            default=field.default,
        )
    return MappingProxyType(found)


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) in {Union, UnionType}:
        others = [one for one in get_args(annotation) if one is not type(None)]
        return others[0], True
    return annotation, False


def _reader(word: str, name: str, annotation: Any) -> Callable[[Any], Any]:
    if annotation is Decimal:
        return _amount_reader(above_zero=name in _ABOVE_ZERO, any_sign=(word, name) in _ANY_SIGN)
    if annotation is datetime:
        return read_time
    if annotation is date:
        return _day
    if annotation is str:
        longest = LONGEST_TEXT if name in _LONG_TEXTS else LONGEST_NAME
        return lambda value: _text(value, longest)
    if annotation is bool:
        return _flag
    if annotation is int:
        return _count
    if get_origin(annotation) is Literal:
        words = get_args(annotation)
        return lambda value: _word(value, words)
    if get_origin(annotation) is tuple:
        return _lots if name == "lots" else _names
    if isinstance(annotation, type) and issubclass(annotation, Event):
        return read_event
    return _object


def _amount_reader(*, above_zero: bool, any_sign: bool) -> Callable[[Any], Decimal]:
    def read(value: Any) -> Decimal:
        amount = read_amount(value)
        if above_zero and amount <= 0:
            raise EventRefused("is not above zero")
        if amount < 0 and not any_sign:
            raise EventRefused("is below zero")
        return amount

    return read


def read_amount(value: object) -> Decimal:
    """An exact number, from text.

    Raises:
        EventRefused: it is none, or one that no amount of coins or money is.
    """
    if isinstance(value, WrittenNumber):
        raise EventRefused(f'is no text; write it in quotes, so that no digit is lost: "{value.digits[:40]}"')
    if not isinstance(value, str) or not _NUMBER.fullmatch(value) or len(value) > 2 * MOST_PLACES + 40:
        raise EventRefused('is no number; write it as text with a point, such as "0.15"')
    try:
        amount = EXACT.create_decimal(value)
    except (InvalidOperation, ArithmeticError):
        raise EventRefused("has more digits than anything has") from None
    if len(value) < SHORT and "e" not in value and "E" not in value:
        return amount
    exponent = amount.as_tuple().exponent
    if abs(amount) >= LARGEST or (isinstance(exponent, int) and exponent < -MOST_PLACES):
        raise EventRefused(f"is no amount: it has to be below 1e30, with {MOST_PLACES} digits behind the point at most")
    return amount


def read_time(value: object) -> datetime:
    """A moment with its zone.

    Raises:
        EventRefused: it is none.
    """
    if isinstance(value, str) and len(value) <= 40 and value.isascii():
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            if moment.tzinfo is None:
                raise EventRefused("has no time zone; write 2025-05-05T08:15:30Z or …+02:00")
            if 1900 < moment.year < 2200:
                whole_minutes = moment.strftime("%z")[5:] == ""  # JSON of entries knows no other offsets
                return moment if whole_minutes else moment.astimezone(UTC)
    raise EventRefused("is no time; write it as 2025-05-05T08:15:30Z")


def _day(value: object) -> date:
    if isinstance(value, str) and value.isascii() and value.count("-") == 2 and len(value) == _DAY_CHARACTERS:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise EventRefused("is no day; write it as 2025-05-31")


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str):
        raise EventRefused("is no text; write it in quotes")
    if len(value) > longest:
        raise EventRefused(f"is longer than {longest} characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise EventRefused("holds half a character, which no text does") from None
    if not value or (longest == LONGEST_NAME and not clean_text(value, length=LONGEST_NAME)):
        raise EventRefused("is empty, or holds nothing that can be seen")
    return value


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise EventRefused("is neither true nor false")


def _count(value: object) -> int:
    digits = value.digits if isinstance(value, WrittenNumber) else str(value)
    if digits.isascii() and digits.isdigit() and len(digits) < 10:
        return int(digits)
    raise EventRefused("is no whole number from 0 on")


def _word(value: object, words: tuple[str, ...]) -> str:
    if isinstance(value, str) and value in words:
        return value
    raise EventRefused(f"is not known; {suggestion(str(value), words)}")


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(_text(one, LONGEST_NAME) for one in value)
    raise EventRefused("is no list of ids")


def _lots(value: object) -> tuple[tuple[str, Decimal], ...]:
    if isinstance(value, (list, tuple)) and all(isinstance(one, (list, tuple)) and len(one) == 2 for one in value):
        return tuple((_text(receipt, LONGEST_NAME), read_amount(amount)) for receipt, amount in value)
    raise EventRefused('is no list of lots; write [["id of a receipt", "0.15"], …]')


def _object(value: object) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise EventRefused("is no object")


def _checked(event: Event) -> Event:
    """What no key alone tells. A value that only its price tells is the price of all the coins."""
    if isinstance(event, ValuedEvent) and event.value is None and event.price is not None:
        return msgspec.structs.replace(event, value=exact_product(event.price, event.amount))
    kind = event.kind
    if kind == "invoice" and event.last_day < event.first_day:  # type: ignore[attr-defined]
        raise EventRefused("ends before it begins: from is later than to")
    if kind == "hardware" and event.business_share > 1:  # type: ignore[attr-defined]
        raise EventRefused("business_share is above 1; half of a device is 0.5")
    return event
