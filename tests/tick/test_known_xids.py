"""When a driver told of which error is known after a restart of the agent, too."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from miner_agent.model.devices import DeviceReading, XidErrors
from miner_agent.model.readings import Outcome, Reading, SensorReading
from miner_agent.tick.inventory import take_inventory
from miner_agent.tick.known_xids import KEPT, KnownXids

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


class Run:
    """One run of the agent on what an earlier one left."""

    def __init__(self, disk: dict[str, str], now: datetime = NOW) -> None:
        self.disk, self.now, self.seconds, self.xids = disk, now, 500.0, KnownXids()

    def tick(self, *errors: XidErrors, card: str = "GPU-a") -> list[tuple[int, int, datetime]]:
        """What is shown of a card whose driver tells that."""
        reading = DeviceReading(index=0, uuid=card, xid_errors=errors)
        outcome: Outcome[Reading] = Outcome(
            source="nvml",
            kind="collector",
            asked_at=self.now,
            duration_seconds=0,
            reading=SensorReading(devices=(reading,)),
        )
        self.xids.see(self.disk)
        shown = self.xids.follow(take_inventory([outcome]), at_seconds=self.seconds, now=self.now)
        self.disk |= self.xids.unsaved_facts()
        self.now += timedelta(seconds=10)
        self.seconds += 10
        (device,) = shown.devices
        return [(one.xid, one.errors_total, one.last_at) for one in device.reading.xid_errors or ()]


def told(xid: int, at: datetime, count: int = 1) -> XidErrors:
    return XidErrors(xid=xid, errors_total=count, last_at=at)


def test_an_earlier_run_s_errors_are_shown_with_their_time_and_counted_from_nothing() -> None:
    disk: dict[str, str] = {}
    run = Run(disk)
    assert run.tick() == []
    assert run.tick(told(79, NOW, 2)) == [(79, 2, NOW)]

    later = Run(disk, NOW + timedelta(hours=1))
    assert later.tick() == [(79, 0, NOW)]
    assert later.tick(card="GPU-b") == []
    again = later.now
    assert later.tick(told(31, again)) == [(31, 1, again), (79, 0, NOW)]
    assert later.tick(told(31, again), told(79, again)) == [(31, 1, again), (79, 1, again)]


def test_a_storm_of_errors_does_not_wear_the_disk_out() -> None:
    run, written = Run({}), 0
    for count in range(60):
        before = dict(run.disk)
        run.tick(told(13, run.now, count + 1))
        written += run.disk != before
    assert written == 10


@pytest.mark.parametrize("since", [-timedelta(seconds=1), KEPT])
def test_what_is_too_long_ago_or_still_to_come_is_not_shown(since: timedelta) -> None:
    disk: dict[str, str] = {}
    Run(disk).tick(told(79, NOW))

    assert Run(disk, NOW + since).tick() == []


def test_an_error_of_a_clock_that_was_not_set_yet_comes_back_with_the_time() -> None:
    disk: dict[str, str] = {}
    Run(disk).tick(told(79, NOW))
    run = Run(disk, NOW - timedelta(days=300))
    assert run.tick() == []
    run.now = NOW + timedelta(minutes=5)
    assert run.tick() == [(79, 0, NOW)]


@pytest.mark.parametrize("fact", ["", "[]", "{}", '{"79": 7}', '{"x": "2026-05-04T12:00:00+00:00"}', '{"79": "noon"}'])
def test_a_fact_that_is_none_of_ours_is_passed_over(fact: str) -> None:
    assert Run({"GPU-a": fact}).tick() == []


def test_nothing_is_saved_before_the_disk_was_read() -> None:
    run = Run({})
    run.xids.see(None)
    shown = run.xids.follow(replace(take_inventory([]), devices=()), at_seconds=run.seconds, now=run.now)
    assert shown.devices == ()
    assert run.xids.unsaved_facts() == {}
