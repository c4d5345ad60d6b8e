"""What is asked, and whether it answers."""

import msgspec

from miner_agent.model.readings import Outcome, Reading, SourceKind
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.model.status import SourceStatus
from miner_agent.views.figures import Circumstances, Figure, Moment, figures_of


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    """One source as of the tick, and how it has done since the agent started."""

    source: str
    kind: SourceKind
    up: bool
    taken_at: Moment  # when it was asked
    reason: str | None  # why it is not up, as a word
    said: str | None  # and as a sentence
    stuck: bool  # over its deadline, and the call has still not come back
    stale: bool
    duration_seconds: Figure
    last_success_at: Moment | None
    requests_total: Figure
    failures_total: Figure
    restarts_total: Figure
    series_dropped_total: Figure
    reading_seconds_total: Figure


def source_views(snapshot: RigSnapshot, at: Circumstances) -> list[SourceView]:
    """Every source that was asked."""
    statuses = {one.source: one for one in snapshot.sources}
    return [_source_view(outcome, statuses.get(outcome.source), at) for outcome in snapshot.outcomes]


def _source_view(outcome: Outcome[Reading], status: SourceStatus | None, at: Circumstances) -> SourceView:
    error = outcome.error
    counted = status or SourceStatus(source=outcome.source, kind=outcome.kind)
    figures = figures_of(SourceView, outcome, source=outcome.source, taken_at=outcome.asked_at, at=at)
    figures |= figures_of(SourceView, counted, source="agent", taken_at=at.taken_at, at=at)
    return SourceView(
        source=outcome.source,
        kind=outcome.kind,
        up=error is None,
        taken_at=outcome.asked_at,
        reason=None if error is None else error.kind,
        said=None if error is None else str(error),
        stuck=outcome.stuck,
        stale=at.stale,
        last_success_at=counted.last_success_at,
        **figures,
    )
