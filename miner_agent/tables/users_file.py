"""Reads the tables that come with the agent, and a file of the user's over them."""

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple, TypeAlias, TypeVar

import msgspec
from msgspec import Meta, field

from miner_agent.config.key_types import Table
from miner_agent.config.sentences import converted, entry_place
from miner_agent.config.toml_text import read_toml
from miner_agent.config.words import printable, shown
from miner_agent.errors import ConfigError
from miner_agent.text import clean_text

Line = Annotated[str, Meta(min_length=1, max_length=256)]
Positive = Annotated[float, Meta(gt=0, le=1e60)]  # no figure of a chain or a device comes near it
Row: TypeAlias = dict[str, Any]
"""A coin or a device as a file tells it: all of it, or what differs from ours."""
T = TypeVar("T", bound=Table)
_FOLDER = Path(__file__).parent


class KeyedRow(NamedTuple):
    """A row, the key that it is known by, and where it stands."""

    key: str
    row: Row
    place: str


class UserFile(Table, frozen=True):
    """What a file of the user's may hold."""

    algorithms: dict[str, tuple[Line, ...]] = field(default_factory=dict)
    coins: tuple[Row, ...] = ()
    hardware: tuple[Row, ...] = ()


class CoinsFile(Table, frozen=True):
    """``coins.toml``"""

    sources: dict[str, str]
    coins: tuple[Row, ...]


class UserTables(NamedTuple):
    """A file of the user's as it was read; nothing in it where there is none."""

    name: str = ""
    origin: str = ""
    algorithms: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    coins: tuple[KeyedRow, ...] = ()
    hardware: tuple[KeyedRow, ...] = ()


def users_tables(path: Path | None) -> UserTables:
    """What the user's own file tells.

    Raises:
        ConfigError: it cannot be read, is no TOML, or names a coin or a device twice.
    """
    if path is None:
        return UserTables()
    origin = printable(str(path))
    file = converted(read_toml(path, where_missing=ANOTHER_FILE, otherwise=ANOTHER_FILE), UserFile, origin)
    return UserTables(
        name=clean_text(path.name),
        origin=origin,
        algorithms=file.algorithms,
        coins=keyed(file.coins, "coins", "ticker", origin),
        hardware=keyed(file.hardware, "hardware", "slug", origin),
    )


def built_in(name: str, table: type[T]) -> T:
    """One of the tables that come with the agent."""
    return of_ours(read_toml(_FOLDER / name), table, name)


def of_ours(told: Mapping[str, Any], table: type[T], place: str) -> T:
    """What comes with the agent, as its table; where it is wrong, with the sentences that a user's file has."""
    try:
        return msgspec.convert(told, table)
    except msgspec.ValidationError:
        return converted(told, table, place)


@functools.cache
def coins_file() -> CoinsFile:
    return built_in("coins.toml", CoinsFile)


def keyed(rows: Iterable[Row], table: str, key: str, origin: str) -> tuple[KeyedRow, ...]:
    """Rows with their keys and where a person finds them. A key stands once in a file.

    Raises:
        ConfigError: a row has no key, or that of another row.
    """
    found: dict[str, KeyedRow] = {}
    for position, row in enumerate(rows, start=1):
        place, name = f"{origin}: {entry_place(table, position, row)}", row.get(key)
        if name is None:
            raise ConfigError(f'{place}: key "{key}" is missing')
        if not isinstance(name, str):
            raise not_possible(place, key, name, "write text in quotes")
        if name in found:
            raise ConfigError(f"{place}: {key} {shown(name)} is taken by {found[name].place}; keep one of them")
        found[name] = KeyedRow(name, row, place)
    return tuple(found.values())


def not_possible(place: str, key: str, value: object, hint: str) -> ConfigError:
    return ConfigError(f"{place}: {key} = {shown(value)} is not possible; {hint}")


ANOTHER_FILE = "name a file that this user may read"
