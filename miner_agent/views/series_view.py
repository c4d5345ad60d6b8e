"""One quantity over a time, column by column: what a chart is drawn from."""

from datetime import timedelta

import msgspec

from miner_agent.views.figures import Moment

NOT_MEASURED = "null: nothing was measured in that step"
NO_LINE = "no line: the log holds nothing of that quantity in that time, or of none of these devices"


class SeriesLine(msgspec.Struct, frozen=True, kw_only=True):
    """One device or meter; of hashrates and shares what one miner does with one algorithm, on it or on all of them."""

    device: str | None
    miner: str | None
    algorithm: str | None
    values: list[float | None]


class SeriesPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One value of one line: a row of a table."""

    start: Moment
    device: str | None
    miner: str | None
    algorithm: str | None
    value: float | None


class SeriesView(msgspec.Struct, frozen=True, kw_only=True):
    """The n-th value of each line is of the ``step_seconds`` that begin at ``starts_at + n * step_seconds``."""

    rig: str
    quantity: str
    unit: str
    source: str  # where it comes from
    starts_at: Moment
    ends_at: Moment  # of what was asked for; the last step may reach beyond it
    step_seconds: float
    points: int
    lines: list[SeriesLine]
    lines_left_out: int  # of more than are told at once: name devices to see them
    reason: str = NOT_MEASURED


def series_points(told: SeriesView) -> list[SeriesPoint]:
    """Every value, line after line."""
    step = timedelta(seconds=told.step_seconds)
    return [
        SeriesPoint(
            start=told.starts_at + number * step,
            device=line.device,
            miner=line.miner,
            algorithm=line.algorithm,
            value=value,
        )
        for line in told.lines
        for number, value in enumerate(line.values)
    ]
