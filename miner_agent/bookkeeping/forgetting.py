"""Erases the name of another from the books, and leaves the chain as it is."""

import json
from dataclasses import dataclass
from datetime import datetime

from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.bookkeeping.closed_years import years_of
from miner_agent.bookkeeping.named_parties import PARTY
from miner_agent.storage.ledger.ledger_file import LedgerFile
from miner_agent.storage.ledger.side_tables import all_evidence, erase_evidence, erase_name, is_known_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What came of it."""

    known: bool
    evidence: int = 0  # files that held it, and are gone
    kept_in: tuple[str, ...] = ()  # closed years whose files hold it: they stay as they were handed in


def forget_name(folder: BooksFolder, name: str, *, now: datetime) -> Forgotten:
    """Erase a name, and the files in evidence that hold it. The chain stays as it is.

    Raises:
        AgentError: the books cannot be read or written.
    """
    folder.reading().close()
    with LedgerFile.open(folder.ledger, now=now) as ledger:
        if not is_known_name(ledger, PARTY, name):
            return Forgotten(known=False)
        filed = {
            digest: year
            for book in ledger.books()
            for year, standing in years_of(ledger, book).items()
            if standing.closed is not None
            for digest in standing.closed.files.values()
        }
        forms = {f'"{name}"'.encode(), json.dumps(name).encode()}
        holding = [digest for digest, raw in all_evidence(ledger) if any(form in raw for form in forms)]
        gone = [digest for digest in holding if digest not in filed]
        erase_evidence(ledger, gone)
        erase_name(ledger, PARTY, name)
        kept = sorted({filed[digest] for digest in holding if digest in filed})
        return Forgotten(known=True, evidence=len(gone), kept_in=tuple(kept))
