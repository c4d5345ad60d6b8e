"""What is asked, and whether it answers."""

from datetime import datetime

import msgspec

from miner_agent.model.readings import Outcome, Reading, SourceKind
from miner_agent.views.figures import Circumstances


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    """One source, as of the tick."""

    source: str
    kind: SourceKind
    up: bool
    asked_at: datetime
    duration_seconds: float
    reason: str | None  # why it is not up, as a word
    said: str | None  # and as a sentence
    stale: bool


def source_view(outcome: Outcome[Reading], at: Circumstances) -> SourceView:
    """One source and its error, if it gave one."""
    error = outcome.error
    return SourceView(
        source=outcome.source,
        kind=outcome.kind,
        up=error is None,
        asked_at=outcome.asked_at,
        duration_seconds=outcome.duration_seconds,
        reason=None if error is None else error.kind,
        said=None if error is None else str(error),
        stale=at.stale_because is not None,
    )
