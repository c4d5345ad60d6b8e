"""Reads the files that a command is given."""

from pathlib import Path

from miner_agent.errors import ConfigError, NotPermitted
from miner_agent.text import clean_text

LONGEST_BYTES = 1 << 30


def read_bytes(path: Path) -> bytes:
    """All of a file.

    Raises:
        NotPermitted: this user may not read it.
        ConfigError: it is not there, no file, or longer than any that is meant.
    """
    shown = clean_text(str(path), length=256)
    try:
        if not path.is_file():
            there = "is no file" if path.exists() else "there is no such file"
            raise ConfigError(f"{shown}: {there}; name one that is")
        if path.stat().st_size > LONGEST_BYTES:
            raise ConfigError(f"{shown}: is longer than {LONGEST_BYTES >> 20} MiB; split it")
        return path.read_bytes()
    except PermissionError:
        raise NotPermitted(f"{shown}: permission denied; name a file that this user may read") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL character
        raise ConfigError(f"{shown}: {getattr(error, 'strerror', None) or error}; name another file") from None
