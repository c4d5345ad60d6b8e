"""The table of the configuration that says what enters the books by itself."""

from miner_agent.config.key_types import Table, Text


class BooksTable(Table, frozen=True):
    """``[books]``"""

    book: Text | None = None  # None: the only one that there is, else main
    post_energy: bool = True  # each day, into a book that was begun
