"""A list of benchmarks from a file, and a file of the user's with what came of it."""

import os
from contextlib import suppress
from pathlib import Path

from miner_agent.cli.support.file_kinds import TakenFile, refuse_another_kind
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.errors import ConfigError, not_written
from miner_agent.tables.benchmark_lists import LONGEST_TEXT, ListedFigure, listed_figures
from miner_agent.tables.users_file import ANOTHER_FILE, users_tables
from miner_agent.text import clean_text


def read_list(path: Path) -> tuple[ListedFigure, ...]:
    """The figures of a list.

    Raises:
        ConfigError: it cannot be read, or is in none of the known forms.
    """
    refuse_another_kind(path, TakenFile.LIST)
    shown = clean_text(str(path), length=256)
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST_TEXT + 1)
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{shown}: not UTF-8 text (byte {error.start})") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{shown}: {reason.lower()}; {ANOTHER_FILE}") from None
    try:
        return listed_figures(text)
    except ConfigError as error:
        raise ConfigError(f"{shown}: {error}") from None


def devices_in(path: Path | None) -> frozenset[str]:
    """The slugs of a user's file.

    Raises:
        ConfigError: it is none.
    """
    return frozenset(row.key for row in users_tables(path).hardware)


def append(path: Path, text: str) -> None:
    """Write to the end of a file that is there; it stays as it was where that fails.

    Raises:
        NotPermitted: this user may not write it.
        StorageError: the disk does not take it.
    """
    shown = clean_text(str(path), length=256)
    before = None
    try:
        with path.open("r+b") as file:
            before = file.seek(0, os.SEEK_END)
            file.write(b"\n" + text.encode())
    except (OSError, ValueError) as error:
        if before is not None:
            with suppress(OSError):
                os.truncate(path, before)
        raise not_written(shown, error, "name a file that this user may write") from None
    tell(f"wrote {shown}", err=True)
