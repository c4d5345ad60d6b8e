"""Where chains end, as it is printed for keeping and told again."""

from collections.abc import Mapping

import click

from calculators.told_figures import counted
from miner_agent.model.book.whole_book import ChainHead
from miner_agent.storage.ledger.chain_check import BooksChecked
from miner_agent.text import clean_text

KEEP = "keep the head elsewhere: without one a chain proves nothing against who can write its file"


def lines_of_heads(checked: BooksChecked) -> list[str]:
    """A line a book, in the form that ``head_of`` reads."""
    lines = [
        f"book {clean_text(book)}: {counted(head.seq, 'entry', 'entries')}, "
        f"head {clean_text(book)}:{head.seq}:{head.hash}"
        for book, head in checked.heads.items()
    ]
    if not checked.heads:
        lines.append("no book was begun")
    else:
        lines.append(KEEP)
    if not checked.heads_known:
        lines.append("head unknown: nobody but the chain itself knows where it ends")
    return lines


def head_of(told: str) -> tuple[str, ChainHead]:
    """A head that was kept elsewhere.

    Raises:
        click.BadParameter: it is none.
    """
    book, entries, digest = [*told.rsplit(":", 2), "", ""][:3]
    if not (book and entries.isascii() and entries.isdigit() and len(entries) < 12 and len(digest) == 64):
        raise click.BadParameter("write it as it was printed: BOOK:ENTRIES:HASH", param_hint="--head")
    return book, ChainHead(seq=int(entries), hash=digest.lower())


def with_kept(
    known: Mapping[str, ChainHead] | None, kept: tuple[str, ChainHead] | None
) -> Mapping[str, ChainHead] | None:
    """What is known, and in place of it what was kept elsewhere."""
    return known if kept is None else {**(known or {}), kept[0]: kept[1]}
