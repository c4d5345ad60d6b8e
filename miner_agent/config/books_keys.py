"""The table of the configuration that says what enters the books by itself."""

from collections.abc import Iterable
from pathlib import Path

from miner_agent.config.key_types import BaseUrl, RigName, Table, Text
from miner_agent.config.named_files import SecretFile
from miner_agent.errors import ConfigError


class BookRig(Table, frozen=True):
    """``[[books.rigs]]``: another rig with an agent of its own, whose days are posted into this book."""

    name: RigName  # as that agent calls its rig
    base_url: BaseUrl  # of that agent
    key_file: SecretFile | None = None  # user:password
    ca_file: Path | None = None  # who signs its certificate; None: somebody whom everybody trusts


class BooksTable(Table, frozen=True):
    """``[books]``"""

    book: Text | None = None  # None: the only one that there is, else main
    post_energy: bool = True  # each day, into a book that was begun
    rigs: tuple[BookRig, ...] = ()


def refuse_same_rigs(rigs: Iterable[BookRig], place: str) -> None:
    """Raises ConfigError: two have the same name, so that a day of one could be posted for the other."""
    seen: set[str] = set()
    for rig in rigs:
        if rig.name in seen:
            raise ConfigError(f'{place}: [[books.rigs]]: name "{rig.name}" stands there twice; leave one of them away')
        seen.add(rig.name)
