"""One quantity of a rig over a time: what a chart shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from miner_agent.face.asked_wrongly import AskedWrongly, refuse_longer
from miner_agent.face.known import Known
from miner_agent.face.past.asked_time import asked_time
from miner_agent.face.past.log_question import LogQuestion, known_rig
from miner_agent.storage.telemetry.charts import MOST_POINTS, QUANTITIES
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.views.figures import unit_of
from miner_agent.views.series_view import NO_LINE, NOT_MEASURED, SeriesLine, SeriesView

PARAMETERS = ("quantity", "device", "from", "to", "points", "rig")
DEFAULT_POINTS = 360
MOST_LINES = 64  # of 1,000 points that is half a megabyte
_LONGEST_NAMES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesQuestion(LogQuestion):
    """What ``/api/v1/series`` asks."""

    rig: str
    own_rig: str
    quantity: str
    devices: tuple[str, ...] | None  # None: all of them
    start: datetime
    end: datetime
    points: int

    def answer(self, log: TelemetryLog) -> SeriesView:
        """Raises NothingThere: there is no such rig."""
        chart = log.chart(
            self.start,
            self.end,
            self.quantity,
            rig=known_rig(log, self.rig, self.own_rig),
            devices=self.devices,
            points=self.points,
        )
        return SeriesView(
            rig=self.rig,
            quantity=self.quantity,
            unit=unit_of(self.quantity),
            source="log",
            starts_at=chart.start,
            ends_at=self.end,
            step_seconds=chart.step.total_seconds(),
            points=chart.points,
            lines=[
                SeriesLine(device=line.device, miner=line.miner, algorithm=line.algorithm, values=list(line.values))
                for line in chart.lines[:MOST_LINES]
            ],
            lines_left_out=max(0, len(chart.lines) - MOST_LINES),
            reason=NOT_MEASURED if chart.lines else NO_LINE,
        )


def series_question(known: Known, parameters: Mapping[str, str]) -> SeriesQuestion:
    """What these parameters ask.

    Raises:
        AskedWrongly: one of them is none that there is; the sentence says which.
    """
    quantity = parameters.get("quantity", "hashes_per_second")
    if quantity not in QUANTITIES:
        raise AskedWrongly(f"quantity: {quantity[:40]!a} is not logged; those that are: {', '.join(QUANTITIES)}")
    points = _points(parameters.get("points", str(DEFAULT_POINTS)))
    start, end = asked_time(parameters, known.snapshot.taken_at, UTC, parts=points)
    refuse_longer(parameters, _LONGEST_NAMES)
    devices = parameters.get("device")
    own = known.snapshot.rig
    return SeriesQuestion(
        rig=parameters.get("rig", own),
        own_rig=own,
        quantity=quantity,
        devices=None if devices is None else tuple(dict.fromkeys(devices.split(","))),
        start=start,
        end=end,
        points=points,
    )


def _points(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_POINTS)) and 1 <= int(text) <= MOST_POINTS):
        raise AskedWrongly(f"points: {text[:40]!a} is no whole number from 1 to {MOST_POINTS}")
    return int(text)
