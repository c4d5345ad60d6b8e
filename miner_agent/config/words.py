"""Words and checks that every part of the configuration shares."""

import difflib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from miner_agent.errors import ConfigError

LONGEST_PATH_BYTES, LONGEST_NAME_BYTES = 4095, 255  # what Linux takes
Text = Annotated[str, Meta(min_length=1, max_length=4096)]
Seconds = Annotated[float, Meta(ge=1, le=3600)]


class Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: unknown keys are refused."""


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown word: the nearest known one, or all of them."""
    choices = sorted(known)
    near = difflib.get_close_matches(given, choices, n=1)
    return f'did you mean "{near[0]}"?' if near else f"known: {', '.join(choices)}"


def shown(value: object) -> str:
    """What stands in a file, for a sentence about it."""
    try:
        text = quoted(value) if isinstance(value, str) else repr(value)
    except ValueError:  # of str(): a number with thousands of digits
        text = "a huge number"
    return text if len(text) <= 60 else text[:57] + "..."


def path_of(text: str, place: str) -> Path:
    """The path that a person wrote, its ``~`` replaced.

    Raises:
        ConfigError: the system cannot even look for such a path.
    """
    check_path(text, place)
    try:
        return Path(text).expanduser()
    except RuntimeError:  # no such user
        raise ConfigError(
            f"{place} = {shown(text)}: that home directory is not known; write the whole path, such as /var/lib/..."
        ) from None


def check_path(text: str, place: str) -> None:
    """Raises ConfigError: the system cannot even look for such a path."""
    if "\0" in text:
        raise ConfigError(f"{place} = {shown(text)} holds a NUL character, and no path does; leave it away")
    encoded = os.fsencode(text)
    if len(encoded) > LONGEST_PATH_BYTES or any(len(name) > LONGEST_NAME_BYTES for name in encoded.split(b"/")):
        raise ConfigError(f"{place} = {shown(text)} is too long for a path; write a shorter one")


def quoted(text: str) -> str:
    """``text`` as JSON and TOML both write it; what does not print, or turns a line around, stands as its number."""
    return "".join(_as_printable(character) for character in json.dumps(text, ensure_ascii=False))


def _as_printable(character: str) -> str:
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
