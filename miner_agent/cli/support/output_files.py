"""Writes what a command was asked to write."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import click

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
    click.echo(f"wrote {shown}", err=True)


def write_all(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files into a folder that the user named, and tell their names. It is made where it is not there.

    Raises:
        NotPermitted: this user may not write it.
        StorageError: the disk does not take it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        shown = clean_text(str(folder), length=256)
        raise not_written(shown, error, "name a folder that this user may write into") from None
    for name, text in texts.items():
        write(folder / name, text)
    click.echo("\n".join(texts))
