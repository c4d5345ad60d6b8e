"""Names of algorithms: ours, and those that sources and mining programs use."""

import re
from collections.abc import Mapping
from pathlib import Path

from miner_agent.config.words import shown
from miner_agent.errors import ConfigError
from miner_agent.tables.users_file import UserTables, coins_file, not_possible, users_tables
from miner_agent.text import letters_of

OUR_NAME = re.compile(r"[a-z0-9][a-z0-9+._-]{0,63}")
"""How an algorithm, a device or a source is called in the tables."""


def load_algorithms(extra: Path | None = None) -> dict[str, str]:
    """Our spelling of an algorithm by the letters of any that sources and mining programs use: see ``algorithm_named``.

    Raises:
        ConfigError: ``extra`` cannot be read, or gives one spelling to two algorithms.
    """
    return spellings_with(users_tables(extra))


def algorithm_named(text: str, algorithms: Mapping[str, str]) -> str | None:
    """Our spelling of an algorithm; ``None`` where nobody knows it.

    >>> algorithm_named("Equihash 200,9", {"equihash2009": "equihash-200-9"})
    'equihash-200-9'
    """
    return algorithms.get(letters_of(text))


def spellings_with(user: UserTables) -> dict[str, str]:
    """Our spellings, and those of the user's file."""
    spellings: dict[str, str] = {}
    for origin, algorithms in (("coins.toml", coins_file().algorithms), (user.origin, user.algorithms)):
        for ours, theirs in algorithms.items():
            for spelling in (ours, *theirs):
                _add(spellings, spelling, ours, f"{origin}: [algorithms]")
    for _, row, place in user.coins:
        algorithm = row.get("algorithm")
        if isinstance(algorithm, str) and letters_of(algorithm) not in spellings:
            _add(spellings, algorithm, algorithm, place)
    return spellings


def _add(spellings: dict[str, str], spelling: str, ours: str, place: str) -> None:
    if not OUR_NAME.fullmatch(ours) or not letters_of(spelling):
        raise not_possible(place, "algorithm", spelling, "write it as kawpow or equihash-200-9")
    other = spellings.setdefault(letters_of(spelling), ours)
    if other != ours:
        raise ConfigError(f"{place}: {shown(spelling)} already means {other}; leave it away under {ours}")
