"""A table: rows of one kind, and of which moment they are."""

from typing import Generic

import msgspec

from miner_agent.views.figures import Circumstances, Moment, Row


class RowsView(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """What a document of many alike things is."""

    rig: str
    taken_at: Moment
    stale: bool
    reason: str | None  # why it is
    rows: list[Row]


def rows_view(rows: list[Row], rig: str, at: Circumstances) -> RowsView[Row]:
    """Those rows, as of that moment."""
    return RowsView(rig=rig, taken_at=at.taken_at, stale=at.stale, reason=at.stale_because, rows=rows)
