"""Writes what a command was asked to write."""

from pathlib import Path

import click

from miner_agent.errors import StorageError
from miner_agent.text import clean_text


def write(path: Path, text: str) -> None:
    """Write a file that the user named.

    Raises:
        StorageError: it cannot be written.
    """
    shown = clean_text(str(path), length=256)
    try:
        path.write_text(text, encoding="utf-8")
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise StorageError(f"{shown}: {reason}; name a file that this user may write") from None
    click.echo(f"wrote {shown}", err=True)
