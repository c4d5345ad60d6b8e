"""Words that sentences about a configuration are made of."""

import json
import re

from miner_agent.text import legible

_LOGIN = re.compile(r"((?:[A-Za-z][A-Za-z0-9+.-]*://)?)[^\s\"',]*@")
_ACCOUNT = re.compile(r"(?<![0-9A-Za-z/])(?=[A-Za-z]*[0-9])[0-9A-Za-z]{26,}")
_QUERY = re.compile(r"(://[^\s?]*)\?\S*")


class Unfit(ValueError):
    """Text that a key cannot take. What it says goes on behind ``key = value``."""


def shown(value: object) -> str:
    """What stands in a file, for a sentence about it."""
    try:
        if isinstance(value, str):
            text = quoted(without_login(value))
        else:
            text = repr(value) if isinstance(value, int | float) else without_login(repr(value))
    except ValueError:  # of str(): a number with thousands of digits
        text = "a huge number"
    return text if len(text) <= 60 else text[:57] + "..."


def without_login(text: str) -> str:
    """``text`` without the user and password before a host, what follows a question mark, and what may be an account.

    >>> without_login("http://user:pass@host:80/x"), without_login("https://host/?key=secret")
    ('http://…@host:80/x', 'https://host/?…')
    """
    return _ACCOUNT.sub("…", _QUERY.sub(r"\1?…", _LOGIN.sub(r"\1…@", text)))


def printable(text: str) -> str:
    """``text`` as it stands between quotation marks: a path or a name in the middle of a sentence."""
    return quoted(text)[1:-1]


def quoted(text: str) -> str:
    """``text`` as JSON and TOML both write it; what does not print, or turns a line around, stands as its number."""
    return "".join(_as_printable(character) for character in json.dumps(legible(text), ensure_ascii=False))


def within(encoding: str, text: str) -> str:
    """``text`` of TOML in the letters of an encoding; what that lacks stands as its number, and is read as it was.

    >>> within("ascii", 'name = "ä"'), within("latin-1", 'name = "ä"')
    ('name = "\\\\u00e4"', 'name = "ä"')
    """
    return "".join(character if _is_in(encoding, character) else _number_of(character) for character in text)


def _is_in(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _as_printable(character: str) -> str:
    return character if character.isprintable() else _number_of(character)


def _number_of(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
