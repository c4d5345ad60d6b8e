"""The page *History*: what the log tells of a time, drawn by a script and written in a table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from calculators.units import KILOWATT_HOUR
from miner_agent.face.known import Known
from miner_agent.face.page.charted import baselines_of, device_names
from miner_agent.face.page.page_kind import AskedFirst, Filling, PageKind
from miner_agent.face.past.stats_question import stats_question
from miner_agent.views.figures import Circumstances
from miner_agent.views.stats_view import PeriodView, StatsView, WorkPeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSpan:
    """A time that can be looked at."""

    word: str  # as the log takes it
    title: str
    by: str  # in which periods its table is


SPANS = (
    ShownSpan(word="6h", title="6 hours", by="hour"),
    ShownSpan(word="24h", title="A day", by="hour"),
    ShownSpan(word="7d", title="A week", by="day"),
    ShownSpan(word="30d", title="30 days", by="day"),
    ShownSpan(word="365d", title="A year", by="month"),
)
_USUAL = SPANS[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One period, of all devices together."""

    start: datetime
    energy_kilowatt_hours: float | None
    hottest_celsius: float | None
    seen_ratio: float | None
    works: list[WorkPeriod]


def _make(known: Known, _at: Circumstances, parameters: Mapping[str, str]) -> AskedFirst:
    span = next((one for one in SPANS if one.word == parameters.get("span")), _USUAL)
    question = stats_question(known, {"from": span.word, "by": span.by, "zone": known.zone_name})
    charted: Filling = {
        "span": span,
        "spans": SPANS,
        "baselines": baselines_of(known.snapshot),
        "names": device_names(known.snapshot),
        "not_accepted": not_accepted,
    }
    return AskedFirst(question=question, fill=lambda stats: {**charted, "rows": list(_rows(stats))})


HISTORY = PageKind(path="/history", title="History", template="history.html", make=_make, parameters=("span",))


def not_accepted(work: WorkPeriod) -> int | None:
    """Shares that came to nothing, of the kinds that its miner counts; ``None``: it counts none of them."""
    counts = (work.rejected_shares, work.stale_shares, work.invalid_shares)
    known = [one for one in counts if one is not None]
    return sum(known) if known else None


def _rows(stats: StatsView) -> Iterator[HistoryRow]:
    """The newest first; those in which nothing was measured are left out."""
    for period in reversed(stats.periods):
        if period.devices or period.meters or period.works:
            yield _row(period)


def _row(period: PeriodView) -> HistoryRow:
    """What meters measured, else what devices did: never both together."""
    metered = [one.wall_energy_joules for one in period.meters]
    joules = metered if any(one is not None for one in metered) else [one.energy_joules for one in period.devices]
    known = [one for one in joules if one is not None]
    heat = [one.core_temperature_celsius_max for one in period.devices if one.core_temperature_celsius_max is not None]
    seen = [*(one.seen_ratio for one in period.devices), *(one.seen_ratio for one in period.meters)]
    return HistoryRow(
        start=period.start,
        energy_kilowatt_hours=sum(known) / KILOWATT_HOUR if known else None,
        hottest_celsius=max(heat, default=None),
        seen_ratio=max(seen, default=None),
        works=period.works,
    )
