"""TOML: files and texts that are read, and the one way in which it is written."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from miner_agent.config.named_files import read_text, reason_of
from miner_agent.config.words import printable, quoted
from miner_agent.errors import ConfigError, NotPermitted

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
TELL_ANOTHER = "name a text file that this user may read"


def read_toml(path: Path, *, where_missing: str = TELL_ANOTHER, otherwise: str = TELL_ANOTHER) -> dict[str, Any]:
    """What stands in a TOML file.

    Args:
        path: of the file.
        where_missing: what to do where there is no such file.
        otherwise: what to do where it cannot be read.

    Raises:
        NotPermitted: this user may not read it.
        ConfigError: it cannot be read, or is no TOML.
    """
    origin = printable(str(path))
    try:
        text = read_text(path)
    except PermissionError as error:
        raise NotPermitted(f"{origin}: {reason_of(error)}; ask as a user who may read it, or {otherwise}") from None
    except (OSError, UnicodeDecodeError) as error:
        mend = where_missing if isinstance(error, FileNotFoundError) else otherwise
        raise ConfigError(f"{origin}: {reason_of(error)}; {mend}") from None
    except ValueError as error:  # a NUL character in the path
        raise ConfigError(f"{origin}: {error}; {otherwise}") from None
    return parsed(text, origin)


def parsed(text: str, origin: str) -> dict[str, Any]:
    """What stands in a text.

    Raises:
        ConfigError: it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{origin}: not TOML: {error}") from None
    except ValueError:  # of int(): TOML itself knows no limit
        raise ConfigError(f"{origin}: a whole number has more digits than anything here needs; shorten it") from None
    except RecursionError:
        raise too_deep(origin) from None


def too_deep(origin: str) -> ConfigError:
    return ConfigError(f"{origin}: lists or tables are nested too deep; no key needs more than three levels")


def value_of(text: str) -> Any:
    """A number, truth, date or list where the text reads as one; else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):  # a TOMLDecodeError is a ValueError, and so is a number with too many digits
        return text


def written(document: Mapping[str, Any]) -> str:
    """A document as TOML. What is ``None`` is left away.

    >>> print(written({"rig": "a", "power": {"psu": None}, "miners": [{"name": "x", "pool": ["p", "q"]}]}), end="")
    rig = "a"
    <BLANKLINE>
    [power]
    <BLANKLINE>
    [[miners]]
    name = "x"
    pool = ["p", "q"]
    """
    return "".join(f"{line}\n" for line in _lines(document, ())).removeprefix("\n")


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    told = {key: value for key, value in table.items() if value is not None}
    for key, value in told.items():
        if not _holds_tables(value):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in told.items():
        if not _holds_tables(value):
            continue
        name = ".".join(_key(step) for step in (*path, key))
        for inner in [value] if isinstance(value, Mapping) else value:
            yield ""
            yield f"[{name}]" if isinstance(value, Mapping) else f"[[{name}]]"
            yield from _lines(inner, (*path, key))


def _holds_tables(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list | tuple) and bool(value) and all(isinstance(each, Mapping) for each in value)
    )


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else quoted(key)


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case date():
            return value.isoformat()
        case list() | tuple():
            return f"[{', '.join(_value(each) for each in value)}]"
        case _:
            return quoted(str(value))
