"""What periods of the log add up to, by device, meter and algorithm: what ``log stats --json`` tells."""

from typing import get_type_hints

import msgspec

from miner_agent.views.figures import Moment

NOT_KNOWN = "null: nothing was measured in that period"


class DevicePeriod(msgspec.Struct, frozen=True, kw_only=True):
    """One device over one period."""

    rig: str
    device: str
    seen_ratio: float
    uptime_ratio: float
    power_watts_mean: float | None
    power_watts_min: float | None
    power_watts_max: float | None
    energy_joules: float | None
    core_temperature_celsius_mean: float | None
    core_temperature_celsius_max: float | None


class MeterPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """One meter over one period: what the devices drew is in it."""

    rig: str
    meter: str
    seen_ratio: float
    uptime_ratio: float
    wall_power_watts_mean: float | None
    wall_power_watts_min: float | None
    wall_power_watts_max: float | None
    wall_energy_joules: float | None


class WorkPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """One algorithm of one miner over one period. Rates of different algorithms cannot be added."""

    rig: str
    miner: str
    algorithm: str
    reported_ratio: float
    hashes_per_second_mean: float | None
    accepted_shares: int | None
    rejected_shares: int | None
    stale_shares: int | None
    invalid_shares: int | None


class PeriodView(msgspec.Struct, frozen=True, kw_only=True):
    """One period, ``start <= t < end``."""

    start: Moment
    end: Moment
    devices: list[DevicePeriod]
    meters: list[MeterPeriod]
    works: list[WorkPeriod]


class StatsView(msgspec.Struct, frozen=True, kw_only=True):
    """The periods of a time, the first and the last cut to it."""

    rig: str
    source: str
    starts_at: Moment
    ends_at: Moment
    by: str
    time_zone: str
    periods: list[PeriodView]
    reason: str = NOT_KNOWN


_KINDS = (DevicePeriod, MeterPeriod, WorkPeriod)
StatsRow: type[msgspec.Struct] = msgspec.defstruct(
    "StatsRow",
    [
        ("start", Moment),
        ("end", Moment),
        *{name: (name, hint | None, None) for kind in _KINDS for name, hint in get_type_hints(kind).items()}.values(),
    ],
    frozen=True,
    kw_only=True,
)
"""One device, meter or algorithm in one period: a row of a table. What is not of its kind is empty."""


def stats_rows(told: StatsView) -> list[msgspec.Struct]:
    """Every device, meter and algorithm of every period."""
    return [
        StatsRow(start=period.start, end=period.end, **msgspec.structs.asdict(one))
        for period in told.periods
        for one in (*period.devices, *period.meters, *period.works)
    ]
