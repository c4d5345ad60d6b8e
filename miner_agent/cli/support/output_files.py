"""Writes what a command was asked to write."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from miner_agent.cli.support.documents import print_json
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.errors import not_written
from miner_agent.text import clean_text


def write(path: Path, text: str) -> None:
    """Write a file that the user named.

    Raises:
        NotPermitted: this user may not write it.
        StorageError: the disk does not take it.
    """
    shown = clean_text(str(path), length=256)
    is_new = not os.path.lexists(path)
    try:
        path.write_text(text, encoding="utf-8")
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        if is_new:  # half a drawing is none
            with suppress(OSError, ValueError):
                path.unlink()
        raise not_written(shown, error, "name a file that this user may write") from None
    tell(f"wrote {shown}", err=True)


def write_all(folder: Path, texts: Mapping[str, str], *, as_json: bool = False) -> None:
    """Write files into a folder that the user named, all or none, and tell their names. It is made if need be.

    Raises:
        NotPermitted: this user may not write it.
        StorageError: the disk does not take it.
    """
    shown = clean_text(str(folder), length=256)
    is_new = not os.path.lexists(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_files(folder, {name: text.encode() for name, text in texts.items()})
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        if is_new:
            with suppress(OSError, ValueError):
                folder.rmdir()
        raise not_written(shown, error, "name a folder that this user may write into") from None
    tell(f"wrote into {shown}", err=True)
    if as_json:
        print_json({"folder": shown, "files": [*texts]})
    else:
        tell("\n".join(texts))


def replace_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Put files into a folder, none of them before there was room for all. What is so already is left as it is.

    Raises:
        OSError: the disk does not take them, or this user may not.
    """
    parts: list[tuple[Path, Path]] = []
    try:
        for name, content in contents.items():
            path = folder / name
            if not _holds(path, content):
                part = folder / f".{name}.part"
                parts.append((part, path))
                part.write_bytes(content)
        for part, path in parts:
            part.replace(path)
    except OSError:
        for part, _ in parts:
            with suppress(OSError):
                part.unlink()
        raise


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False
