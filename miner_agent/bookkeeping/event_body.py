"""The one way in which an event is written into the chain and read out of it, and the fact that it stands for."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from calculators.books.exact import plain
from miner_agent.errors import StorageError
from miner_agent.model.book.events import AnyEvent, Event, Link, Payout, Setting

LOOK = "look at them: miner-agent ledger verify"
_DECODER = msgspec.json.Decoder(list[AnyEvent])
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
_quoted = json.encoder.encode_basestring  # as that encoder writes a text
_HEXADECIMAL = re.compile(r"(?:0x)?([0-9A-Fa-f]{64})")


def body_of(event: Event) -> str:
    """Canonical JSON: sorted keys, no blanks, numbers as text in fixed point; what is not said is not there."""
    return canonical(document_of(event))


def document_of(event: Event) -> dict[str, Any]:
    """The same as plain values, by the keys of a file."""
    found: dict[str, Any] = {"kind": event.kind}
    for field, key, default in _fields(type(event)):
        value = getattr(event, field)
        if value is default or (default is not msgspec.NODEFAULT and _same(value, default)):
            continue
        found[key] = value if type(value) is str else _plain_value(value)
    return found


def defaults_of(kind: type[Event]) -> dict[str, Any]:
    """What holds where a key is not there, but for what is not known then.

    >>> from miner_agent.model.book.events import Sale
    >>> defaults_of(Sale)
    {'fee_fiat': '0'}
    """
    told = ((key, default) for _, key, default in _fields(kind))
    return {key: _plain_value(default) for key, default in told if default not in {None, msgspec.NODEFAULT, ()}}


def canonical(document: object) -> str:
    """JSON as a hash can be taken of it."""
    return _ENCODER.encode(document)


def events_of(bodies: Iterable[str]) -> list[Event]:
    """What stands in bodies that were written here.

    Raises:
        StorageError: one of them was not.
    """
    try:
        return list(_DECODER.decode(f"[{','.join(bodies)}]"))
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise StorageError(f"the books hold an entry that was not written so ({error}); {LOOK}") from None


def fact_of(event: Event) -> str:
    """What the event stands for: whatever tells the same again adds nothing to the books.

    A coin's transaction to an own wallet where that is known, else the source's own id. A hash of 32 bytes is the same
    however its digits are written.
    """
    match event:
        case Link(payout=payout):
            return fact_of(payout)
        case Payout(txid=str(txid)):
            return transaction_fact(event.asset, txid, event.wallet, event.output)
        case Setting():
            return canonical(["setting", event.id])
        case _:
            return id_fact(event.id)


def id_fact(told: str) -> str:
    """Of what only its source's own id tells apart."""
    return f'["id",{_quoted(told)}]'


def transaction_fact(asset: str, txid: str, wallet: str, output: int | None) -> str:
    """Of coins that arrived on a chain."""
    digits = _HEXADECIMAL.fullmatch(txid)
    told = f'["tx",{_quoted(asset)},{_quoted(digits[1].lower() if digits else txid)},{_quoted(wallet)}'
    return f"{told}]" if output is None else f"{told},{output}]"


def time_text(moment: datetime) -> str:
    """ISO 8601 with the zone that was told.

    >>> from datetime import UTC
    >>> time_text(datetime(2025, 5, 5, 8, 15, 30, tzinfo=UTC))
    '2025-05-05T08:15:30Z'
    """
    text = moment.isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _same(value: Any, default: Any) -> bool:
    """In its digits too: nothing that was written as 0.00 reads 0 later."""
    return bool(value == default) and (not isinstance(value, Decimal) or plain(value) == plain(default))


@cache
def _fields(kind: type[Event]) -> tuple[tuple[str, str, Any], ...]:
    return tuple((one.name, one.encode_name, one.default) for one in msgspec.structs.fields(kind))


def _plain_value(value: Any) -> Any:
    match value:
        case Decimal():
            return plain(value)
        case datetime():
            return time_text(value)
        case date():
            return value.isoformat()
        case Event():
            return document_of(value)
        case Mapping():
            return {name: _plain_value(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain_value(one) for one in value]
        case _:
            return value
