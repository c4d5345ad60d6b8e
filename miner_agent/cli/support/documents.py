"""Prints answers for programs: JSON and CSV, each in one way for every command."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from miner_agent.text import legible

if TYPE_CHECKING:
    from exporters.csv import Cell


def json_text(document: object) -> str:
    """Frozen values and plain ones as JSON in ASCII: exact numbers as text, times as RFC 3339 has them, in UTC.

    Raises:
        TypeError, ValueError: a value that JSON has no form for; that is a mistake of ours.
    """
    import json
    from decimal import Decimal

    import msgspec

    plain = msgspec.to_builtins(document, str_keys=True, builtin_types=(datetime, Decimal), enc_hook=_plain)
    return json.dumps(_legible(plain, Decimal), indent=2, allow_nan=False)


def print_json(document: object) -> None:
    """Print an answer for programs."""
    click.echo(json_text(document))


def print_csv(head: "Sequence[str]", rows: "Iterable[Sequence[Cell]]") -> None:
    """Print one line for the names and one a row."""
    from exporters.csv import render

    click.echo(render(head, rows), nl=False)


def _legible(value: object, exact: type) -> object:
    """``exact``: that of exact numbers, which no command loads before it prints."""
    match value:
        case str():
            return legible(value)
        case datetime():
            from calculators.local_time import utc_text

            return utc_text(value)
        case dict():
            return {name: _legible(one, exact) for name, one in value.items()}
        case list() | tuple():
            return [_legible(one, exact) for one in value]
        case _:
            return f"{value:f}" if isinstance(value, exact) else value


def _plain(value: object) -> object:
    if isinstance(value, Mapping):  # a read-only view of one, as frozen values hold it
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
