"""Reads what algorithms are called: by us, and by sources and mining programs."""

import functools
import re
from collections.abc import Mapping
from pathlib import Path

from miner_agent.config.key_types import Table
from miner_agent.config.words import shown
from miner_agent.errors import ConfigError
from miner_agent.model.algorithms import Algorithms
from miner_agent.tables.users_file import Line, UserTables, built_in, not_possible, users_tables
from miner_agent.text import letters_of

OUR_NAME = re.compile(r"[a-z0-9][a-z0-9+._-]{0,63}")
"""How an algorithm, a device or a source is called in the tables."""


class AlgorithmsFile(Table, frozen=True):
    """``algorithms.toml``"""

    algorithms: dict[str, tuple[Line, ...]]


def load_algorithms(extra: Path | None = None) -> Algorithms:
    """Every algorithm that we know, with those of the user's file.

    Raises:
        ConfigError: ``extra`` cannot be read, or gives one spelling to two algorithms.
    """
    return _builtin() if extra is None else algorithms_with(users_tables(extra))


def algorithms_with(user: UserTables) -> Algorithms:
    """Ours, and those of the user's file."""
    spellings = dict(_builtin_spellings())
    for ours, theirs in user.algorithms.items():
        for spelling in (ours, *theirs):
            _add(spellings, spelling, ours, f"{user.origin}: [algorithms]")
    for _, row, place in user.coins:
        algorithm = row.get("algorithm")
        if isinstance(algorithm, str) and letters_of(algorithm) not in spellings:
            _add(spellings, algorithm, algorithm, place)
    return Algorithms(spellings)


@functools.cache
def _builtin() -> Algorithms:
    return Algorithms(_builtin_spellings())


@functools.cache
def _builtin_spellings() -> Mapping[str, str]:
    spellings: dict[str, str] = {}
    for ours, theirs in built_in("algorithms.toml", AlgorithmsFile).algorithms.items():
        for spelling in (ours, *theirs):
            _add(spellings, spelling, ours, "algorithms.toml: [algorithms]")
    return spellings


def _add(spellings: dict[str, str], spelling: str, ours: str, place: str) -> None:
    if not OUR_NAME.fullmatch(ours) or not letters_of(spelling):
        raise not_possible(place, "algorithm", spelling, "write it as kawpow or equihash-200-9")
    other = spellings.setdefault(letters_of(spelling), ours)
    if other != ours:
        raise ConfigError(f"{place}: {shown(spelling)} already means {other}; leave it away under {ours}")
