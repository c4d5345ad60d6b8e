"""What whoever is asked for a tax year and the process that adds it up say to each other."""

from typing import Any

import msgspec


class YearErrand(msgspec.Struct, frozen=True, kw_only=True):
    """Which year of which book."""

    state_directory: str
    year: str
    book: str | None  # None: the only one


class YearReturn(msgspec.Struct, frozen=True, kw_only=True):
    """What it adds up to, or why nobody can say."""

    summary: dict[str, Any] | None = None  # as tax summary tells it
    nothing_there: str | None = None  # there is no such book or year
    failed: str | None = None  # the books cannot be read
