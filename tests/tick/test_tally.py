"""Counters only grow, and count what happened once."""

from datetime import UTC, datetime, timedelta

from miner_agent.errors import TimedOut
from miner_agent.model.devices import (
    DeviceKind,
    DeviceReading,
    DeviceState,
    ReadError,
    ReadErrorReason,
    ThrottleReason,
)
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading, SensorReading
from miner_agent.tick.inventory import take_inventory
from miner_agent.tick.tally import Tally

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def nvml(*states: DeviceState, reasons: tuple[ThrottleReason, ...] | None = None) -> Outcome[Reading]:
    devices = tuple(
        DeviceReading(index=i, uuid=f"GPU-{i}", state=state, throttle_reasons=reasons) for i, state in enumerate(states)
    )
    return Outcome(
        source="nvml", kind="collector", asked_at=NOW, duration_seconds=0, reading=SensorReading(devices=devices)
    )


def mined(uptime_seconds: float, at: datetime) -> Outcome[Reading]:
    snapshot = MinerSnapshot(software="x", uptime_seconds=uptime_seconds)
    return Outcome(source="m", kind="miner", asked_at=at, duration_seconds=0, reading=snapshot)


def count(tally: Tally, *outcomes: Outcome[Reading], elapsed_seconds: float = 10) -> None:
    tally.count(outcomes, take_inventory(outcomes), elapsed_seconds=elapsed_seconds, restarts={}, reading_seconds={})


def test_a_card_that_is_lost_twice_counts_twice_however_long_it_stays_away() -> None:
    tally = Tally()
    for state in (DeviceState.OK, DeviceState.LOST, DeviceState.LOST, DeviceState.OK, DeviceState.LOST):
        count(tally, nvml(state))

    assert tally.devices[0].lost_total == 2
    assert tally.devices_expected == {DeviceKind.GPU: 1}


def test_time_is_counted_for_the_reasons_that_hold() -> None:
    tally = Tally()
    count(tally, nvml(DeviceState.THROTTLED, reasons=(ThrottleReason.POWER_CAP,)), elapsed_seconds=0)
    count(tally, nvml(DeviceState.THROTTLED, reasons=(ThrottleReason.POWER_CAP,)), elapsed_seconds=10)
    count(tally, nvml(DeviceState.OK, reasons=()), elapsed_seconds=10)

    seconds = tally.devices[0].throttled_seconds_total
    assert seconds[ThrottleReason.POWER_CAP] == 10
    assert seconds[ThrottleReason.HW_THERMAL] == 0


def test_a_failure_counts_and_leaves_the_last_success_where_it_was() -> None:
    tally = Tally()
    later = NOW + timedelta(seconds=10)
    count(tally, mined(5, NOW))
    count(tally, Outcome(source="m", kind="miner", asked_at=later, duration_seconds=0, error=TimedOut("late")))

    (status,) = tally.sources
    assert (status.requests_total, status.failures_total, status.last_success_at) == (2, 1, NOW)


def test_read_errors_are_counted_by_quantity_and_reason() -> None:
    error = ReadError(device="GPU-0", quantity="power_watts", reason=ReadErrorReason.IMPLAUSIBLE)
    reading = SensorReading(devices=(DeviceReading(index=0, uuid="GPU-0", state=DeviceState.OK),), read_errors=(error,))
    tally = Tally()
    for _ in range(3):
        count(
            tally,
            Outcome(
                source="nvml", kind="collector", asked_at=NOW, duration_seconds=0, reading=reading, dropped=(error,)
            ),
        )

    assert tally.devices[0].read_errors_total == {("power_watts", ReadErrorReason.IMPLAUSIBLE): 6}
