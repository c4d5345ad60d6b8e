"""A tax year as it is told now, and of a closed one what was filed and what is another figure since."""

import json
from typing import Any

from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.bookkeeping.closed_years import SUMMARY, filed

NO_FIGURES = frozenset({"book", "entries_through", "notes", "open_items", "filed", "changed_since_filed"})
"""Keys of a summary that are no figures of the year."""


def with_filed(document: dict[str, Any], folder: BooksFolder) -> dict[str, Any]:
    """A summary, and of a closed year beside it what was filed and what is another figure now."""
    found = filed(folder, document["book"], document["year"])
    if found is None:
        return document
    closed, files = found
    then = json.loads(files[SUMMARY])
    changed = {
        key: {"filed": then.get(key), "corrected": value}
        for key, value in document.items()
        if key not in NO_FIGURES and then.get(key) != value
    }
    return document | {"filed": then | {"closed_at": closed.time}, "changed_since_filed": changed}
